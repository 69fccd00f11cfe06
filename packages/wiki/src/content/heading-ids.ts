import type { MarkdownIt, StateInline, Token } from "markdown-it";

export interface Heading {
  /** 1 to 6. */
  readonly level: number;
  /** Unique in the page. */
  readonly id: string;
  readonly text: string;
}

/**
 * In front of every id that a body brings in. No id of the wiki's own screens starts so, and no property of
 * `document` or `window`, which an element with its name as id would hide from scripts.
 */
const PREFIX = "h-";

/** The id of a heading with this text: its letters, digits, "-" and "_", in lower case, spaces as "-". */
export function headingId(text: string): string {
  const name = text
    .normalize("NFC")
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{M}\p{N}_\s-]/gu, "")
    .replace(/\s/g, "-");
  return fragmentId(name || "section");
}

/** The id that the fragment of a link means: Markdown from elsewhere names headings without our prefix. */
export function fragmentId(fragment: string): string {
  return fragment.startsWith(PREFIX) ? fragment : PREFIX + fragment;
}

/** Gives each heading and each named anchor its id, headings first, and returns the headings in order. */
export function nameHeadings(tokens: readonly Token[]): Heading[] {
  const taken = new Set<string>();
  const repeats = new Map<string, number>();
  const headings: Heading[] = [];
  tokens.forEach((token, index) => {
    if (token.type !== "heading_open") return;
    const text = textOf(tokens[index + 1]);
    const wanted = headingId(text);
    let id = wanted;
    while (taken.has(id)) {
      const repeat = (repeats.get(wanted) ?? 0) + 1;
      repeats.set(wanted, repeat);
      id = `${wanted}-${repeat}`;
    }
    taken.add(id);
    token.attrSet("id", id);
    headings.push({ level: Number(token.tag.slice(1)), id, text });
  });
  for (const anchor of tokens.flatMap((token) => token.children ?? [])) {
    if (anchor.type !== "anchor_open") continue;
    const id = fragmentId(anchor.content);
    if (!taken.has(id)) anchor.attrSet("id", id);
    taken.add(id);
  }
  return headings;
}

/** What a reader sees of an inline token, without its marks. */
export function textOf(inline: Token | undefined): string {
  const parts = (inline?.children ?? []).map((child) => {
    if (child.type === "softbreak" || child.type === "hardbreak") return " ";
    return child.type === "image" ? textOf(child) : child.type === "anchor_open" ? "" : child.content;
  });
  return parts.join("").trim();
}

/**
 * Lets `<a id="name">text</a>` through as a target of links: the one piece of HTML that Markdown from
 * elsewhere can hardly do without. The text is shown as it is, and is often empty.
 */
export function namedAnchors(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("autolink", "named_anchor", readNamedAnchor);
}

const NAMED_ANCHOR = /<a {1,10}(?:id|name)="([\p{L}\p{N}._:-]{1,200})" {0,10}>([^<>\n]{0,200})<\/a>/uy;

function readNamedAnchor(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith("<a ", state.pos)) return false;
  NAMED_ANCHOR.lastIndex = state.pos;
  const match = NAMED_ANCHOR.exec(state.src);
  if (!match) return false;
  if (!silent) {
    state.push("anchor_open", "span", 1).content = match[1] ?? "";
    if (match[2]) state.push("text", "", 0).content = match[2];
    state.push("anchor_close", "span", -1);
  }
  state.pos += match[0].length;
  return true;
}
