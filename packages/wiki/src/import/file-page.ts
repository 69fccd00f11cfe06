import { MAX_TITLE_CHARACTERS } from "../application/limits.ts";
import { firstHeading } from "../content/markdown-parser.ts";
import { canonicalSlug, RESERVED_SEGMENTS, slugFromTitle } from "../content/slug.ts";
import { readFrontMatter } from "./front-matter.ts";

export interface FilePage {
  /** Relative to the imported folder, with "/" between segments. */
  readonly path: string;
  readonly title: string;
  readonly slug: string;
  readonly body: string;
  readonly warnings: readonly string[];
}

/** @throws InvalidSlugError */
export function pageOfFile(path: string, source: string): FilePage {
  const { fields, body, warnings } = readFrontMatter(source);
  const slug =
    fields.slug === undefined ? slugOfPath(path) : canonicalSlug(fields.slug.replace(/^\/+|\/+$/g, ""));
  const title = [fields.title, firstHeading(body), titleOfPath(path)]
    .map(asTitle)
    .find((text) => text !== "");
  return { path, slug, body, warnings, title: title ?? slug };
}

/**
 * Derives a slug from a file's path. `README` and `index` get the slug of their folder, except in the imported folder
 * itself.
 * @throws InvalidSlugError
 */
export function slugOfPath(path: string): string {
  const segments = withoutEnding(path).split("/");
  if (segments.length > 1 && isFolderPage(path)) segments.pop();
  return canonicalSlug(segments.map(slugOfSegment).join("/"));
}

export function isFolderPage(path: string): boolean {
  return /(?:^|\/)(?:readme|index)\.[^./]+$/i.test(path);
}

function slugOfSegment(segment: string, index: number): string {
  const name = segment.toLowerCase();
  // Only the first segment can be reserved.
  return index > 0 && RESERVED_SEGMENTS.has(name) ? name : slugFromTitle(segment);
}

function titleOfPath(path: string): string {
  const [name = "", folder] = withoutEnding(path).split("/").reverse();
  const source = folder !== undefined && isFolderPage(path) ? folder : name;
  return source.replace(/[-_]+/g, " ");
}

function withoutEnding(path: string): string {
  return path.replace(/\.[^./]+$/, "");
}

/** Collapses white space and truncates the text to the longest title that pages allow. */
function asTitle(text: string | undefined): string {
  const line = (text ?? "").replace(/[\s\p{Cc}]+/gu, " ").trim();
  const characters = [...line];
  if (characters.length <= MAX_TITLE_CHARACTERS) return line;
  return `${characters
    .slice(0, MAX_TITLE_CHARACTERS - 1)
    .join("")
    .trimEnd()}…`;
}
