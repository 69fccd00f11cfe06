import { posix } from "node:path";
import { isFolderPage } from "./file-page.ts";

export type LinkTarget =
  | { readonly kind: "page"; readonly address: string }
  /** A file that was not imported or does not exist. */
  | { readonly kind: "missing" }
  /** Another site, a part of the same page, or an address of the wiki. */
  | { readonly kind: "elsewhere" };

/** Maps links between files to links between their pages. */
export class LinkTargets {
  readonly #slugs = new Map<string, string>();

  constructor(pages: Iterable<{ readonly path: string; readonly slug: string }>) {
    for (const { path, slug } of pages) {
      this.#slugs.set(path.normalize("NFC"), slug);
    }
    // A link to a folder leads to its README or index.
    for (const [path, slug] of [...this.#slugs]) {
      const folder = posix.dirname(path);
      if (isFolderPage(path) && !this.#slugs.has(folder)) this.#slugs.set(folder, slug);
    }
  }

  /** Returns the target of a link in the file at `path`. A destination with a leading "/" starts at the folder. */
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
    // Some site generators omit the file extension.
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

function addressOf(slug: string): string {
  const segments = slug.split("/").map((segment) => encodeURIComponent(segment));
  return escaped(`/${segments.join("/")}`);
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
