import { open } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "@palimpsest/eventsourcing";
import { MAX_BODY_BYTES } from "../application/limits.ts";
import { MAX_MARKDOWN_UNITS } from "../content/markdown-parser.ts";
import { InvalidFileError } from "./errors.ts";
import { type FilePage, pageOfFile } from "./file-page.ts";
import { inParallel } from "./in-parallel.ts";
import { replaceDestinations } from "./link-destinations.ts";
import { LinkTargets } from "./link-targets.ts";
import { codeOf, findMarkdownFiles, type Remark } from "./markdown-files.ts";

export interface FolderPages {
  /** In the order of paths. Links between files are links between pages. */
  readonly pages: readonly FilePage[];
  readonly refused: readonly Remark[];
  readonly warnings: readonly Remark[];
}

const FILES_AT_ONCE = 32;

/** Reads the Markdown files below `folder`. @throws like `findMarkdownFiles` */
export async function readFolder(folder: string): Promise<FolderPages> {
  const files = await findMarkdownFiles(folder);
  const refused = [...files.refused];
  const read = new Map<string, FilePage>();
  await inParallel(files.paths, FILES_AT_ONCE, async (path) => {
    try {
      read.set(path, pageOfFile(path, await readText(join(folder, path))));
    } catch (error) {
      refused.push({ path, text: refusalReason(error) });
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

function refusalReason(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  if ((error as NodeJS.ErrnoException).syscall !== undefined) return `cannot be read (${codeOf(error)})`;
  throw error;
}

async function readText(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_BODY_BYTES) {
      throw new InvalidFileError(`has ${size} bytes; the limit of a page is ${MAX_BODY_BYTES}`);
    }
    const bytes = await handle.readFile();
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "") throw new InvalidFileError("is empty");
    return text;
  } catch (error) {
    if (error instanceof TypeError) throw new InvalidFileError("is not UTF-8 text");
    throw error;
  } finally {
    await handle.close();
  }
}

function withoutCollisions(all: readonly FilePage[]): { pages: FilePage[]; collisions: Remark[] } {
  const first = new Map<string, FilePage>();
  const collisions: Remark[] = [];
  for (const page of all) {
    const taken = first.get(page.slug);
    if (taken === undefined) first.set(page.slug, page);
    else {
      const text = `has the same slug as ${taken.path}, "${page.slug}"; set "slug" in the front matter of one of them`;
      collisions.push({ path: page.path, text });
    }
  }
  return { pages: [...first.values()], collisions };
}

function withLinks({ path, body }: FilePage, targets: LinkTargets, warnings: Remark[]): string {
  if (body.length > MAX_MARKDOWN_UNITS) {
    warnings.push({ path, text: "is too long to parse as Markdown, so its links were not changed" });
    return body;
  }
  return replaceDestinations(body, ({ destination }) => {
    const target = targets.of(path, destination);
    if (target.kind === "missing") {
      warnings.push({ path, text: `link to ${destination}, which is not imported` });
    }
    return target.kind === "page" ? target.address : undefined;
  });
}

function byPath(a: Remark, b: Remark): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
