import {
  alignmentClass,
  CELLS,
  DROPPED_WITH_CONTENT,
  ELEMENTS,
  fragmentId,
  HEADINGS,
  hasSafeScheme,
  isAuthorAttribute,
  isMarkdownAttribute,
  STRUCTURES,
  textOfUnknownTag,
  VOID_ELEMENTS,
} from "./html-policy.ts";
import { HtmlReader } from "./html-reader.ts";

/** A tag of an image, or a start tag of a link, that is left out of the HTML. */
export interface WrittenSlot {
  readonly element: "a" | "img";
  readonly offset: number;
  /** As written in the source. */
  readonly address: string;
  /** The HTML of the attributes after the address. */
  readonly attributes: string;
}

export type Attributes = Iterable<readonly [name: string, value: string]>;

interface OpenElement {
  /** As written in the source. */
  readonly name: string;
  readonly endTag: string;
  readonly isByAuthor: boolean;
}

const SIMPLE_TAG = /^<(\/?)([a-z]\w*)>(\n?)$/;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** The most open elements that HTML in a body creates. Further tags are left out. */
const MAX_AUTHOR_DEPTH = 60;

/**
 * Writes the HTML of an article from pieces. Only elements and attributes of `html-policy.ts` pass, and each element is
 * closed within the element that contains it.
 *
 * Two sources have different rights: Markdown, and HTML in the body ("author"). An end tag by the author never closes an
 * element by Markdown; an end tag by Markdown closes all elements by the author within. No tag is written where browsers
 * would close other elements because of it, so that the tree in browsers is the one written here.
 */
