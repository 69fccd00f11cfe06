import { MAX_TITLE_CHARACTERS } from "../../application/limits.ts";
import { firstHeading } from "../../content/markdown.ts";
import { canonicalSlug, RESERVED_SEGMENTS, slugFromTitle } from "../../content/slug.ts";
import { readFrontMatter } from "./front-matter.ts";

/** A file as the page that it becomes. */
export interface FilePage {
  /** In the imported folder, with "/" between segments. */
  readonly path: string;
  readonly title: string;
  readonly slug: string;
  readonly body: string;
  readonly warnings: readonly string[];
}

/** Reads a file's text as a page. @throws InvalidSlugError */
export function pageOfFile(path: string, source: string): FilePage {
  const { fields, body, warnings } = readFrontMatter(source);
  const slug =
    fields.slug === undefined ? slugOfPath(path) : canonicalSlug(fields.slug.replace(/^\/+|\/+$/g, ""));
  const title = [fields.title, firstHeading(body), titleOfPath(path)]
    .map(onOneLine)
    .find((text) => text !== "");
  return { path, slug, body, warnings, title: title ?? slug };
}

/**
 * The slug of the page that a file without one in its front matter becomes: its path, each segment in the form of
 * slugs. `README` and `index` stand for their folder, except at the top, where they keep their names.
 * @throws InvalidSlugError
 */
export function slugOfPath(path: string): string {
  const segments = withoutEnding(path).split("/");
  if (segments.length > 1 && isFolderPage(path)) segments.pop();
  return canonicalSlug(segments.map(slugOfSegment).join("/"));
}

/** Whether the file speaks for its folder: `README.md` or `index.md`, in any case. */
export function isFolderPage(path: string): boolean {
  return /(?:^|\/)(?:readme|index)\.[^./]+$/i.test(path);
}

function slugOfSegment(segment: string, index: number): string {
  const name = segment.toLowerCase();
  // Reserved is the first segment only.
  return index > 0 && RESERVED_SEGMENTS.has(name) ? name : slugFromTitle(segment);
}

function titleOfPath(path: string): string {
  const [name = "", folder] = withoutEnding(path).split("/").reverse();
  const named = folder !== undefined && isFolderPage(path) ? folder : name;
  return named.replace(/[-_]+/g, " ");
}

function withoutEnding(path: string): string {
  return path.replace(/\.[^./]+$/, "");
}

/** A title is one line of bounded length, which a heading need not be. */
function onOneLine(text: string | undefined): string {
  const line = (text ?? "").replace(/[\s\p{Cc}]+/gu, " ").trim();
  const characters = [...line];
  if (characters.length <= MAX_TITLE_CHARACTERS) return line;
  return `${characters
    .slice(0, MAX_TITLE_CHARACTERS - 1)
    .join("")
    .trimEnd()}…`;
}
