import { ELEMENTS, VOID_ELEMENTS } from "./html/html-policy.ts";

/** A token of rendered HTML. All tokens joined are the HTML. */
export interface HtmlToken {
  readonly html: string;
  /** `word`: a word, space, character or image, which can be added or removed alone. `layout`: space between blocks. */
  readonly role: "word" | "tag" | "layout";
  /** The element of a tag, or an empty string. */
  readonly element: string;
  /** 1 for a start tag, -1 for an end tag, otherwise 0. */
  readonly nesting: 1 | 0 | -1;
  /** Tokens with equal keys look the same to readers: they have the same text and formatting. */
  readonly key: string;
}

/** Numbers the formatting of words (their ancestor elements), for all blocks of a comparison. */
export class FormattingIds {
  readonly #ids = new Map<string, number>();

  /** Returns the id for the content of a tag within other formatting. */
  within(outer: number, tag: string): number {
    const key = `${outer} ${tag}`;
    const id = this.#ids.get(key) ?? this.#ids.size + 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** An element that the renderer adds to the text of the author, such as the number of a footnote. It has no elements within. */
const GENERATED = /<(\w+)(?: [^>]*)? class="generated [^>]*>[^<]*<\/\1>/u;
const PART = /<[^>]*>|&#?\w+;|[\p{L}\p{N}\p{M}]+|[ \t\n\r\f]+|[\s\S]/u;
const FORMULA = /<math\b[\s\S]*?<\/math>/u;
const TOKEN = new RegExp(`${FORMULA.source}|${GENERATED.source}|${PART.source}`, "gu");
/** Images, checkboxes and whole formulas count as words. */
const WORD_ELEMENTS = new Set(["img", "input", "math"]);
/** Elements that do not count as formatting. The class of a span only highlights code. */
const UNFORMATTED = new Set(["p", "span", "div", "table", "thead", "tbody", "tr"]);

/** Splits HTML into tokens. Accepts only HTML of articles, whose syntax it relies on. */
export function tokenizeHtml(html: string, formatting: FormattingIds): HtmlToken[] {
  const parts = html.match(TOKEN) ?? [];
  const tokens: HtmlToken[] = [];
  const open = [0];
  let preformatted = 0;
  parts.forEach((part, index) => {
    const outer = open.at(-1) ?? 0;
    const element = elementOf(part);
    if (part.startsWith("<") && GENERATED.test(part)) {
      // The reference to a footnote counts as a word, whatever its number.
      const footnote = /<a href="([^"]*)"[^>]* class="generated footnote"/.exec(part)?.[1];
      const role = footnote === undefined ? "layout" : "word";
      tokens.push({ html: part, role, element, nesting: 0, key: `${outer} ${footnote ?? ""}` });
    } else if (element === "") {
      const isSpace = preformatted === 0 && /^[ \t\n\r\f]/.test(part);
      const isLayout = isSpace && (isBlockEdge(parts[index - 1]) || isBlockEdge(parts[index + 1]));
      const role = isLayout ? "layout" : "word";
      tokens.push({ html: part, role, element, nesting: 0, key: `${outer} ${isSpace ? " " : part}` });
    } else if (VOID_ELEMENTS.has(element) || element === "math") {
      const role = WORD_ELEMENTS.has(element) ? "word" : "tag";
      tokens.push({ html: part, role, element, nesting: 0, key: `${outer} ${part}` });
    } else {
      const nesting = part.startsWith("</") ? -1 : 1;
      if (element === "pre") preformatted += nesting;
      if (nesting < 0) open.pop();
      else open.push(UNFORMATTED.has(element) ? outer : formatting.within(outer, appearanceOf(part)));
      tokens.push({ html: part, role: "tag", element, nesting, key: `${nesting < 0 ? "/" : ""}${element}` });
    }
  });
  return tokens;
}

/** Removes ids, so that no id occurs twice if an old and a new block are shown on one page. */
export function withoutIds(html: string): string {
  return html.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/ ([\w-]+)="[^"]*"/g, (attribute, name: string) => (name === "id" ? "" : attribute)),
  );
}

/** Returns a tag without ids, and without the number of a footnote, which depends on other blocks. */
export function appearanceOf(tag: string): string {
  return withoutIds(tag).replace(/^<ol class="footnotes" start="\d+"/, '<ol class="footnotes"');
}

/** Returns the element name of a tag, or an empty string for other tokens. */
export function elementOf(part: string): string {
  return /^<\/?(\w+)/.exec(part)?.[1] ?? "";
}

/** White space between elements that are not inline is layout. */
export function isInline(element: string): boolean {
  return ELEMENTS.get(element)?.isBlock === false && element !== "br";
}

function isBlockEdge(part: string | undefined): boolean {
  return part === undefined || (part.startsWith("<") && !isInline(elementOf(part)));
}
