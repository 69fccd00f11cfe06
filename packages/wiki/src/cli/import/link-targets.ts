import { posix } from "node:path";
import { isFolderPage } from "./file-page.ts";

/** Where a link of an imported file leads. */
export type LinkTarget =
  | { readonly kind: "page"; readonly address: string }
  /** To something beside the file that is no page: not imported, or not there at all. */
  | { readonly kind: "missing" }
  /** Elsewhere: to another site, within the page, or to an address of the wiki. */
  | { readonly kind: "elsewhere" };

/** Knows the pages that files become. */
export class LinkTargets {
  readonly #slugs = new Map<string, string>();

  constructor(pages: Iterable<{ readonly path: string; readonly slug: string }>) {
    for (const { path, slug } of pages) {
      this.#slugs.set(path.normalize("NFC"), slug);
    }
    // A link to a folder means the page that speaks for it.
    for (const [path, slug] of [...this.#slugs]) {
      const folder = posix.dirname(path);
      if (isFolderPage(path) && !this.#slugs.has(folder)) this.#slugs.set(folder, slug);
    }
  }

  /** Returns where `destination` leads, written in the file at `path`. A path from "/" starts at the folder's top. */
  of(path: string, destination: string): LinkTarget {
    const [, target = "", query = "", fragment = ""] =
      /^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(destination) ?? [];
    if (target === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return { kind: "elsewhere" };
    const slug = this.#find(posix.join(target.startsWith("/") ? "." : posix.dirname(path), decoded(target)));
    if (slug !== undefined) return { kind: "page", address: addressOf(slug) + escaped(query + fragment) };
    return { kind: target.startsWith("/") ? "elsewhere" : "missing" };
  }

  #find(joined: string): string | undefined {
    const path = joined.normalize("NFC").replace(/^\/+|\/+$/g, "") || ".";
    // Some generators of sites have links without the ending.
    return ["", ".md", ".markdown"]
      .map((ending) => this.#slugs.get(path + ending))
      .find((slug) => slug !== undefined);
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The page's address, fit to stand in Markdown. */
function addressOf(slug: string): string {
  const segments = slug.split("/").map((segment) => encodeURIComponent(segment));
  return escaped(`/${segments.join("/")}`);
}

/** What would end a destination, a table's cell or the address, percent-encoded; "&" begins an entity in Markdown. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replace(/[\s\p{Cc}()<>\\|]/gu, (character) =>
      [...new TextEncoder().encode(character)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
        .join(""),
    );
}
