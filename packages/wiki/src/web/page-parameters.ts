import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { PageDetails } from "../application/pages.ts";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True if `text` has the format of the id of a page or a person. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** Resolves to a page by the id in an address, archived or not, at a version if given. @throws PageNotFoundError */
export function pageOfAddress(
  content: ContentManagement,
  id: string,
  version?: number,
): Promise<PageDetails> {
  if (!isId(id)) throw new PageNotFoundError(id.slice(0, 100));
  return content.getPageById(id.toLowerCase(), version);
}

/** Like `requireVersion`, but returns undefined if `text` is undefined. */
export function optionalVersion(
  name: string,
  text: string | undefined,
  least: 0 | 1 = 1,
): number | undefined {
  return text === undefined ? undefined : requireVersion(name, text, least);
}

/**
 * Returns a version from the text of an address or a form.
 * @throws InvalidArgumentError unless it is a whole number of at least `least`
 */
export function requireVersion(name: string, text: string, least: 0 | 1 = 1): number {
  const isVersion = typeof text === "string" && /^(0|[1-9]\d{0,14})$/.test(text) && Number(text) >= least;
  if (!isVersion) {
    throw new InvalidArgumentError(name, text, `a version, which is a whole number from ${least}`);
  }
  return Number(text);
}
