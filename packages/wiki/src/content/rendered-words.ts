/** A piece of rendered HTML; joined, the pieces are the HTML. */
export interface RenderedPiece {
  readonly html: string;
  /** `word`: words, spaces, signs and pictures, which can come and go by themselves. `layout`: white space between blocks. */
  readonly role: "word" | "tag" | "layout";
  /** Of a tag: its element, and whether it opens or closes one; a void element does neither. */
  readonly element: string;
  readonly nesting: 1 | 0 | -1;
  /** Pieces with equal keys look the same to readers: they read the same and stand in the same marks. */
  readonly key: string;
}

/** Numbers for the marks that words stand in, common to all blocks that are compared. */
export class Surroundings {
  readonly #ids = new Map<string, number>();

  /** Of an element within surroundings. */
  within(outer: number, mark: string): number {
    const key = `${outer} ${mark}`;
    const id = this.#ids.get(key) ?? this.#ids.size + 1;
    this.#ids.set(key, id);
    return id;
  }
}

const PIECE = /<[^>]*>|&#?\w+;|[\p{L}\p{N}\p{M}]+|[ \t\n\r\f]+|[\s\S]/gu;
const VOID = new Set(["img", "input", "br", "hr"]);
/** Pictures and checkboxes are words of a kind. */
const READ = new Set(["img", "input"]);
/** What lies within a line. Between other elements white space has no meaning. */
const IN_LINE = new Set(["a", "em", "strong", "s", "code", "span", ...READ]);
/** What these contain looks the same without them, or with another class (of highlighted code). */
const UNSEEN = new Set(["p", "span", "div", "table", "thead", "tbody", "tr"]);

/** Takes the HTML that Markdown was rendered to apart: no other HTML, as it relies on how that is written. */
export function readRendered(html: string, surroundings: Surroundings): RenderedPiece[] {
  const parts = html.match(PIECE) ?? [];
  const pieces: RenderedPiece[] = [];
  const open = [0];
  let preformatted = 0;
  parts.forEach((part, index) => {
    const around = open.at(-1) ?? 0;
    const element = elementOf(part);
    if (element === "") {
      const isSpace = preformatted === 0 && /^[ \t\n\r\f]/.test(part);
      const isLayout = isSpace && (isBlockEdge(parts[index - 1]) || isBlockEdge(parts[index + 1]));
      const role = isLayout ? "layout" : "word";
      pieces.push({ html: part, role, element, nesting: 0, key: `${around} ${isSpace ? " " : part}` });
    } else if (VOID.has(element)) {
      const role = READ.has(element) ? "word" : "tag";
      pieces.push({ html: part, role, element, nesting: 0, key: `${around} ${part}` });
    } else {
      const nesting = part.startsWith("</") ? -1 : 1;
      if (element === "pre") preformatted += nesting;
      if (nesting < 0) open.pop();
      else open.push(UNSEEN.has(element) ? around : surroundings.within(around, withoutIds(part)));
      pieces.push({ html: part, role: "tag", element, nesting, key: `${nesting < 0 ? "/" : ""}${element}` });
    }
  });
  return pieces;
}

/** Without the ids, which would name an element of another block if both stand on one page. */
export function withoutIds(html: string): string {
  return html.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/ ([\w-]+)="[^"]*"/g, (attribute, name: string) => (name === "id" ? "" : attribute)),
  );
}

/** The name of a tag's element; empty if it is no tag. */
export function elementOf(part: string): string {
  return /^<\/?(\w+)/.exec(part)?.[1] ?? "";
}

export function isInLine(element: string): boolean {
  return IN_LINE.has(element);
}

function isBlockEdge(part: string | undefined): boolean {
  return part === undefined || (part.startsWith("<") && !isInLine(elementOf(part)));
}
