import { LimitExceededError } from "@palimpsest/eventsourcing";
import type { ClientQueueLimits } from "./client-queue.ts";
import { InvalidTitleError } from "./errors.ts";
import { InvalidFileError } from "./files.ts";

export const MAX_BODY_BYTES = 10 * 1024 * 1024;
export const MAX_TITLE_CHARACTERS = 500;
const MAX_SUMMARY_CHARACTERS = 500;
const MAX_FILE_NAME_BYTES = 200;
export const MAX_FILES_PER_PAGE = 500;
/** Drafts of one person: in total, and of one page or of new pages. */
export const MAX_DRAFTS = 200;
export const MAX_DRAFTS_PER_PAGE = 50;
/** The title, slug or summary of a draft, which may be invalid. */
export const MAX_DRAFT_FIELD_UNITS = 10_000;
/** Searches use one database connection each, of at least 4. */
export const SEARCH_LIMITS: ClientQueueLimits = {
  running: 3,
  runningPerClient: 2,
  accepted: 256,
  acceptedPerClient: 64,
};
/** Reads that compare, attribute or reconstruct texts. Those of one client leave room for others. */
export const EXPENSIVE_READ_LIMITS: ClientQueueLimits = {
  running: 16,
  runningPerClient: 8,
  accepted: 256,
  acceptedPerClient: 64,
};
/** Exports read all pages, and last as long as their downloads. */
export const EXPORT_LIMITS: ClientQueueLimits = {
  running: 4,
  runningPerClient: 1,
  accepted: 16,
  acceptedPerClient: 2,
};
/** Searches of earlier dates take turns page by page, so they run at once. */
export const HISTORICAL_SEARCH_LIMITS: ClientQueueLimits = {
  running: 16,
  runningPerClient: 4,
  accepted: 16,
  acceptedPerClient: 4,
};

/** Returns the title without surrounding white space. @throws InvalidTitleError */
export function requireTitle(text: string): string {
  const title = text.trim();
  const characters = countCharacters(title);
  if (characters === 0) throw new InvalidTitleError("is empty");
  if (characters > MAX_TITLE_CHARACTERS) throw new InvalidTitleError(`is ${characters} characters long`);
  if (/\p{Cc}/u.test(title)) throw new InvalidTitleError("contains a control character");
  if (!/[^\s\p{Cf}\p{M}]/u.test(title)) throw new InvalidTitleError("has no visible character");
  return title;
}

/** Returns the body. @throws LimitExceededError if it is too large in UTF-8 */
export function requireBody(body: string): string {
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_BODY_BYTES) throw new LimitExceededError("bytes of body", bytes, MAX_BODY_BYTES);
  return body;
}

/**
 * Returns the name of a file in Normalization Form C, without surrounding white space.
 * @throws InvalidFileError
 */
export function requireFileName(text: string): string {
  const name = text.normalize("NFC").trim();
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new InvalidFileError(name, "has no name");
  if (bytes > MAX_FILE_NAME_BYTES) throw new InvalidFileError(name, `has a name of ${bytes} bytes`);
  if (/\p{Cc}|\p{Cs}/u.test(name)) throw new InvalidFileError(name, "has a control character in its name");
  // Except the joiners, which some scripts need. Others can hide or reverse the extension.
  if (/(?![\u200c\u200d])\p{Cf}/u.test(name)) {
    throw new InvalidFileError(name, "has an invisible character in its name");
  }
  if (/[/\\]/.test(name)) throw new InvalidFileError(name, 'has "/" or "\\" in its name');
  if (name === "." || name === "..") throw new InvalidFileError(name, "has a name that means a folder");
  if (!/[^\s\p{Cf}\p{M}]/u.test(name))
    throw new InvalidFileError(name, "has no visible character in its name");
  return name;
}

/** @throws LimitExceededError if a page would have more files than allowed */
export function requireFileCount(count: number): void {
  if (count > MAX_FILES_PER_PAGE) throw new LimitExceededError("files of a page", count, MAX_FILES_PER_PAGE);
}

/** Returns the change summary without surrounding white space. @throws LimitExceededError */
export function requireSummary(text: string): string {
  const summary = text.trim();
  const characters = countCharacters(summary);
  if (characters > MAX_SUMMARY_CHARACTERS) {
    throw new LimitExceededError("characters of summary", characters, MAX_SUMMARY_CHARACTERS);
  }
  return summary;
}

/** Counts code points without copying the text, which can be as large as a request. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}
