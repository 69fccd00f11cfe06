import { open } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "@palimpsest/eventsourcing";
import { MAX_BODY_BYTES } from "../../application/limits.ts";
import { MAX_MARKDOWN_UNITS } from "../../content/markdown.ts";
import { type FilePage, pageOfFile } from "./file-page.ts";
import { inParallel } from "./in-parallel.ts";
import { replaceDestinations } from "./link-destinations.ts";
import { LinkTargets } from "./link-targets.ts";
import { codeOf, findMarkdownFiles, type Remark } from "./markdown-files.ts";

/** The files of a folder as pages whose links lead to each other, in the order of their paths. */
export interface FolderPages {
  readonly pages: readonly FilePage[];
  /** Files that become no page. */
  readonly refused: readonly Remark[];
  readonly warnings: readonly Remark[];
}

const FILES_AT_ONCE = 32;

/** Reads every Markdown file below `folder`. @throws what `findMarkdownFiles` does */
export async function readFolder(folder: string): Promise<FolderPages> {
  const files = await findMarkdownFiles(folder);
  const refused = [...files.refused];
  const read = new Map<string, FilePage>();
  await inParallel(files.paths, FILES_AT_ONCE, async (path) => {
    try {
      read.set(path, pageOfFile(path, await readText(join(folder, path))));
    } catch (error) {
      refused.push({ path, text: reasonOf(error) });
    }
  });
  const inOrder = files.paths.map((path) => read.get(path)).filter((page) => page !== undefined);
  const { pages, collisions } = withoutCollisions(inOrder);
  const warnings = [...files.warnings];
  for (const { path, warnings: texts } of pages) warnings.push(...texts.map((text) => ({ path, text })));
  const targets = new LinkTargets(pages);
  return {
    pages: pages.map((page) => ({ ...page, body: withLinks(page, targets, warnings) })),
    refused: [...refused, ...collisions].sort(byPath),
    warnings: warnings.sort(byPath),
  };
}

/** Says in a few words why a file was refused, that is as its reader thinks of it. @throws what is no such reason */
function reasonOf(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return `cannot be read (${codeOf(error)})`;
  throw error;
}

class UnfitFileError extends CodedError {
  readonly code = "unfit-file";
}

async function readText(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_BODY_BYTES) {
      throw new UnfitFileError(`has ${size} bytes; a page has at most ${MAX_BODY_BYTES}`);
    }
    const bytes = await handle.readFile();
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "") throw new UnfitFileError("is empty");
    return text;
  } catch (error) {
    if (error instanceof TypeError) throw new UnfitFileError("is not text in UTF-8");
    throw error;
  } finally {
    await handle.close();
  }
}

/** Of several files with one slug the first becomes the page. */
function withoutCollisions(all: readonly FilePage[]): { pages: FilePage[]; collisions: Remark[] } {
  const first = new Map<string, FilePage>();
  const collisions: Remark[] = [];
  for (const page of all) {
    const taken = first.get(page.slug);
    if (taken === undefined) first.set(page.slug, page);
    else {
      const text = `would have the slug "${page.slug}", as ${taken.path} has; give one of them a "slug" in its front matter`;
      collisions.push({ path: page.path, text });
    }
  }
  return { pages: [...first.values()], collisions };
}

function withLinks({ path, body }: FilePage, targets: LinkTargets, warnings: Remark[]): string {
  if (body.length > MAX_MARKDOWN_UNITS) {
    warnings.push({ path, text: "is too long to be read as Markdown: its links stay as they are" });
    return body;
  }
  return replaceDestinations(body, ({ destination }) => {
    const target = targets.of(path, destination);
    if (target.kind === "missing") {
      warnings.push({ path, text: `leads to ${destination}, which is not imported` });
    }
    return target.kind === "page" ? target.address : undefined;
  });
}

function byPath(a: Remark, b: Remark): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
