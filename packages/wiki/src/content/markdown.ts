import createMarkdown, { type StateCore, type Token } from "markdown-it";
import { codeHighlighting } from "./code-highlighting.ts";
import { assignIds, fragmentId, type Heading, inlineText, namedAnchors } from "./heading-ids.ts";
import { lineStarts } from "./lines.ts";
import {
  addressInWiki,
  type LinkBase,
  pageLinkOf,
  resolvePageLink,
  type SlugState,
  wikiLinks,
} from "./wiki-links.ts";

export interface RenderedMarkdown {
  /** Safe to insert into a page. Needs no inline styles or scripts in the Content-Security-Policy. */
  readonly html: string;
  /** In order. Empty if `isSource`. */
  readonly headings: readonly Heading[];
  /** True if the body is too long to be parsed; `html` shows its source. */
  readonly isSource: boolean;
}

export interface MarkdownOptions {
  /** Returns whether a page has this slug. Called only with slugs from `wikiLinksIn(source, linkBase)`. */
  readonly resolveLink: (slug: string) => SlugState;
  /** Returns the percent-encoded path of the page with this slug. */
  readonly hrefOf: (slug: string) => string;
  /** The base of the links. Relative links stay unchanged if it has no slug. */
  readonly linkBase?: LinkBase;
  /** Replaces the address of a link within the wiki that leads to no page, such as "/-/pages". */
  readonly internalHref?: (address: string) => string;
}

/** Longer bodies are shown as source, because parsing them would block the server. In UTF-16 code units. */
export const MAX_MARKDOWN_UNITS = 150_000;

/** An outermost block of a body, such as a paragraph, heading, list or table. */
export interface MarkdownBlock {
  /** The block's part of the HTML that `renderMarkdown` returns. Equally safe to insert. */
  readonly html: string;
  /** The range of its lines in the source, with the last line ending, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/**
 * Renders Markdown as HTML: CommonMark with tables, strikethrough, task lists and `[[wiki links]]`.
 *
 * The HTML is safe for any source. HTML in the source is escaped, except named anchors (`heading-ids.ts`). Links with
 * schemes other than http, https and mailto stay text.
 */
export function renderMarkdown(source: string, options: MarkdownOptions): RenderedMarkdown {
  if (source.length > MAX_MARKDOWN_UNITS) {
    return { html: renderSource(source), headings: [], isSource: true };
  }
  const { tokens, headings, env } = parseMarkdown(source, options);
  return { html: markdown.renderer.render(tokens, markdown.options, env), headings, isSource: false };
}

/**
 * Renders the outermost blocks of a body; joined, their HTML equals the HTML of `renderMarkdown`. Blank lines and link reference
 * definitions may belong to no block. A body that is too long is one block.
 */
export function renderBlocks(source: string, options: MarkdownOptions): readonly MarkdownBlock[] {
  if (source.length > MAX_MARKDOWN_UNITS) {
    return [{ html: renderSource(source), start: 0, end: source.length }];
  }
  const { tokens, env } = parseMarkdown(source, options);
  const starts = lineStarts(source);
  const blocks: { html: string; start: number; end: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.level === 0 && token.nesting >= 0) {
      const [first = 0, after = 0] = token.map ?? [];
      blocks.push({ html: "", start: starts[first] ?? source.length, end: starts[after] ?? source.length });
    }
    const block = blocks.at(-1);
    if (block) block.html += renderToken(tokens, index, env);
  });
  return blocks;
}

