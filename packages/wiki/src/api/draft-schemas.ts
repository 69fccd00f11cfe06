import { z } from "zod";
import { time } from "./schemas.ts";

// Requests and responses for drafts.

const version = z.int().positive();
/** Lower case, as in the forms, so that one draft has one id. */
const id = z.uuid().toLowerCase();

export const draftContent = z.strictObject({
  title: z.string().describe("Exactly as typed. It need not be a valid title."),
  body: z.string().describe("Up to 10 MB. Returned exactly."),
  summary: z.string().default("").describe("The summary of the edit."),
  baseVersion: version.describe("The version of the page that the text is based on."),
  madeFrom: z
    .array(version)
    .max(10)
    .default([])
    .describe(
      "Versions before `baseVersion` that the text is based on, as given by the draft that this one replaces.",
    ),
  id: id
    .optional()
    .describe(
      "The id of a new draft or of the draft to replace. Drafts with other ids, such as those of browser windows, are not changed. Without an id, replaces the draft that has none.",
    ),
});

export const draftQuery = z.strictObject({ id: id.optional().describe("The id of the draft.") });

export const draft = z
  .object({
    pageId: z.uuid(),
    id: z.uuid().nullable().describe("Null for the draft that was stored without an id."),
    baseVersion: version,
    currentVersion: version.describe(
      "The current version of the page. Greater than `baseVersion` if the page changed since.",
    ),
    madeFrom: z
      .array(version)
      .describe(
        "Versions before `baseVersion` that the text is also based on: conflicts with later versions were resolved.",
      ),
    metVersion: version
      .nullable()
      .describe(
        "The version that the draft conflicts with, while you resolve the conflict in a browser; null otherwise. `title` and `body` are then your side of the conflict. The choices made so far are not included. `PUT` does not replace such a draft.",
      ),
    title: z.string(),
    body: z.string(),
    summary: z.string(),
    savedAt: time,
  })
  .meta({ id: "Draft" });
