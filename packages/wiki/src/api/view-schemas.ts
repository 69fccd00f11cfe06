import { z } from "zod";
import { after, limit, person, time } from "./schemas.ts";

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

export const pageNames = z.object({ items: z.array(pageName), next }).meta({ id: "PageNames" });

export const wantedPages = z
  .object({
    items: z.array(
      z.object({ slug: z.string(), count: z.int().positive().describe("How many pages link to it.") }),
    ),
    next,
  })
  .meta({ id: "WantedPages" });

export const changesQuery = z.strictObject({
  before: z.coerce
    .number<string>()
    .int()
    .nonnegative()
    .optional()
    .describe("Only changes at positions below this."),
  limit,
  after,
});

export const changes = z
  .object({
    items: z.array(
      z.object({
        position: z.int().positive().describe("The id of its notification."),
        page: pageName.describe("As it is called now."),
        version: z.int().positive().describe("Of the page, with this change."),
        kind: z.enum(["created", "title-updated", "slug-updated", "body-updated"]),
        at: time,
        by: person,
        summary: z.string().nullable(),
        sizeDelta: z.int().describe("By how much the body grew, in UTF-16 code units."),
      }),
    ),
    next: z.int().positive().nullable().describe("What to send as `before` for the rest; null at the end."),
  })
  .meta({ id: "Changes" });