/** Returns the distinct slugs that a body may link to, so that the caller can look them up before rendering. */
export function wikiLinksIn(source: string, linkBase?: LinkBase): readonly string[] {
  const slugs = new Set<string>();
  if (source.length > MAX_MARKDOWN_UNITS || !/\[|<|\//.test(source)) return [];
  for (const token of markdown.parse(source, {})) {
    for (const child of token.children ?? []) {
      if (child.type !== "link_open") continue;
      for (const slug of pageLinkOf(child, linkBase)?.slugs ?? []) slugs.add(slug);
    }
  }
  return [...slugs];
}

/** Returns the text of the first heading that is not empty, or undefined. Parses only the start of a long body. */
export function firstHeading(source: string): string | undefined {
  const tokens = markdown.parse(source.slice(0, MAX_MARKDOWN_UNITS), {});
  const texts = tokens.map((token, index) =>
    token.type === "heading_open" ? inlineText(tokens[index + 1]) : "",
  );
  return texts.find((text) => text !== "");
}

const markdown = createMarkdown({ html: false, linkify: true, typographer: false });
markdown.use(wikiLinks).use(namedAnchors).use(codeHighlighting);
markdown.core.ruler.push("task_lists", addCheckboxes);
markdown.core.ruler.push("lone_anchors", hideAnchorOnlyParagraphs);
markdown.validateLink = hasSafeScheme;
// Otherwise "README.md" would be a link, because .md is a top-level domain.
markdown.linkify.set({ fuzzyLink: false });
// A wide table scrolls; tabindex makes it scrollable by keyboard.
markdown.renderer.rules.table_open = (tokens, index, options, _, renderer) =>
  `<div class="wide" role="group" aria-label="Table" tabindex="0">${renderer.renderToken(tokens, index, options)}`;
markdown.renderer.rules.table_close = () => "</table></div>\n";

function hasSafeScheme(url: string): boolean {
  // Browsers ignore control characters and white space in a scheme.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\p{Cc}\s]/gu, ""))?.[1];
  return scheme === undefined || /^(?:https?|mailto)$/i.test(scheme);
}

function renderSource(source: string): string {
  const text = markdown.utils.escapeHtml(source.replaceAll("\0", "\ufffd"));
  return `<pre class="plain" tabindex="0" dir="auto">${text}</pre>\n`;
}

/**
 * Parses a body, and sets ids and attributes. The renderer must get the returned `env`: rules find their state for this
 * rendering by it (`code-highlighting.ts`).
 */
function parseMarkdown(source: string, options: MarkdownOptions) {
  const env = {};
  const tokens = markdown.parse(source, env);
  const headings = assignIds(tokens);
  for (const token of tokens) {
    if (isOutermostBlock(token)) token.attrSet("dir", "auto");
    replaceAlignmentStyle(token);
    for (const child of token.children ?? []) {
      if (child.type === "link_open") setLinkAttributes(child, options);
      if (child.type === "image") setImageAttributes(child, options);
    }
  }
  return { tokens, headings, env };
}

/** Renders one token, as a step of `renderer.render`. The rules may look at adjacent tokens. */
function renderToken(tokens: Token[], index: number, env: Record<string, unknown>): string {
  const { renderer, options } = markdown;
  const token = tokens[index];
  if (token?.type === "inline") return renderer.renderInline(token.children ?? [], options, env);
  const rule = renderer.rules[token?.type ?? ""];
  return rule ? rule(tokens, index, options, env, renderer) : renderer.renderToken(tokens, index, options);
}

function setLinkAttributes(
  link: Token,
  { resolveLink, hrefOf, linkBase = {}, internalHref }: MarkdownOptions,
): void {
  const page = pageLinkOf(link, linkBase);
  const href = String(link.attrGet("href") ?? "");
  const address = addressInWiki(href, linkBase);
  if (page) {
    const { slug, state } = resolvePageLink(page, resolveLink);
    link.attrSet("href", withPrefixedFragment(hrefOf(slug) + page.suffix));
    if (state === "wanted") link.attrSet("class", "wanted");
  } else if (address !== undefined) {
    link.attrSet("href", internalHref?.(address) ?? address);
  } else if (/^(?:https?:|\/\/)/i.test(href)) {
    link.attrSet("rel", "nofollow noopener");
  } else if (href.startsWith("#")) {
    link.attrSet("href", withPrefixedFragment(href));
  }
}

function setImageAttributes(image: Token, { linkBase = {} }: MarkdownOptions): void {
  const src = String(image.attrGet("src") ?? "");
  image.attrSet("src", addressInWiki(src, linkBase) ?? src);
  image.attrSet("loading", "lazy");
}

function withPrefixedFragment(href: string): string {
  return href.replace(/#(.+)$/, (_, fragment: string) => `#${fragmentId(fragment)}`);
}

/** Only outermost blocks get `dir="auto"`, so that a list or quotation has one direction. */
function isOutermostBlock(token: Token): boolean {
  return token.level === 0 && token.nesting === 1;
}

/** Replaces the inline style of aligned columns, which the Content-Security-Policy forbids, by a class. */
function replaceAlignmentStyle(cell: Token): void {
  const side = /^text-align:(left|center|right)$/.exec(String(cell.attrGet("style") ?? ""))?.[1];
  if (side) cell.attrs = [["class", `align-${side}`]];
}

/** Replaces `[ ]` and `[x]` at the start of list items by checkboxes. */
function addCheckboxes(state: StateCore): void {
  state.tokens.forEach((item, index) => {
    const text = state.tokens[index + 2]?.children?.[0];
    if (item.type !== "list_item_open" || state.tokens[index + 1]?.type !== "paragraph_open") return;
    const box = text?.type === "text" ? /^\[([ xX])\](?=\s)/.exec(text.content)?.[1] : undefined;
    if (!text || box === undefined) return;
    const checkbox = new state.Token("task_checkbox", "input", 0);
    checkbox.attrs = [
      ["type", "checkbox"],
      ["disabled", ""],
      ["aria-label", box === " " ? "To do" : "Done"],
    ];
    if (box !== " ") checkbox.attrSet("checked", "");
    text.content = text.content.slice(3);
    state.tokens[index + 2]?.children?.unshift(checkbox);
    item.attrSet("class", "task");
  });
}

function hideAnchorOnlyParagraphs({ tokens }: StateCore): void {
  tokens.forEach((inline, index) => {
    const children = inline.children ?? [];
    const opening = tokens[index - 1];
    const closing = tokens[index + 1];
    if (opening?.type !== "paragraph_open" || !closing || children.length === 0) return;
    if (!children.every(({ type }) => type.startsWith("anchor_") || type === "softbreak")) return;
    opening.hidden = true;
    closing.hidden = true;
  });
}
