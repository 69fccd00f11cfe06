import { z } from "zod";
import { CHANGE_KINDS } from "../projections/page-change.ts";
import { MAX_RESULTS } from "../projections/search.ts";
import { changeFields } from "./record-schemas.ts";
import { after, at, limit, optionalNumber, person, time } from "./schemas.ts";

// Requests and responses for views.

const pageName = z.object({ id: z.uuid(), slug: z.string(), title: z.string() }).meta({ id: "PageName" });

const cursor = z
  .string()
  .regex(/^\d{1,9}$/, "expected the `next` of an earlier response")
  .transform(Number)
  .optional()
  .describe("The `next` of the previous part of the list.");

const next = z.string().nullable().describe("The `cursor` of the next part; null at the end.");

export const searchQuery = z.strictObject({
  q: z
    .string()
    .optional()
    .describe(
      'All words must match: `dog cat`. Alternatives: `rose OR zebra`. Phrases: `"a phrase"`. Excluded words: `-cat`. The last word may be a prefix.',
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
          .describe("The texts joined are a part of the page."),
      }),
    ),
    total: z.int().nonnegative().describe(`The number of matching pages, at most ${MAX_RESULTS}.`),
    moreThanTotal: z
      .literal(true)
      .optional()
      .describe("Present if more pages match than `total`. They are not listed."),
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
      z.object({
        slug: z.string(),
        count: z.int().positive().describe("The number of pages that link to it."),
      }),
    ),
    next,
  })
  .meta({ id: "WantedPages" });

const uuid = z.uuid().toLowerCase().optional();

export const changesQuery = z.strictObject({
  person: uuid.describe("Only changes by the person with this id."),
  page: uuid.describe("Only changes of the page with this id."),
  kind: z.enum(CHANGE_KINDS).optional().describe("Only changes of this kind."),
  before: optionalNumber(z.int().nonnegative()).describe("Only changes at positions before this."),
  limit,
  after,
});

export const changes = z
  .object({
    items: z.array(z.object({ ...changeFields, page: pageName.describe("The current name of the page.") })),
    next: z.int().positive().nullable().describe("The `before` of the next part; null at the end."),
  })
  .meta({ id: "Changes" });
