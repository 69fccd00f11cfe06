import { basename } from "node:path/posix";
import { MAX_MARKDOWN_UNITS } from "../content/markdown-parser.ts";
import { nameKey } from "../domain/page-files.ts";
import { replaceDestinations } from "./link-destinations.ts";
import { pathAsDestination } from "./link-targets.ts";
import type { SourcePage } from "./source-page.ts";
import { filesFolderOf, type SourceTree } from "./source-tree.ts";

/** A file of the source that is attached to a page. */
export interface AttachedFile {
  readonly path: string;
  readonly name: string;
}

export interface PageText {
  readonly body: string;
  /** In the order of their links, or of their paths in an exported page. */
  readonly files: readonly AttachedFile[];
  readonly warnings: readonly string[];
  /** Links that lead to a page only if the wiki has this page. */
  readonly unresolved: readonly { readonly destination: string; readonly slug: string }[];
}

/** Returns the text of a page as it is stored: links lead to pages and to attached files. */
export function pageText({ path, body, exported }: SourcePage, { targets, source }: SourceTree): PageText {
  const attached = new AttachedNames();
  if (exported) {
    const folder = filesFolderOf(path);
    for (const file of source.files) {
      if (!file.path.startsWith(folder)) continue;
      const name = file.path.slice(folder.length);
      attached.add(file.path, exported.fileNames[name] ?? name);
    }
  }
  const warnings: string[] = [];
  const unresolved: { destination: string; slug: string }[] = [];
  if (body.length > MAX_MARKDOWN_UNITS) {
    warnings.push("is too long to parse as Markdown, so its links were not changed");
    return { body, files: attached.files, warnings, unresolved };
  }
  const unchanged = exported?.unchangedLinks ?? [];
  let number = -1;
  const text = replaceDestinations(body, ({ destination }) => {
    number += 1;
    if (unchanged === "all" || unchanged.includes(number)) return undefined;
    const target = targets.of(path, destination);
    if (target.kind === "page") return target.address;
    if (target.kind === "file") return pathAsDestination(attached.add(target.path, basename(target.path)));
    if (target.kind === "elsewhere") return undefined;
    if (target.slug === undefined) warnings.push(`link to ${destination}, which is not imported`);
    else unresolved.push({ destination, slug: target.slug });
    return undefined;
  });
  return { body: text, files: attached.files, warnings, unresolved };
}

/** Gives each attached file of a page a name of its own. */
class AttachedNames {
  readonly #names = new Map<string, string>();
  readonly #used = new Set<string>();

  get files(): readonly AttachedFile[] {
    return [...this.#names].map(([path, name]) => ({ path, name }));
  }

  /** Returns the name of the file, with a number if another file has `name`. */
  add(path: string, name: string): string {
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const [, stem = "", extension = ""] = /^(.+?)(\.[^.]*)?$/su.exec(name) ?? [];
    let free = name.normalize("NFC");
    for (let number = 2; this.#used.has(nameKey(free)); number += 1) free = `${stem}-${number}${extension}`;
    this.#names.set(path, free);
    this.#used.add(nameKey(free));
    return free;
  }
}
