import { HttpError } from "./errors.ts";

/** The id is part of it because a slug can move to another page, whose version may be the same. */
export function etagOf(page: { readonly id: string; readonly version: number }): string {
  return `"${page.id}.${page.version}"`;
}

/**
 * Returns the base version of an edit of a page.
 * @throws HttpError `if-match-required` if the header is missing or `*`, `if-match-failed` if it is malformed or the
 *   ETag of another page
 */
export function baseVersionOf(ifMatch: string | undefined, pageId: string): number {
  if (ifMatch === undefined || ifMatch.trim() === "*") {
    throw new HttpError("if-match-required", "Send the ETag of the edit's base version as If-Match.");
  }
  const [, id, version] = /^\s*"([0-9a-f-]{36})\.([1-9]\d{0,14})"\s*$/.exec(ifMatch) ?? [];
  if (id === undefined) {
    throw new HttpError(
      "if-match-failed",
      `If-Match is ${ifMatch.slice(0, 200)}; expected one ETag of the page.`,
    );
  }
  if (id !== pageId)
    throw new HttpError("if-match-failed", `If-Match is an ETag of page ${id}; this is page ${pageId}.`);
  return Number(version);
}

/** Returns whether `If-None-Match` contains the ETag (weak comparison, RFC 9110, 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (text: string) => text.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((one) => one.trim() === "*" || opaque(one) === opaque(etag));
}
