import { z } from "zod";
import { CHANGE_KINDS } from "../projections/page-change.ts";
import { changeFields } from "./record-schemas.ts";
import { after, at, limit, optionalNumber, person, time } from "./schemas.ts";

// The shapes of what is read from views.

const pageName = z.object({ id: z.uuid(), slug: z.string(), title: z.string() }).meta({ id: "PageName" });

const cursor = z
  .string()
  .regex(/^\d{1,9}$/, "expected the `next` of an earlier answer")
  .transform(Number)
  .optional()
  .describe("The `next` of the part of the list before.");

const next = z.string().nullable().describe("What to send as `cursor` for the rest; null at the end.");

export const searchQuery = z.strictObject({
  q: z
    .string()
    .optional()
    .describe(
      '`dog cat` finds both, `rose OR zebra`, `"a phrase"`, `-not`; the last word may be unfinished.',
    ),
  limit,
  cursor,
  at,
  after,
});

export const searchResult = z
  .object({
    items: z.array(
      z.object({
        page: pageName,
        snippet: z
          .array(z.object({ text: z.string(), match: z.boolean() }))
          .describe("Joined, a part of the page."),
      }),
    ),
    total: z.int().nonnegative().describe("How many pages are found in all."),
    next,
  })
  .meta({ id: "SearchResult" });

export const listQuery = z.strictObject({ limit, cursor, after });

export const listQueryAt = listQuery.extend({ at });

export const pageNames = z.object({ items: z.array(pageName), next }).meta({ id: "PageNames" });

export const archivedPages = z
  .object({
    items: z.array(pageName.extend({ at: time.describe("When it was archived."), by: person })),
    next,
  })
  .meta({ id: "ArchivedPages" });

export const wantedPages = z
  .object({
    items: z.array(
      z.object({ slug: z.string(), count: z.int().positive().describe("How many pages link to it.") }),
    ),
    next,
  })
  .meta({ id: "WantedPages" });

const uuid = z.uuid().toLowerCase().optional();

export const changesQuery = z.strictObject({
  person: uuid.describe("Only changes by the person of this id."),
  page: uuid.describe("Only changes of the page of this id."),
  kind: z.enum(CHANGE_KINDS).optional().describe("Only changes of this kind."),
  before: optionalNumber(z.int().nonnegative()).describe("Only changes at positions below this."),
  limit,
  after,
});

export const changes = z
  .object({
    items: z.array(z.object({ ...changeFields, page: pageName.describe("As it is called now.") })),
    next: z.int().positive().nullable().describe("What to send as `before` for the rest; null at the end."),
  })
  .meta({ id: "Changes" });
