import { z } from "zod";
import { CHANGE_KINDS } from "../projections/page-change.ts";
import { after, limit, optionalNumber, person, time, versionQuery } from "./schemas.ts";

// Requests and responses for the history of pages and slugs.

const version = z.int().positive();

/** The fields of a change: one event of a page. */
export const changeFields = {
  version: version.describe("The version of the page that the change created."),
  position: z.int().positive().describe("The id of the notification."),
  kind: z.enum(CHANGE_KINDS),
  title: z.string().optional().describe("The new title, if the change set it."),
  slug: z.string().optional().describe("The new slug, if the change set it."),
  files: z.array(z.string()).optional().describe("The names of the attached, replaced or removed files."),
  at: time,
  by: person,
  summary: z.string().nullable(),
  sizeDelta: z.int().describe("The growth of the body, in UTF-16 code units."),
  saveId: z.string().describe("The same for all changes of one save."),
  merged: z
    .object({ base: version, current: version })
    .optional()
    .describe("The base version of the edit, and the last version it was merged with."),
  of: z
    .object({ first: version, last: version })
    .optional()
    .describe(
      "The first and last version that the change undid; for a restored version, that version twice.",
    ),
};

export const historyQuery = z.strictObject({
  before: optionalNumber(z.int().nonnegative()).describe("Only changes before this version."),
  limit,
  after,
});

export const history = z
  .object({
    items: z.array(z.object(changeFields)),
    next: version.nullable().describe("The `before` of the next part; null at the end."),
  })
  .meta({ id: "History" });

const side = (description: string) => optionalNumber(z.int().nonnegative()).describe(description);

export const diffQuery = z.strictObject({
  from: side("The earlier version, by default the one before `to`. 0 is the page before its creation."),
  to: side("The later version, by default the current one."),
  after,
});

const sides = z.tuple([z.string(), z.string()]).optional();

export const diff = z
  .object({
    from: z.int().nonnegative(),
    to: z.int().nonnegative(),
    title: sides.describe("Both titles, if they differ."),
    slug: sides.describe("Both slugs, if they differ."),
    body: z
      .array(z.object({ op: z.enum(["equal", "insert", "delete"]), text: z.string() }))
      .describe(
        "The texts of `equal` and `delete` joined are the body at `from`; those of `equal` and `insert`, the body at `to`.",
      ),
  })
  .meta({ id: "Diff" });

export const blameQuery = z.strictObject({ version: versionQuery, after });

export const blame = z
  .object({
    version,
    runs: z
      .array(
        z.object({
          text: z.string(),
          version: version.describe("The version that first wrote the text."),
          by: person,
          at: time,
        }),
      )
      .describe("The texts joined are the body."),
  })
  .meta({ id: "Blame" });

export const slugHistory = z
  .object({
    items: z.array(
      z.object({
        change: z.int().positive().describe("The number of the change, from 1."),
        page: z
          .object({ id: z.uuid(), slug: z.string(), title: z.string(), archived: z.boolean() })
          .nullable()
          .describe(
            "The page that has the slug after the change, with its current name; null if the slug is free.",
          ),
        position: z.int().positive(),
        at: time,
        by: person.describe("The author of the change."),
      }),
    ),
    next: z.int().positive().nullable().describe("The `before` of the next part; null at the end."),
  })
  .meta({ id: "SlugHistory" });

export const slugHistoryQuery = z.strictObject({
  before: optionalNumber(z.int().positive()).describe("Only changes before this one."),
  limit,
  after,
});
