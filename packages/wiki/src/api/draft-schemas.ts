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
  madeFrom: z
    .array(version)
    .max(10)
    .default([])
    .describe(
      "Earlier versions that the text was made from, as they came with a draft that it takes the place of.",
    ),
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
    madeFrom: z
      .array(version)
      .describe(
        "Versions before `baseVersion` that the text was made from, too: conflicts with later ones were settled.",
      ),
    metVersion: version
      .nullable()
      .describe(
        "The version that it is in conflict with, while somebody settles that in a browser; `title` and `body` are then what met it, and what was chosen and typed for single places is not told here. `PUT` does not replace such a draft. Null for any other.",
      ),
    title: z.string(),
    body: z.string(),
    summary: z.string(),
    savedAt: time,
  })
  .meta({ id: "Draft" });
