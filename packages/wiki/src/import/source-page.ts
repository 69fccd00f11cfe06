import { posix } from "node:path";
import { MAX_TITLE_CHARACTERS } from "../application/limits.ts";
import { firstHeading } from "../content/markdown-parser.ts";
import {
  canonicalSlug,
  InvalidSlugError,
  parseSlug,
  RESERVED_SEGMENTS,
  slugFromTitle,
} from "../content/slug.ts";
import { type ExportedPage, readFrontMatter } from "./front-matter.ts";
import { withoutComponents } from "./mdx.ts";
import type { Remark } from "./source.ts";

/** A file that becomes a page. */
export interface SourcePage {
  /** Relative to the root of the source, with "/" between segments. */
  readonly path: string;
  readonly title: string;
  /** The slug in the front matter, if it is valid. */
  readonly slug: string | undefined;
  readonly exported: ExportedPage | undefined;
  readonly body: string;
  readonly warnings: readonly string[];
}

/** Reads a Markdown file. In `.mdx`, imports, exports and components are left out. */
export function sourcePage(path: string, source: string): SourcePage {
  const { fields, body: text, warnings } = readFrontMatter(source);
  const { exported } = fields;
  const { body, left } = /\.mdx$/i.test(path) ? withoutComponents(text) : { body: text, left: [] };
  const slug = fields.slug === undefined ? undefined : parseSlug(fields.slug.replace(/^\/+|\/+$/g, ""));
  const allWarnings = [...warnings];
  if (fields.slug !== undefined && slug === undefined) {
    allWarnings.push(
      `the slug ${JSON.stringify(fields.slug)} in the front matter is not valid and was ignored`,
    );
  }
  if (left.length > 0) allWarnings.push(`was read as Markdown without ${left.join(", ")}`);
  const title =
    exported && fields.title !== undefined
      ? fields.title
      : ([fields.title, firstHeading(body), titleOfPath(path)].map(asTitle).find((text) => text !== "") ??
        path);
  return { path, slug, title, exported, body, warnings: allWarnings };
}

/**
 * Returns the slug of each page by its path, below `under`. `index` and `README` get the slug of their folder, unless
 * another page has it; `index` is preferred. In the root without `under`, they keep their names.
 */
export function slugOfEach(
  pages: readonly Pick<SourcePage, "path" | "slug">[],
  under: string | undefined,
): { readonly slugs: ReadonlyMap<string, string>; readonly refused: readonly Remark[] } {
  const slugs = new Map<string, string>();
  const refused: Remark[] = [];
  const taken = new Set<string>();
  const assign = (path: string, slugOf: () => string) => {
    try {
      const slug = slugOf();
      slugs.set(path, slug);
      taken.add(slug);
    } catch (error) {
      if (!(error instanceof InvalidSlugError)) throw error;
      refused.push({ path, text: error.message });
    }
  };
  for (const { path, slug } of pages) {
    if (slug !== undefined) assign(path, () => below(under, slug));
    else if (!isFolderPage(path)) assign(path, () => below(under, slugOfPath(withoutExtension(path))));
  }
  const isReadme = ({ path }: { readonly path: string }) => Number(/readme\.[^./]+$/i.test(path));
  const folderPages = pages.filter(({ path, slug }) => slug === undefined && isFolderPage(path));
  for (const { path } of folderPages.sort((a, b) => isReadme(a) - isReadme(b))) {
    assign(path, () => {
      const folder = posix.dirname(path);
      const slug = folder === "." ? under : below(under, slugOfPath(folder));
      return slug === undefined || taken.has(slug) ? below(under, slugOfPath(withoutExtension(path))) : slug;
    });
  }
  return { slugs, refused };
}

function below(under: string | undefined, slug: string): string {
  return canonicalSlug(under === undefined ? slug : `${under}/${slug}`);
}

/** @param path without an extension */
function slugOfPath(path: string): string {
  return path.split("/").map(slugOfSegment).join("/");
}

/** Returns true for `README` and `index`, the pages of their folders. */
export function isFolderPage(path: string): boolean {
  return /(?:^|\/)(?:readme|index)\.[^./]+$/i.test(path);
}

function slugOfSegment(segment: string, index: number): string {
  const name = segment.toLowerCase();
  // Only the first segment can be reserved.
  return index > 0 && RESERVED_SEGMENTS.has(name) ? name : slugFromTitle(segment);
}

function titleOfPath(path: string): string {
  const [name = "", folder] = withoutExtension(path).split("/").reverse();
  const source = folder !== undefined && isFolderPage(path) ? folder : name;
  return source.replace(/[-_]+/g, " ");
}

function withoutExtension(path: string): string {
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
