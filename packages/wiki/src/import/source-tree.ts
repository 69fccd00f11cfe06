import { CodedError } from "@palimpsest/eventsourcing";
import { MAX_BODY_BYTES } from "../application/limits.ts";
import { UnfitFileError } from "./errors.ts";
import { codeOf } from "./folder-source.ts";
import type { ExportedPage } from "./front-matter.ts";
import { inParallel } from "./in-parallel.ts";
import { LinkTargets } from "./link-targets.ts";
import { byPath, type ImportSource, isPageFile, type Remark } from "./source.ts";
import { type SourcePage, slugOfEach, sourcePage } from "./source-page.ts";

/** A page of the source without its text, which is read again when it is imported. */
export interface ListedPage {
  readonly path: string;
  readonly slug: string;
  readonly exported: ExportedPage | undefined;
}

/** Several files with one slug. */
interface SlugCollision {
  readonly slug: string;
  readonly paths: readonly string[];
}

/** The pages of a source. */
export interface SourceTree {
  readonly source: ImportSource;
  /** In the order of paths. */
  readonly pages: readonly ListedPage[];
  readonly refused: readonly Remark[];
  readonly warnings: readonly Remark[];
  readonly collisions: readonly SlugCollision[];
  readonly targets: LinkTargets;
}

const FILES_AT_ONCE = 32;

/** Reads all Markdown files of a source to find their slugs. Keeps no texts. */
export async function readTree(source: ImportSource, under: string | undefined): Promise<SourceTree> {
  const refused = [...source.refused];
  const warnings = [...source.warnings];
  const found = new Map<string, Pick<SourcePage, "path" | "slug" | "exported">>();
  const paths = source.files.map(({ path }) => path).filter(isPageFile);
  await inParallel(paths, FILES_AT_ONCE, async (path) => {
    try {
      const page = await readPage(source, path);
      found.set(path, { path, slug: page.slug, exported: page.exported });
      warnings.push(...page.warnings.map((text) => ({ path, text })));
    } catch (error) {
      refused.push({ path, text: refusalReason(error) });
    }
  });
  const attached = new Set(
    [...found.values()].filter(({ exported }) => exported).map(({ path }) => filesFolderOf(path)),
  );
  const isAttached = (path: string) => attached.has(path.slice(0, path.lastIndexOf("/") + 1));
  const all = paths.flatMap((path) => found.get(path) ?? []).filter(({ path }) => !isAttached(path));
  const { slugs, refused: withoutSlug } = slugOfEach(all, under);
  const pages = all.flatMap(({ path, exported }) => {
    const slug = slugs.get(path);
    return slug === undefined ? [] : [{ path, slug, exported }];
  });
  return {
    source,
    pages,
    refused: [...refused, ...withoutSlug].sort(byPath),
    warnings: warnings.sort(byPath),
    collisions: collisionsOf(pages),
    targets: new LinkTargets(
      slugs,
      source.files.map(({ path }) => path),
    ),
  };
}

/** Returns the folder of the attached files of an exported page, with a "/" at its end. */
export function filesFolderOf(path: string): string {
  return `${path.replace(/\.md$/, "")}.files/`;
}

function collisionsOf(pages: readonly ListedPage[]): SlugCollision[] {
  const bySlug = new Map<string, string[]>();
  for (const { path, slug } of pages) bySlug.set(slug, [...(bySlug.get(slug) ?? []), path]);
  return [...bySlug].filter(([, paths]) => paths.length > 1).map(([slug, paths]) => ({ slug, paths }));
}

/** @throws UnfitFileError, and errors of the file system */
export async function readPage(source: ImportSource, path: string): Promise<SourcePage> {
  const text = await readText(source, path);
  const page = sourcePage(path, text);
  if (page.exported === undefined && text.trim() === "") throw new UnfitFileError("is empty");
  return page;
}

async function readText(source: ImportSource, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of await source.open(path)) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_BODY_BYTES + MAX_FRONT_MATTER_BYTES) {
      throw new UnfitFileError(`has more than ${MAX_BODY_BYTES} bytes, the limit of a page`);
    }
    chunks.push(chunk as Uint8Array);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UnfitFileError("is not UTF-8 text");
  }
}

/** The front matter of an exported page comes on top of its text. */
const MAX_FRONT_MATTER_BYTES = 64 * 1024;

/** Returns why a file cannot be read. @throws other errors */
export function refusalReason(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  if (error instanceof Error && "code" in error) return `cannot be read (${codeOf(error)})`;
  // The errors of archives have no code.
  if (error instanceof Error) return `cannot be read: ${error.message}`;
  throw error;
}
