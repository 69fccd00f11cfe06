import { z } from "zod";
import { CHANGE_KINDS } from "../projections/page-change.ts";
import { after, limit, optionalNumber, person, time, versionQuery } from "./schemas.ts";

// The shapes of what was.

const version = z.int().positive();

/** One event of a page. */
export const changeFields = {
  version: version.describe("Of the page, with this change."),
  position: z.int().positive().describe("The id of its notification."),
  kind: z.enum(CHANGE_KINDS),
  title: z.string().optional().describe("The title that it gave the page; left out where it left that."),
  slug: z.string().optional().describe("The slug that it gave the page; left out where it left that."),
  at: time,
  by: person,
  summary: z.string().nullable(),
  sizeDelta: z.int().describe("By how much the body grew, in UTF-16 code units."),
  saveId: z.string().describe("The same for all changes of one save."),
  merged: z
    .object({ base: version, current: version })
    .optional()
    .describe("The version that the edit started from, and the last one it was merged with."),
  of: z
    .object({ first: version, last: version })
    .optional()
    .describe("The versions that were undone, or the one that was restored, twice."),
};

export const historyQuery = z.strictObject({
  before: optionalNumber(z.int().nonnegative()).describe("Only changes before this version."),
  limit,
  after,
});

export const history = z
  .object({
    items: z.array(z.object(changeFields)),
    next: version.nullable().describe("What to send as `before` for the rest; null at the end."),
  })
  .meta({ id: "History" });

const side = (what: string) => optionalNumber(z.int().nonnegative()).describe(what);

export const diffQuery = z.strictObject({
  from: side("The version before `to` unless said; 0 is the page before there was anything."),
  to: side("The present version unless said."),
  after,
});

const sides = z.tuple([z.string(), z.string()]).optional();

export const diff = z
  .object({
    from: z.int().nonnegative(),
    to: z.int().nonnegative(),
    title: sides.describe("Both titles, where they differ."),
    slug: sides.describe("Both slugs, where they differ."),
    body: z
      .array(z.object({ op: z.enum(["equal", "insert", "delete"]), text: z.string() }))
      .describe("`equal` and `delete` joined are the body at `from`; `equal` and `insert`, the one at `to`."),
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
          version: version.describe("The one that first wrote it."),
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
        change: z.int().positive().describe("Counts the times that it changed hands, from 1."),
        page: z
          .object({ id: z.uuid(), slug: z.string(), title: z.string(), archived: z.boolean() })
          .nullable()
          .describe("Who had it from then on, as it is called now; null while it was free."),
        position: z.int().positive(),
        at: time,
        by: person.describe("Who gave it to the page, or took it away."),
      }),
    ),
    next: z.int().positive().nullable().describe("What to send as `before` for the rest; null at the end."),
  })
  .meta({ id: "SlugHistory" });

export const slugHistoryQuery = z.strictObject({
  before: optionalNumber(z.int().positive()).describe("Only changes of it before this one."),
  limit,
  after,
});
