import { posix } from "node:path";
import { RESERVED_SEGMENTS } from "../content/slug.ts";
import { isFolderPage } from "./source-page.ts";

export type LinkTarget =
  | { readonly kind: "page"; readonly address: string }
  /** A file that is no page, such as an image. */
  | { readonly kind: "file"; readonly path: string }
  /** Nothing in the source. `slug` is set if it may be the address of a page of the wiki. */
  | { readonly kind: "missing"; readonly slug?: string }
  /** Another site, a part of the same page, or an address of the wiki that is no page. */
  | { readonly kind: "elsewhere" };

/** Site generators serve the files of these folders at the root of the site. */
const PUBLIC_FOLDERS = ["", "public/", "static/"];

/** Some site generators leave out the extension, or replace it. */
const PAGE_EXTENSIONS = ["", ".md", ".mdx", ".markdown"];

/** Maps links between files to links between pages, and finds the files that pages name. */
export class LinkTargets {
  readonly #slugs = new Map<string, string>();
  readonly #unnumbered = new Map<string, string>();
  readonly #files = new Map<string, string>();

  /** @param files the paths of all files; those of pages are ignored */
  constructor(pages: Iterable<readonly [path: string, slug: string]>, files: Iterable<string> = []) {
    for (const [path, slug] of pages) this.#slugs.set(path.normalize("NFC"), slug);
    for (const path of files) this.#files.set(path.normalize("NFC"), path);
    // A link to a folder leads to its index or README.
    const indexFirst = [...this.#slugs].sort(([a], [b]) => Number(isReadme(a)) - Number(isReadme(b)));
    for (const [path, slug] of indexFirst) {
      if (isFolderPage(path)) addMissing(this.#slugs, posix.dirname(path), slug);
    }
    for (const [path, slug] of this.#slugs) addMissing(this.#unnumbered, withoutNumbers(path), slug);
  }

  /** Returns the target of a link in the file at `path`. A destination with a leading "/" starts at the root. */
  of(path: string, destination: string): LinkTarget {
    const [, target = "", query = "", fragment = ""] =
      /^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(destination) ?? [];
    if (target === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return { kind: "elsewhere" };
    const isAbsolute = target.startsWith("/");
    const joined = posix.join(isAbsolute ? "." : posix.dirname(path), decoded(target)).normalize("NFC");
    const name = joined.replace(/^\/+|\/+$/g, "") || ".";
    const slug = this.#findPage(name) ?? (isAbsolute ? this.#findPage(withoutDocs(name)) : undefined);
    if (slug !== undefined) return { kind: "page", address: addressOf(slug) + escaped(query + fragment) };
    const file = (isAbsolute ? PUBLIC_FOLDERS : [""])
      .flatMap((folder) => [this.#files.get(folder + name), this.#files.get(folder + withoutDocs(name))])
      .find((found) => found !== undefined);
    if (file !== undefined && !this.#slugs.has(file)) return { kind: "file", path: file };
    if (!isAbsolute) return { kind: "missing" };
    const isOfWiki = name === "." || RESERVED_SEGMENTS.has(name.split("/")[0] ?? "");
    return isOfWiki ? { kind: "elsewhere" } : { kind: "missing", slug: name };
  }

  #findPage(name: string): string | undefined {
    const names = [name, name.replace(/\.html$/i, "")].flatMap((each) =>
      PAGE_EXTENSIONS.map((extension) => each + extension),
    );
    const slugs = [
      ...names.map((each) => this.#slugs.get(each)),
      ...names.map((each) => this.#unnumbered.get(withoutNumbers(each))),
    ];
    return slugs.find((slug) => slug !== undefined);
  }
}

function addMissing(map: Map<string, string>, key: string, value: string): void {
  if (!map.has(key)) map.set(key, value);
}

/** Site generators leave out the numbers that order files: "02-guides/1-a" is "guides/a". */
function withoutNumbers(path: string): string {
  return path.replace(/(^|\/)\d+[-_.]+(?=[^/])/g, "$1");
}

/** The folder of a project's documentation is often its source, and links start at the project. */
function withoutDocs(name: string): string {
  return name.replace(/^docs(?:\/|$)/, "") || ".";
}

function isReadme(path: string): boolean {
  return /readme\.[^./]+$/i.test(path);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Returns the address of a page as the destination of a link in Markdown. */
function addressOf(slug: string): string {
  const segments = slug.split("/").map((segment) => encodeURIComponent(segment));
  return escaped(`/${segments.join("/")}`);
}

/** Returns a relative path or the name of a file as the destination of a link in Markdown. */
export function pathAsDestination(path: string): string {
  return escaped(path.replace(/[%?#:]/g, (character) => encodeURIComponent(character)));
}

/** Escapes the characters that would end a link destination or a table cell in Markdown, or begin an entity. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replace(/[\s\p{Cc}()<>\\|]/gu, (character) =>
      [...new TextEncoder().encode(character)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
        .join(""),
    );
}
