import { z } from "zod";
import { time } from "./schemas.ts";

// The shapes of drafts.

const version = z.int().positive();
/** In lower case, as the wiki's own forms have it: one draft has one id. */
const id = z.uuid().toLowerCase();

export const draftContent = z.strictObject({
  title: z.string().describe("As it was typed: it may be one that no page can have."),
  body: z.string().describe("Up to 10 MB; comes back exactly."),
  summary: z.string().default("").describe("Of the edit that this is to become."),
  baseVersion: version.describe("The version of the page that the text started from."),
  id: id
    .optional()
    .describe(
      "Of the draft that it takes the place of, or a new one's: drafts with other ids, such as what is typed in a browser's windows, stay beside it. Without it, in place of the one that was kept without.",
    ),
});

export const draftQuery = z.strictObject({ id: id.optional() });

export const draft = z
  .object({
    pageId: z.uuid(),
    id: z
      .uuid()
      .nullable()
      .describe("Which draft of the page; null for the one that was kept without an id."),
    baseVersion: version,
    currentVersion: version.describe("Of the page: greater than `baseVersion` when that has moved on."),
    title: z.string(),
    body: z.string(),
    summary: z.string(),
    savedAt: time,
  })
  .meta({ id: "Draft" });
