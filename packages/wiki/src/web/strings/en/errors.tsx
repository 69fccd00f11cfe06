import { MAX_TITLE_CHARACTERS } from "../../../application/limits.ts";
import { MAX_SLUG_BYTES } from "../../../content/slug.ts";
import type { ErrorStrings } from "../error-strings.ts";
import type { Part } from "../nodes.tsx";
import { identity } from "./identity.tsx";
import { count, megabyte, number } from "./numbers.ts";

const invalidRequest = "Invalid request";
const invalidEntry = "Invalid entry";
const notFound = "Page not found";
const pageChanged = "The page has changed";
const unavailable = "Not available";
const tooLarge = "Too large";
const draftNotSaved = "Draft not saved";

/** The title of a screen that shows an error, and its text, which forms show beside their fields. */
export const errors: ErrorStrings = {
  "invalid-request": { title: invalidRequest, text: "Part of the request is missing or malformed." },
  "malformed-body": { title: invalidRequest, text: "The form could not be read." },
  "invalid-argument": {
    title: invalidRequest,
    text: ({ argument }) => `The value of “${argument}” isn’t valid.`,
  },
  "invalid-slug": {
    title: invalidEntry,
    text: invalidSlugText,
  },
  "invalid-title": {
    title: invalidEntry,
    text: `A title needs 1 to ${MAX_TITLE_CHARACTERS} visible characters on one line.`,
  },
  "invalid-email": { title: invalidEntry, text: "Enter an e-mail address such as ada@example.org." },
  "invalid-import": {
    title: "Nothing was imported",
    text: "This is not a folder or ZIP archive with Markdown files.",
  },
  "invalid-name": {
    title: invalidEntry,
    text: "A name needs 1 to 200 characters on one line (100 for a token), without invisible characters.",
  },
  "invalid-file": {
    title: "File not uploaded",
    text: ({ file }) =>
      file === ""
        ? "Choose a file."
        : `“${file}” can’t be uploaded: it is empty, or its name is too long or contains control characters, / or \\.`,
  },
  "weak-password": {
    title: invalidEntry,
    text: ({ minLength, maxLength }) => `A password needs ${minLength} to ${maxLength} characters.`,
  },
  "request-aborted": { title: "Request cancelled", text: "The request was cancelled." },
  "authentication-required": { title: "Sign in", text: identity.signInRequired },
  "token-invalid": { title: "Invalid token", text: "The Authorization header has no valid token." },
  "sign-in-failed": { title: "Not signed in", text: "Wrong e-mail or password." },
  forbidden: {
    title: "You don’t have permission",
    text: ({ neededRole }) => `You need the ${roles[neededRole]} role to do this.`,
  },
  "cross-site-request": {
    title: "Change refused",
    text: "Another website sent this change. Make it on a page of this wiki.",
  },
  "sign-up-closed": {
    title: "Sign-up is closed",
    text: "Ask an administrator of this wiki for an account.",
  },
  "first-administrator-refused": {
    title: "Link not valid",
    text: ({ reason }) => (reason === "wrong-token" ? identity.linkInvalid : identity.administratorExists),
  },
  "invitation-invalid": { title: "Invitation not valid", text: identity.invitationInvalid },
  "setup-required": { title: unavailable, text: "This wiki isn’t set up yet." },
  "not-found": { title: notFound, text: "Nothing has this address. Check it for typing errors." },
  "page-not-found": {
    title: notFound,
    text: ({ at }) =>
      at === undefined
        ? "This page, or this version of it, doesn’t exist."
        : "This page didn’t exist at that time.",
  },
  "file-not-found": { title: "File not found", text: "This file doesn’t exist." },
  "draft-not-found": { title: "Draft not found", text: "You have no draft of this page." },
  "person-not-found": { title: "Person not found", text: "This account doesn’t exist." },
  "token-not-found": { title: "Token not found", text: "This token doesn’t exist, or was revoked." },
  "method-not-allowed": { title: invalidRequest, text: "This address doesn’t accept this request." },
  "edit-conflict": {
    title: pageChanged,
    text: "Someone else changed the same part of the page. Open the page and try again.",
  },
  "file-conflict": {
    title: pageChanged,
    text: ({ names }) =>
      `Someone else changed ${names.map((name) => `“${name}”`).join(", ")}. Open the page and try again.`,
  },
  "slug-conflict": {
    title: "The address is in use",
    text: ({ slug }) => `Another page has the address /${slug}.`,
  },
  "page-archived": {
    title: "This page is archived",
    text: "Unarchive the page before you change it.",
  },
  "draft-settling": {
    title: draftNotSaved,
    text: "This draft resolves a conflict. Open it to continue.",
  },
  "too-many-drafts": {
    title: draftNotSaved,
    text: ({ limit }) => `You already have ${number(limit)} drafts, the most allowed. Delete one first.`,
  },
  "email-taken": {
    title: invalidEntry,
    text: ({ email }) => `${email} already has an account.`,
  },
  "if-match-failed": {
    title: pageChanged,
    text: "The version you started from is unknown. Open the page and try again.",
  },
  "base-version-unknown": {
    title: pageChanged,
    text: ({ baseVersion, currentVersion }) =>
      `The page has no version ${baseVersion}; the current version is ${currentVersion}. Open the page and try again.`,
  },
  "limit-exceeded": { title: tooLarge, text: limitText },
  "body-too-large": {
    title: tooLarge,
    text: "The text is larger than this wiki accepts. Go back and shorten it.",
  },
  "unsupported-media-type": { title: invalidRequest, text: "The wiki doesn’t accept this type of content." },
  "file-type-refused": {
    title: "File not uploaded",
    text: ({ file, fileType }) => `“${file}” is of the type ${fileType}, which this wiki doesn’t accept.`,
  },
  "range-not-satisfiable": { title: invalidRequest, text: "The file has fewer bytes." },
  "idempotency-key-reused": {
    title: invalidRequest,
    text: "The idempotency key was used before for another page.",
  },
  "undo-refused": {
    title: "This change can’t be undone",
    text: ({ version }) => `Version ${version} can’t be undone: it created, archived or unarchived the page.`,
  },
  "if-match-required": {
    title: invalidRequest,
    text: "The request doesn’t say which version it changes. Open the page and try again.",
  },
  "too-many-requests": { title: "Too many requests", text: "Try again in a minute." },
  "internal-error": {
    title: "Something went wrong",
    text: "Check whether your last change was saved before you repeat it.",
  },
  "file-bytes-missing": {
    title: "File missing",
    text: "The wiki’s storage has lost this file. Tell your administrator.",
  },
  "file-storage-failed": {
    title: unavailable,
    text: "Files can’t be stored or read now. Try again in a moment.",
  },
  "version-conflict": {
    title: "Too many changes at once",
    text: "Others saved this page at the same time. Try again.",
  },
  "view-behind": { title: unavailable, text: "This list isn’t up to date yet. Try again in a moment." },
  "position-not-reached": {
    title: unavailable,
    text: "The wiki isn’t up to date yet. Try again in a moment.",
  },
  "search-busy": { title: "Too many searches", text: "Too many searches are running." },
  "query-timeout": {
    title: "Took too long",
    text: "The server stopped because this took too long. Use fewer words, or try again in a moment.",
  },
  "server-busy": { title: "The wiki is busy", text: "Too many large pages are being processed." },
  "clock-ahead": {
    title: unavailable,
    text: "The server’s clock is wrong, so nothing can be saved. Tell your administrator.",
  },
  "recorder-failed": { title: unavailable, text: "The database isn’t available. Try again in a moment." },
  "recorder-closed": { title: unavailable, text: "The server is stopping. Try again in a moment." },
  "outcome-unknown": {
    title: "Possibly not saved",
    text: "The database didn’t confirm your change. Check whether it was saved before you repeat it.",
  },
};

