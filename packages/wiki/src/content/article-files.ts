import type { StateInline } from "markdown-it";
import { FILE_PREFIX, fileAddress, fileIdsIn } from "./file-addresses.ts";

/** A file of the page whose article is rendered. */
export interface ArticleFile {
  readonly id: string;
  readonly name: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** The files of a page at the version that is rendered. */
export class ArticleFiles {
  readonly #byName: ReadonlyMap<string, ArticleFile>;
  readonly #byId: ReadonlyMap<string, ArticleFile>;
  readonly #missingText: (name: string) => string;

  /** @param missingText returns the text that is shown instead of a missing image; by default its name */
  constructor(files: readonly ArticleFile[], missingText: (name: string) => string = (name) => name) {
    this.#byName = new Map(files.map((file) => [keyOf(file.name), file]));
    this.#byId = new Map(files.map((file) => [file.id, file]));
    this.#missingText = missingText;
  }

  find({ name, id }: FileReference): ArticleFile | undefined {
    return name === undefined ? this.#byId.get(id) : this.#byName.get(keyOf(name));
  }

  missingText(name: string): string {
    return this.#missingText(name);
  }
}

function keyOf(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}

/** A file as an article names it: by its name, or by its address. */
export type FileReference =
  | { readonly name: string; readonly id?: undefined }
  | { readonly name?: undefined; readonly id: string };

/** Returns the file that an address of an image or a link may name. */
export function fileReferenceIn(address: string): FileReference | undefined {
  if (address.startsWith("/")) {
    const [id] = address.startsWith(FILE_PREFIX) ? fileIdsIn(address, 1) : [];
    return id === undefined ? undefined : { id };
  }
  const name = decoded(/^(?:\.\/)?([^/?#:\\]+)(?:#.*)?$/.exec(address)?.[1]);
  return name === undefined || /[/\\]/.test(name) ? undefined : { name };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the attributes of the address and the size of an image. */
export function imageAttributes(file: ArticleFile, written: string): string {
  const { width, height } = file;
  const hasSize = width !== undefined && height !== undefined && !/ (?:width|height)=/.test(written);
  return ` src="${fileAddress(file)}"${hasSize ? ` width="${width}" height="${height}"` : ""}`;
}

// The limits bound the search for "]]".
const EMBEDDED_FILE = /!\[\[([^[\]\n|#]{1,300}\.([a-z\d]{1,8}))(?:\|([^[\]\n]{1,300}))?\]\]/iy;
const PAGE_EXTENSION = /^mdx?$/i;
const IMAGE_EXTENSION = /^(?:png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i;

/** An inline rule for `![[name.png]]` and `![[name.png|caption]]`; files other than images become links. */
export function parseEmbeddedFile(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith("![[", state.pos)) return false;
  EMBEDDED_FILE.lastIndex = state.pos;
  const [source, name = "", extension = "", label = ""] = EMBEDDED_FILE.exec(state.src) ?? [];
  if (source === undefined || state.pos + source.length > state.posMax || PAGE_EXTENSION.test(extension))
    return false;
  if (!silent) {
    const address = `./${encodeURIComponent(name.trim().replace(/\p{Surrogate}/gu, "\ufffd"))}`;
    // Other programs write the width of an image as a number.
    const caption = /^\d+(?:x\d+)?$/.test(label.trim()) ? "" : label.trim();
    if (IMAGE_EXTENSION.test(extension)) {
      const image = state.push("image", "img", 0);
      image.attrs = [
        ["src", address],
        ["alt", ""],
      ];
      const text = new state.Token("text", "", 0);
      text.content = caption;
      image.children = [text];
      image.content = caption;
    } else {
      state.push("link_open", "a", 1).attrs = [["href", address]];
      state.push("text", "", 0).content = caption || name.trim();
      state.push("link_close", "a", -1);
    }
  }
  state.pos += source.length;
  return true;
}
