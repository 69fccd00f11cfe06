import { InvalidArgumentError } from "@palimpsest/eventsourcing";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { PageDetails } from "../application/pages.ts";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True of whatever can be the id of a page or a person. */
export function canBeId(text: string): boolean {
  return ID.test(text);
}

/** Resolves to the page that an address names, archived or not, as it is or was. @throws PageNotFoundError */
export function pageOfAddress(
  content: ContentManagement,
  id: string,
  version?: number,
): Promise<PageDetails> {
  if (!canBeId(id)) throw new PageNotFoundError(id.slice(0, 100));
  return content.getPageById(id.toLowerCase(), version);
}

/** As `requireVersion`; returns undefined if the version was left out. */
export function versionIn(name: string, text: string | undefined, least: 0 | 1 = 1): number | undefined {
  return text === undefined ? undefined : requireVersion(name, text, least);
}

/**
 * Returns the version that `text` of an address or a form names.
 * @throws InvalidArgumentError for whatever is no whole number from `least` on
 */
export function requireVersion(name: string, text: string, least: 0 | 1 = 1): number {
  const isVersion = typeof text === "string" && /^(0|[1-9]\d{0,14})$/.test(text) && Number(text) >= least;
  if (!isVersion) {
    throw new InvalidArgumentError(name, text, `the number of a version, a whole number from ${least}`);
  }
  return Number(text);
}