function invalidSlugText({ value, suggestion }: { value: string; suggestion?: string }): string {
  if (value.trim() === "") return "Enter an address such as handbook/on-call.";
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_SLUG_BYTES)
    return `The address has ${number(bytes)} bytes; the limit is ${number(MAX_SLUG_BYTES)}.`;
  return `“${value}” can’t be an address. Use another, such as ${suggestion ?? "handbook/on-call"}.`;
}

const roles = { reader: "reader", editor: "editor", admin: "administrator" };

function limitText({ what, actual, limit }: { what: string; actual: number; limit: number }): string {
  if (what === "bytes of the file") return `The file is larger than the limit of ${megabyte(limit)}.`;
  if (what === "files of a page") return `A page can have at most ${number(limit)} files.`;
  if (what.startsWith("bytes")) {
    return `The text has ${megabyte(actual)}; the limit is ${megabyte(limit)}.`;
  }
  const size = what.startsWith("words")
    ? count(actual, { one: "# word", other: "# words" })
    : count(actual, { one: "# character", other: "# characters" });
  const subject = SUBJECTS.find(([ending]) => what.endsWith(ending))?.[1] ?? "The text";
  return `${subject} has ${size}; the limit is ${number(limit)}.`;
}

const SUBJECTS = [
  ["summary", "The summary"],
  ["query", "The search"],
  ["title", "The title"],
  ["slug", "The address"],
] as const;

/** The screen around an error's text. */
export const problem = {
  tryAgainIn: (seconds: number) =>
    seconds < 120
      ? count(Math.max(1, Math.ceil(seconds)), {
          one: "Try again in # second.",
          other: "Try again in # seconds.",
        })
      : count(Math.ceil(seconds / 60), {
          one: "Try again in # minute.",
          other: "Try again in # minutes.",
        }),
  home: "Home",
  reportCode: (code: Part) => <>If it happens again, give your administrator this code: {code}</>,
};
