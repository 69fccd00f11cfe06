import type { MarkdownIt, StateInline, Token } from "markdown-it";
import { textOfInlineHtml } from "./html/author-html.ts";
import { fragmentId } from "./html/html-policy.ts";

export interface Heading {
  /** 1 to 6. */
  readonly level: number;
  /** Unique in the page. */
  readonly id: string;
  readonly text: string;
}

/** Returns the id for a heading, as on GitHub: lower case, spaces as "-", only letters, digits, "-" and "_". */
export function headingId(text: string): string {
  const name = text
    .normalize("NFC")
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{M}\p{N}_\s-]/gu, "")
    .replace(/\s/g, "-");
  return fragmentId(name || "section");
}

/**
 * Sets unique ids of headings, then of named anchors, and ends each heading with a link to itself. Returns the headings.
 */
export function assignIds(tokens: readonly Token[]): Heading[] {
  const taken = new Set<unknown>(footnoteIds(tokens));
  const repeats = new Map<string, number>();
  const headings: Heading[] = [];
  tokens.forEach((token, index) => {
    if (token.type !== "heading_open") return;
    const text = inlineText(tokens[index + 1]);
    const written = token.meta?.id;
    const base = typeof written === "string" ? fragmentId(written) : headingId(text);
    let id = base;
    while (taken.has(id)) {
      const repeat = (repeats.get(base) ?? 0) + 1;
      repeats.set(base, repeat);
      id = `${base}-${repeat}`;
    }
    taken.add(id);
    token.attrSet("id", id);
    tokens[index + 1]?.children?.push(...selfLink(token, id));
    headings.push({ level: Number(token.tag.slice(1)), id, text });
  });
  for (const { children } of tokens) {
    for (const anchor of children ?? []) {
      if (anchor.type !== "anchor_open") continue;
      const id = fragmentId(anchor.content);
      if (!taken.has(id)) anchor.attrSet("id", id);
      taken.add(id);
    }
  }
  return headings;
}

/** Returns the ids of footnotes and of their references, which are already set. */
function footnoteIds(tokens: readonly Token[]): unknown[] {
  if (!tokens.some(({ type }) => type === "footnote_open")) return [];
  return tokens.flatMap((token) => [token, ...(token.children ?? [])]).map((token) => token.attrGet("id"));
}

function selfLink(heading: Token, id: string): readonly Token[] {
  const TokenClass = heading.constructor as typeof Token;
  const open = new TokenClass("link_open", "a", 1);
  open.attrs = [
    ["href", `#${id}`],
    ["class", "generated anchor"],
    ["aria-label", "Link to this heading"],
  ];
  return [open, new TokenClass("link_close", "a", -1)];
}

/** Returns the visible text of an inline token. */
export function inlineText(inline: Token | undefined): string {
  const parts = (inline?.children ?? []).map((child) => {
    if (child.type === "softbreak" || child.type === "hardbreak") return " ";
    if (child.type === "html_inline") return textOfInlineHtml(child.content);
    if (child.type === "anchor_open" || child.type === "footnote_mark") return "";
    return child.type === "image" ? inlineText(child) : child.content;
  });
  return parts.join("").trim();
}

/**
 * A plugin that parses `<a id="name">text</a>` as a link target, because Markdown from other sites uses it. The text is plain text and often empty.
 */
export function namedAnchors(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("autolink", "named_anchor", parseNamedAnchor);
}

const NAMED_ANCHOR = /<a {1,10}(?:id|name)="([\p{L}\p{N}._:-]{1,200})" {0,10}>([^<>\n]{0,200})<\/a>/uy;

function parseNamedAnchor(state: StateInline, silent: boolean): boolean {
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
