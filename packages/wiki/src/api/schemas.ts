import { z } from "zod";
import { parseInstant } from "../content/instant.ts";

// The shapes of the JSON API, from which its description is made too.

export const slugParameter = z.object({
  slug: z.string().describe("The slug as one path segment: a `/` in it is written `%2F`."),
});
export const idParameter = z.object({ id: z.string().describe("The page's UUID.") });

/** A number in an address or a header, which may be left out; written in digits, as nothing after `=` is not 0. */
export const optionalNumber = (number: z.ZodInt) =>
  z
    .preprocess(
      (text) => (typeof text === "string" && /^-?\d{1,16}$/.test(text) ? Number(text) : text),
      number,
    )
    .optional();

export const after = optionalNumber(z.int().nonnegative()).describe(
  "Waits, for a bounded time, until this position is reached.",
);

const count = (what: string) => optionalNumber(z.int().nonnegative()).describe(what);

export const versionQuery = optionalNumber(z.int().positive()).describe(
  "The page as it was at this version.",
);

/** An instant, to which the answer goes back. */
export const at = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
    context.issues.push({
      code: "custom",
      message: `expected an instant or a day in ISO 8601, as 2026-03-03T12:00:00Z or 2026-03-03, and not ${shown}`,
      input: text,
    });
    return z.NEVER;
  })
  .optional()
  .describe("As it was at this instant, or at the end of this day (UTC), in ISO 8601.");

export const pageQuery = z
  .strictObject({ version: versionQuery, at, after })
  .refine(({ version, at }) => version === undefined || at === undefined, {
    error: "expected `version` or `at`, not both",
  });

export const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const limit = optionalNumber(z.int().nonnegative().max(MAX_LIMIT)).describe(
  `At most so many; 0 gives none. By default ${DEFAULT_LIMIT}, at most ${MAX_LIMIT}.`,
);

export const pagesQuery = z.strictObject({
  gt: count("Only pages at log positions greater than this."),
  lte: count("Only pages at log positions up to this."),
  desc: z.enum(["true", "false"]).optional().describe("`true` for the newest first."),
  limit,
  at,
  after,
});

export const notificationsQuery = z.strictObject({
  start: optionalNumber(z.int().positive()).describe("The first id wanted; 1 by default."),
  limit,
  after,
});

export const streamQuery = z.strictObject({
  start: optionalNumber(z.int().positive()).describe("The first id wanted; 1 by default."),
});

export const lastEventId = z.object({
  "last-event-id": optionalNumber(z.int().nonnegative()).describe(
    "The last id that was received; goes before `start`.",
  ),
});

const title = z.string().describe("1 to 500 characters, none of them a control character.");
const slug = z.string().describe("In any spelling; it is brought into canonical form.");
const body = z.string().describe("Markdown, up to 10 MB; comes back exactly.");
const summary = z.string().describe("Says what the edit is about; up to 500 characters.");

export const newPage = z.strictObject({
  title,
  slug: slug
    .optional()
    .describe("Made from the title where it is left out, with a number if that one is in use."),
  body: body.optional(),
  summary: summary.optional(),
});

export const pageEdit = z.strictObject({
  title: title.optional(),
  slug: slug.optional(),
  body: body.optional(),
  summary: summary.optional(),
  begunWith: z
    .int()
    .positive()
    .optional()
    .describe(
      "Of an edit that settles a conflict: the version that it began with, where `If-Match` names the later one that it takes account of. The record then says what it merged, and what it brings back of that version stays its authors'.",
    ),
});

/** What is said of a command about a whole version. */
export const versionCommand = z.strictObject({
  version: z.int().positive(),
  summary: summary.optional(),
});

export const unarchiving = z
  .strictObject({
    slug: slug.optional().describe("The one that the page had unless said."),
    summary: summary.optional(),
  })
  .nullish();

export const summaryQuery = z.strictObject({ summary: summary.optional() });

export const idempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "Up to 200 characters. A second request of the same person with the same key makes no second page.",
    ),
});

export const ifMatchHeader = z.object({
  "if-match": z
    .string()
    .optional()
    .describe("Required: the `ETag` of the version that the edit is based on."),
});

export const optionalIfMatchHeader = z.object({
  "if-match": z.string().optional().describe("Checked where it is sent: an `ETag` of the page."),
});

export const person = z.object({ id: z.uuid(), name: z.string() }).nullable().meta({ id: "Person" });
export const time = z.iso.datetime();

const listedFields = {
  id: z.uuid(),
  slug: z.string(),
  title: z.string(),
  version: z.int().positive(),
  archived: z.boolean().describe("True while it has left the wiki; `slug` is then the one it had."),
  createdAt: time,
  createdBy: person,
  modifiedAt: time,
  modifiedBy: person,
};

const position = z
  .int()
  .nonnegative()
  .describe(
    "The last notification id that this answer is known to include; with `at`, the last one at that instant.",
  );

export const page = z.object({ ...listedFields, body: z.string(), position }).meta({ id: "Page" });

/** The answer to an edit. */
export const editedPage = page
  .extend({
    merged: z.literal(true).optional().describe("Present where the edit was joined with later ones."),
  })
  .meta({ id: "EditedPage" });

export const pageList = z
  .object({
    items: z.array(z.object({ ...listedFields, logPosition: z.int().positive() })),
    next: z
      .int()
      .nonnegative()
      .nullable()
      .describe("What to send as `gt` (with `desc`, as `lte`) for the rest of the list; null at its end."),
  })
  .meta({ id: "PageList" });

export const notificationList = z
  .object({
    items: z.array(
      z.object({
        id: z.int().positive(),
        eventId: z.uuid(),
        originatorId: z.uuid(),
        originatorVersion: z.int().positive(),
        topic: z.string(),
        timestamp: time.nullable().describe("Null of an event that cannot be read."),
        recordedAt: time,
        data: z.unknown().describe("Null of an event that cannot be read."),
        error: z.string().optional().describe("The code of the error with which an event cannot be read."),
      }),
    ),
    next: z
      .int()
      .positive()
      .nullable()
      .describe(
        "What to send as `start` for the rest; null at the end. A list of large events can be shorter than its limit.",
      ),
  })
  .meta({ id: "NotificationList" });

const problemDocument = z
  .looseObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe("A stable name for programs."),
  })
  .meta({ id: "Problem" });

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problemDocument } },
});

/** An answer in JSON, as the description of the API has it. */
export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

/** An answer without a body. */
export const nothing = (description: string) => z.undefined().describe(description);

/** What each route may answer beside what was asked for. */
export const problems = {
  "4xx": problem("The request was refused, and nothing was changed."),
  "5xx": problem("The server could not answer."),
};

/** The answer to `If-None-Match`, where that names what would be sent: without a body. */
export const notModified = { 304: nothing("It is what `If-None-Match` names.") };

/** The answer where a slug leads to a page that has another one now: without a body. */
export const moved = { 308: nothing("The page has another slug; see `Location`.") };
