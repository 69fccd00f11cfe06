import { HttpError } from "./errors.ts";

/** Slugs are used again, so a version alone would let one page's edit hit another. */
export function etagOf(page: { readonly id: string; readonly version: number }): string {
  return `"${page.id}.${page.version}"`;
}

/**
 * Returns the version that an edit of page `pageId` is based on.
 * @throws HttpError `if-match-required` when it is missing or `*`, `if-match-failed` when it is malformed or names
 *   another page
 */
export function baseVersionOf(ifMatch: string | undefined, pageId: string): number {
  if (ifMatch === undefined || ifMatch.trim() === "*") {
    throw new HttpError(
      "if-match-required",
      "Send the ETag of the version that the edit is based on as If-Match.",
    );
  }
  const [, id, version] = /^\s*"([0-9a-f-]{36})\.([1-9]\d{0,14})"\s*$/.exec(ifMatch) ?? [];
  if (id === undefined) {
    throw new HttpError(
      "if-match-failed",
      `If-Match has to be one ETag of the page; it is ${ifMatch.slice(0, 200)}.`,
    );
  }
  if (id !== pageId)
    throw new HttpError("if-match-failed", `If-Match names the page ${id}; this is ${pageId}.`);
  return Number(version);
}

/** True when a conditional request already has what `etag` names. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}
