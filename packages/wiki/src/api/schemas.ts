import { z } from "zod";
import { parseInstant } from "../content/instant.ts";

// Requests and responses for pages and notifications, and schemas that all routes share. The OpenAPI description is generated
// from them.

export const slugParameter = z.object({
  slug: z.string().describe("The slug as one path segment: write `/` as `%2F`."),
});
export const idParameter = z.object({ id: z.string().describe("The page's UUID.") });

/** Parses an optional integer from a URL or header. An empty value is an error, not 0. */
export const optionalNumber = (number: z.ZodInt) =>
  z
    .preprocess(
      (text) => (typeof text === "string" && /^-?\d{1,16}$/.test(text) ? Number(text) : text),
      number,
    )
    .optional();

export const after = optionalNumber(z.int().nonnegative()).describe(
  "Waits up to five seconds until this position is reached.",
);

const logPosition = (description: string) => optionalNumber(z.int().nonnegative()).describe(description);

export const versionQuery = optionalNumber(z.int().positive()).describe(
  "The version to read, by default the current one.",
);

export const at = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.issues.push({
      code: "custom",
      message: "expected an instant or a day in ISO 8601, such as 2026-03-03T12:00:00Z or 2026-03-03",
      input: text,
    });
    return z.NEVER;
  })
  .optional()
  .describe("Reads the wiki at this instant, or at the end of this day (UTC), in ISO 8601.");

export const pageQuery = z
  .strictObject({ version: versionQuery, at, after })
  .refine(({ version, at }) => version === undefined || at === undefined, {
    error: "expected `version` or `at`, not both",
  });

export const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const limit = optionalNumber(z.int().nonnegative().max(MAX_LIMIT)).describe(
  `The maximum number of items, from 0 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} by default.`,
);

export const pagesQuery = z.strictObject({
  gt: logPosition("Only pages at log positions greater than this."),
  lte: logPosition("Only pages at log positions up to this."),
  desc: z.enum(["true", "false"]).optional().describe("`true` lists the newest first."),
  limit,
  at,
  after,
});

export const notificationsQuery = z.strictObject({
  start: optionalNumber(z.int().positive()).describe("The first id; 1 by default."),
  limit,
  after,
});

export const streamQuery = z.strictObject({
  start: optionalNumber(z.int().positive()).describe("The first id; 1 by default."),
});

export const lastEventId = z.object({
  "last-event-id": optionalNumber(z.int().nonnegative()).describe(
    "The id of the last received event. Overrides `start`.",
  ),
});

const title = z.string().describe("1 to 500 characters, one of them visible, and no control characters.");
const slug = z.string().describe("Any spelling; converted to canonical form.");
const body = z.string().describe("Markdown, up to 10 MB. Stored exactly.");
const summary = z.string().describe("A change description, up to 500 characters.");

export const newPage = z.strictObject({
  title,
  slug: slug.optional().describe("By default made from the title, with a number if that slug is in use."),
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
      "The original base version of an edit that resolves a conflict; `If-Match` names the later version that it was merged with. The history shows both versions. Text that is restored from the original base keeps its authors.",
    ),
});

export const versionCommand = z.strictObject({
  version: z.int().positive().describe("The version to restore, or a version of the edit to undo."),
  summary: summary.optional(),
});

export const unarchiveCommand = z
  .strictObject({
    slug: slug.optional().describe("By default the last slug of the page."),
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
      "Up to 200 characters. A repeated request of the same person with the same key does not create a second page.",
    ),
});

export const ifMatchHeader = z.object({
  "if-match": z
    .string()
    .optional()
    .describe("Required: the `ETag` of the version that the edit is based on."),
});

export const optionalIfMatchHeader = z.object({
  "if-match": z
    .string()
    .optional()
    .describe("Optional: the `ETag` of the version that the command is based on."),
});

export const person = z.object({ id: z.uuid(), name: z.string() }).nullable().meta({ id: "Person" });
export const time = z.iso.datetime();

const listedFields = {
  id: z.uuid(),
  slug: z.string(),
  title: z.string(),
  version: z.int().positive(),
  archived: z.boolean().describe("Whether the page is archived. Its `slug` is then its last slug."),
  createdAt: time,
  createdBy: person,
  modifiedAt: time,
  modifiedBy: person,
};

const position = z
  .int()
  .nonnegative()
  .describe(
    "The response reflects all events up to this notification id; with `at`, up to the last one at that instant.",
  );

export const page = z.object({ ...listedFields, body: z.string(), position }).meta({ id: "Page" });

const sameTitle = z
  .array(z.object({ id: z.uuid(), slug: z.string() }))
  .optional()
  .describe(
    "Other pages with this title, at most 10, if there are any. Pages created a moment before may be missing.",
  );

export const createdPage = page.extend({ sameTitle }).meta({ id: "CreatedPage" });

export const editedPage = page
  .extend({
    merged: z
      .literal(true)
      .optional()
      .describe("Present if the edit was merged with edits since its base version."),
    sameTitle: sameTitle.describe(
      "If the edit set a title: other pages with this title, at most 10, if there are any. Pages created a moment " +
        "before may be missing.",
    ),
  })
  .meta({ id: "EditedPage" });

export const pageList = z
  .object({
    items: z.array(z.object({ ...listedFields, logPosition: z.int().positive() })),
    next: z
      .int()
      .nonnegative()
      .nullable()
      .describe("The `gt` (with `desc`, the `lte`) of the next part; null at the end."),
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
        timestamp: time.nullable().describe("Null if the event cannot be read."),
        recordedAt: time,
        data: z.unknown().describe("Null if the event cannot be read."),
        error: z.string().optional().describe("The error code, if the event cannot be read."),
      }),
    ),
    next: z
      .int()
      .positive()
      .nullable()
      .describe(
        "The `start` of the next part; null at the end. A part with large events can be shorter than the limit.",
      ),
  })
  .meta({ id: "NotificationList" });

const problemDocument = z
  .looseObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe("A stable error code for programs."),
  })
  .meta({ id: "Problem" });

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problemDocument } },
});

export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

export const emptyResponse = (description: string) => z.undefined().describe(description);

export const problems = {
  "4xx": problem("The request was refused. Nothing was changed."),
  "5xx": problem("The server could not process the request."),
};

export const notModified = { 304: emptyResponse("`If-None-Match` has the current ETag.") };

export const moved = { 308: emptyResponse("The page has another slug now; see `Location`.") };