export class HtmlWriter {
  /** In order. */
  readonly slots: WrittenSlot[] = [];
  readonly #open: OpenElement[] = [];
  readonly #takenIds: Set<string>;
  readonly #reader = new HtmlReader({
    text: (text) => this.#addText(text),
    startTag: (...tag) => this.#addStartTag(...tag),
    endTag: (name, source) => this.#addEndTag(name, source),
  });
  #html = "";
  /** White space that is written only if more of the same outermost block follows, so that comments leave no empty block. */
  #space = "";
  #authorDepth = 0;

  #isByAuthor = false;
  /** Whether unknown tags are text. */
  #isInline = false;
  /** The element that is being left out with its content, and the open elements within it. */
  readonly #dropped = { name: "", sameName: 0, byMarkdown: 0 };
  /** How many end tags of each such element follow. If none follows, the content is kept. */
  readonly #endTags = new Map<string, number>();

  /**
   * @param authorHtml all HTML that will be added by the author
   * @param takenIds the ids that Markdown creates; ids by the author are added
   */
  constructor(authorHtml: Iterable<string>, takenIds: Set<string>) {
    for (const html of authorHtml) {
      for (const [, name = ""] of html.matchAll(/<\/(\w+)/g)) this.#countEndTag(name.toLowerCase(), 1);
    }
    this.#takenIds = takenIds;
  }

  get html(): string {
    return this.#html;
  }

  get length(): number {
    return this.#html.length;
  }

  get hasOpenElements(): boolean {
    return this.#open.length > 0;
  }

  /** Adds HTML that the renderer of a Markdown token returned. */
  addMarkdown(html: string): void {
    this.#isByAuthor = false;
    // Most pieces are text or one tag without attributes. Recognizing them takes a fraction of the time of reading HTML.
    const [, slash, name = "", space = ""] = SIMPLE_TAG.exec(html) ?? [];
    if (name !== "") {
      if (slash === "/") this.#addEndTag(name, html);
      else this.#addStartTag(name, NO_ATTRIBUTES, false, html);
      if (space !== "") this.#addText(space);
    } else if (/[<&]/.test(html)) this.#reader.read(html);
    else if (html !== "") this.#addText(html);
  }

  /** Adds HTML of the body: the content of a token `html_inline` or `html_block`. */
  addAuthorHtml(html: string, isInline: boolean): void {
    this.#isByAuthor = true;
    this.#isInline = isInline;
    this.#reader.read(html);
    this.#space = "";
  }

  /** Adds the start tag of a link, or an image, by Markdown. */
  addSlot(element: WrittenSlot["element"], address: string, attributes: Attributes): void {
    this.#isByAuthor = false;
    if (this.#isDropping()) {
      if (element === "a") this.#dropped.byMarkdown += 1;
      return;
    }
    this.#makeRoom(element);
    this.#pushSlot(element, address, markdownAttributes(attributes));
    if (element === "a") this.#push("a", "</a>");
  }

  closeAll(): void {
    this.#dropped.name = "";
    this.#closeTo(0);
  }

  #addText(text: string): void {
    if (this.#isDropping()) return;
    const isOutermost = this.#isByAuthor && !this.#isInline && this.#open.length === 0;
    if (isOutermost && text.trim() === "") this.#space += text;
    else this.#write(escapeHtml(text));
  }

  #write(html: string): void {
    this.#html += this.#space + html;
    this.#space = "";
  }

  #addStartTag(
    name: string,
    attributes: ReadonlyMap<string, string>,
    isSelfClosing: boolean,
    source: string,
  ): void {
    if (this.#isDropping()) {
      if (!this.#isByAuthor) this.#dropped.byMarkdown += VOID_ELEMENTS.has(name) ? 0 : 1;
      else if (name === this.#dropped.name && !isSelfClosing) this.#dropped.sameName += 1;
      return;
    }
    if (!this.#isByAuthor) this.#addMarkdownElement(name, attributes);
    else if (DROPPED_WITH_CONTENT.has(name)) {
      if (!isSelfClosing && this.#endTags.get(name))
        Object.assign(this.#dropped, { name, sameName: 1, byMarkdown: 0 });
    } else if (ELEMENTS.has(name)) this.#addAuthorElement(name, attributes, isSelfClosing);
    else if (this.#isInline) this.#addText(textOfUnknownTag(source));
  }

  #addEndTag(name: string, source: string): void {
    if (this.#isByAuthor) this.#countEndTag(name, -1);
    if (this.#isDropping()) {
      if (this.#isByAuthor && name === this.#dropped.name) this.#dropped.sameName -= 1;
      if (!this.#isByAuthor) this.#dropped.byMarkdown -= 1;
      // The element by Markdown that contains the dropped one ends.
      const isContainerEnd = this.#dropped.byMarkdown < 0;
      if (isContainerEnd || this.#dropped.sameName === 0) this.#dropped.name = "";
      if (!isContainerEnd) return;
    }
    if (!this.#isByAuthor) {
      const index = this.#indexOfMarkdownElement(name);
      if (index !== -1) this.#closeTo(index);
    } else {
      if (this.#isInline) this.#addText(textOfUnknownTag(source));
      const index = this.#indexWithinMarkdown((open) => open.name === name);
      if (index !== -1) this.#closeTo(index);
    }
  }

  #addMarkdownElement(name: string, attributes: ReadonlyMap<string, string>): void {
    const policy = ELEMENTS.get(name);
    if (policy === undefined) return;
    this.#makeRoom(name);
    // Its parent may have been left out with the content of an element by the author.
    if (policy.parents?.has(this.#open.at(-1)?.name ?? "") === false) return;
    this.#write(`<${name}${markdownAttributes(attributes)}>`);
    if (!VOID_ELEMENTS.has(name)) this.#push(name, `</${name}>`);
  }

  #addAuthorElement(name: string, written: ReadonlyMap<string, string>, isSelfClosing: boolean): void {
    const policy = ELEMENTS.get(name);
    if (policy === undefined || policy.onlyByMarkdown || this.#authorDepth >= MAX_AUTHOR_DEPTH) return;
    this.#closeImpliedEnds(name);
    if (!this.#fits(name)) return;
    const attributes = this.#authorAttributes(name, written);
    if (name === "img") {
      const address = written.get("src") ?? "";
      if (address !== "" && hasSafeScheme(address)) {
        this.#pushSlot("img", address, `${attributes} loading="lazy"`);
      } else this.#addText(written.get("alt") ?? "");
      return;
    }
    const address = written.get("href");
    if (name === "a" && address !== undefined && hasSafeScheme(address)) {
      this.#pushSlot("a", address, attributes);
      this.#push("a", "</a>");
    } else if (name === "table") {
      this.#write(`<div class="wide" role="group" aria-label="Table" tabindex="0"><table${attributes}>`);
      this.#push("table", "</table></div>");
    } else {
      const element = name === "a" ? "span" : (policy.writtenAs ?? name);
      this.#write(`<${element}${attributes}>`);
      if (VOID_ELEMENTS.has(name)) return;
      this.#push(name, `</${element}>`);
    }
    if (isSelfClosing) this.#closeTo(this.#open.length - 1);
  }

  #authorAttributes(element: string, written: ReadonlyMap<string, string>): string {
    let html = "";
    const classes: string[] = element === "center" ? ["align-center"] : [];
    for (const [name, value] of written) {
      const alignment = alignmentClass(name, value);
      if (alignment !== undefined) classes.push(alignment);
      else if (isAuthorAttribute(element, name, value)) html += attributeHtml(name, value);
    }
    const id = written.get("id") || (element === "a" ? written.get("name") : undefined);
    if (id !== undefined) html += this.#idHtml(id);
    if (classes.length > 0) html += attributeHtml("class", classes.join(" "));
    if (this.#open.length === 0 && ELEMENTS.get(element)?.isBlock && !written.has("dir"))
      html += ' dir="auto"';
    return html;
  }

  #idHtml(name: string): string {
    const id = fragmentId(name);
    if (!/^[\p{L}\p{N}._:-]{1,202}$/u.test(id) || this.#takenIds.has(id)) return "";
    this.#takenIds.add(id);
    return attributeHtml("id", id);
  }

  /** Closes elements by the author that an element by Markdown may not be in. */
  #makeRoom(name: string): void {
    while (this.#open.at(-1)?.isByAuthor && !this.#fits(name)) this.#closeTo(this.#open.length - 1);
  }

  /** Closes elements whose end tags may be left out before this element, such as a paragraph before a block. */
  #closeImpliedEnds(name: string): void {
    const { parents, isBlock } = ELEMENTS.get(name) ?? { isBlock: false };
    const find = (isFound: (open: OpenElement) => boolean, isBoundary: (open: OpenElement) => boolean) => {
      for (let index = this.#open.length - 1; index >= 0; index--) {
        const open = this.#open[index];
        if (!open?.isByAuthor) return -1;
        if (isFound(open)) return index;
        if (isBoundary(open)) return -1;
      }
      return -1;
    };
    if (parents !== undefined) {
      const isOfTable = parents.has("table");
      const parent = find(
        (open) => parents.has(open.name),
        ({ name }) => (name === "table" ? !isOfTable : CELLS.has(name) && !isOfTable && !parents.has("tr")),
      );
      if (parent !== -1) this.#closeTo(parent + 1);
    } else if (name === "a" || HEADINGS.has(name)) {
      const same = find(
        (open) => (name === "a" ? open.name === "a" : HEADINGS.has(open.name)),
        (open) => STRUCTURES.has(open.name),
      );
      if (same !== -1) this.#closeTo(same);
    }
    if (isBlock) {
      const paragraph = find(
        (open) => open.name === "p",
        (open) => ELEMENTS.get(open.name)?.isBlock ?? false,
      );
      if (paragraph !== -1) this.#closeTo(paragraph);
    }
  }

  /** Whether browsers would add the element to the current one without closing any other. */
  #fits(name: string): boolean {
    const { parents, isBlock } = ELEMENTS.get(name) ?? { isBlock: false };
    const parent = this.#open.at(-1)?.name ?? "";
    if (parents !== undefined ? !parents.has(parent) : STRUCTURES.has(parent)) return false;
    if (name === "a") return this.#open.every((open) => open.name !== "a");
    if (HEADINGS.has(name) && this.#open.some((open) => HEADINGS.has(open.name))) return false;
    if (!isBlock) return true;
    for (const open of this.#open.toReversed()) {
      if (open.name === "p") return false;
      if (open.name === "a" && !this.#isByAuthor) return false;
      if (ELEMENTS.get(open.name)?.isBlock) return true;
    }
    return true;
  }

  #countEndTag(name: string, change: 1 | -1): void {
    if (DROPPED_WITH_CONTENT.has(name)) this.#endTags.set(name, (this.#endTags.get(name) ?? 0) + change);
  }

  #isDropping(): boolean {
    return this.#dropped.name !== "";
  }

  #push(name: string, endTag: string): void {
    this.#open.push({ name, endTag, isByAuthor: this.#isByAuthor });
    if (this.#isByAuthor) this.#authorDepth += 1;
  }

  #pushSlot(element: WrittenSlot["element"], address: string, attributes: string): void {
    this.#write("");
    this.slots.push({ element, offset: this.#html.length, address, attributes });
  }

  #indexOfMarkdownElement(name: string): number {
    return this.#open.findLastIndex((open) => !open.isByAuthor && open.name === name);
  }

  #indexWithinMarkdown(isFound: (open: OpenElement) => boolean): number {
    const index = this.#open.findLastIndex((open) => !open.isByAuthor || isFound(open));
    return this.#open[index]?.isByAuthor ? index : -1;
  }

  #closeTo(length: number): void {
    while (this.#open.length > length) {
      const { endTag, isByAuthor } = this.#open.pop() as OpenElement;
      this.#write(endTag);
      if (isByAuthor) this.#authorDepth -= 1;
    }
  }
}

function markdownAttributes(attributes: Attributes): string {
  let html = "";
  for (const [name, value] of attributes) {
    if (isMarkdownAttribute(name, value)) html += attributeHtml(name, value);
  }
  return html;
}

function attributeHtml(name: string, value: string): string {
  return ` ${name}="${escapeHtml(value)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "") : text;
}
