import createMarkdown, { type StateCore, type Token } from "markdown-it";
import { codeHighlighting } from "./code-highlighting.ts";
import { fragmentId, type Heading, namedAnchors, nameHeadings, textOf } from "./heading-ids.ts";
import { lineStarts } from "./lines.ts";
import {
  addressWithin,
  type LinkPlace,
  pageLinkOf,
  resolvePageLink,
  type SlugState,
  wikiLinks,
} from "./wiki-links.ts";

export interface RenderedMarkdown {
  /** Safe to put into a page under a Content-Security-Policy without inline styles and scripts. */
  readonly html: string;
  /** In the order of the page; empty if it is `plain`. */
  readonly headings: readonly Heading[];
  /** The body was too long to be read as Markdown: `html` shows its source. */
  readonly plain: boolean;
}

export interface MarkdownOptions {
  /** Whether a page holds the slug. It is asked about slugs from `wikiLinksIn(source, place)` only. */
  readonly resolveLink: (slug: string) => SlugState;
  /** The address of the page with this slug, percent-encoded, without query and fragment. */
  readonly hrefOf: (slug: string) => string;
  /** Where the body stands. Relative links stay as they are if it has no slug. */
  readonly place?: LinkPlace;
  /** The address to lead to instead of one within the wiki, from "/" on, that is no page's; the same unless said. */
  readonly hrefWithin?: (address: string) => string;
}

/** Longer bodies are shown as their source, so that no page occupies the server. In UTF-16 code units. */
export const MAX_MARKDOWN_UNITS = 150_000;

/** A paragraph, heading, list, table … of a body, outermost ones only. */
export interface MarkdownBlock {
  /** Its part of what `renderMarkdown` gives, as safe. */
  readonly html: string;
  /** Where the block's lines start in the source, in UTF-16 code units. */
  readonly start: number;
  /** Where they end, with the ending of the last. */
  readonly end: number;
}

/**
 * Renders Markdown (CommonMark with tables, strikethrough, task lists and `[[wiki links]]`) as HTML that is
 * safe whatever the source: HTML in it is shown, not interpreted, and links lead to http, https, mailto or
 * within the site; others stay text.
 */
export function renderMarkdown(source: string, options: MarkdownOptions): RenderedMarkdown {
  if (source.length > MAX_MARKDOWN_UNITS) {
    return { html: shownAsSource(source), headings: [], plain: true };
  }
  const { tokens, headings, page } = readMarkdown(source, options);
  return { html: markdown.renderer.render(tokens, markdown.options, page), headings, plain: false };
}

/**
 * The blocks of a body in the order of the page, each as HTML with the lines of the source that it comes
 * from. Their HTML joined is that of `renderMarkdown`. What shows nothing by itself (blank lines, the
 * addresses of reference links) may belong to no block. A body that is too long is one block.
 */
export function renderBlocks(source: string, options: MarkdownOptions): readonly MarkdownBlock[] {
  if (source.length > MAX_MARKDOWN_UNITS) {
    return [{ html: shownAsSource(source), start: 0, end: source.length }];
  }
  const { tokens, page } = readMarkdown(source, options);
  const starts = lineStarts(source);
  const blocks: { html: string; start: number; end: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.level === 0 && token.nesting >= 0) {
      const [first = 0, after = 0] = token.map ?? [];
      blocks.push({ html: "", start: starts[first] ?? source.length, end: starts[after] ?? source.length });
    }
    const block = blocks.at(-1);
    if (block) block.html += renderToken(tokens, index, page);
  });
  return blocks;
}

/**
 * The slugs of pages that a body may link to, each once, in the order they appear: as `[[…]]` and as
 * `[…](/slug)`, and in other addresses that lead there from its place. For looking up which of them exist before
 * rendering.
 */
export function wikiLinksIn(source: string, place?: LinkPlace): readonly string[] {
  const slugs = new Set<string>();
  if (source.length > MAX_MARKDOWN_UNITS || !/\[|<|\//.test(source)) return [];
  for (const token of markdown.parse(source, {})) {
    for (const child of token.children ?? []) {
      if (child.type !== "link_open") continue;
      for (const slug of pageLinkOf(child, place)?.slugs ?? []) slugs.add(slug);
    }
  }
  return [...slugs];
}

/** The text of the first heading of any level that has one. Of a very long body only the start is read. */
export function firstHeading(source: string): string | undefined {
  const tokens = markdown.parse(source.slice(0, MAX_MARKDOWN_UNITS), {});
  const texts = tokens.map((token, index) =>
    token.type === "heading_open" ? textOf(tokens[index + 1]) : "",
  );
  return texts.find((text) => text !== "");
}

const markdown = createMarkdown({ html: false, linkify: true, typographer: false });
markdown.use(wikiLinks).use(namedAnchors).use(codeHighlighting);
markdown.core.ruler.push("task_lists", markTasks);
markdown.core.ruler.push("lone_anchors", hideParagraphsOfAnchors);
markdown.validateLink = leadsSomewhereSafe;
// Without a scheme "README.md" would be a link too: .md is a country.
markdown.linkify.set({ fuzzyLink: false });
// A table can be wider than the screen: whoever scrolls by keyboard must be able to reach it.
markdown.renderer.rules.table_open = (tokens, index, options, _, renderer) =>
  `<div class="wide" role="group" aria-label="Table" tabindex="0">${renderer.renderToken(tokens, index, options)}`;
markdown.renderer.rules.table_close = () => "</table></div>\n";

function leadsSomewhereSafe(url: string): boolean {
  // Browsers skip control characters and spaces within a scheme.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\p{Cc}\s]/gu, ""))?.[1];
  return scheme === undefined || /^(?:https?|mailto)$/i.test(scheme);
}

function shownAsSource(source: string): string {
  const text = markdown.utils.escapeHtml(source.replaceAll("\0", "\ufffd"));
  return `<pre class="plain" tabindex="0" dir="auto">${text}</pre>\n`;
}

/** `page` is what the rules of rendering remember the page by. */
function readMarkdown(source: string, options: MarkdownOptions) {
  const page = {};
  const tokens = markdown.parse(source, page);
  const headings = nameHeadings(tokens);
  for (const token of tokens) {
    if (isOutermostText(token)) token.attrSet("dir", "auto");
    alignByClass(token);
    for (const child of token.children ?? []) {
      if (child.type === "link_open") completeLink(child, options);
      if (child.type === "image") completeImage(child, options);
    }
  }
  return { tokens, headings, page };
}

/** One step of the renderer's own `render`: how a token looks depends on those beside it. */
function renderToken(tokens: Token[], index: number, page: Record<string, unknown>): string {
  const { renderer, options } = markdown;
  const token = tokens[index];
  if (token?.type === "inline") return renderer.renderInline(token.children ?? [], options, page);
  const rule = renderer.rules[token?.type ?? ""];
  return rule ? rule(tokens, index, options, page, renderer) : renderer.renderToken(tokens, index, options);
}

function completeLink(link: Token, { resolveLink, hrefOf, place = {}, hrefWithin }: MarkdownOptions): void {
  const page = pageLinkOf(link, place);
  const href = String(link.attrGet("href") ?? "");
  const address = addressWithin(href, place);
  if (page) {
    const { slug, state } = resolvePageLink(page, resolveLink);
    link.attrSet("href", withOurFragment(hrefOf(slug) + page.suffix));
    if (state === "wanted") link.attrSet("class", "wanted");
  } else if (address !== undefined) {
    link.attrSet("href", hrefWithin?.(address) ?? address);
  } else if (/^(?:https?:|\/\/)/i.test(href)) {
    link.attrSet("rel", "nofollow noopener");
  } else if (href.startsWith("#")) {
    link.attrSet("href", withOurFragment(href));
  }
}

function completeImage(image: Token, { place = {} }: MarkdownOptions): void {
  const src = String(image.attrGet("src") ?? "");
  image.attrSet("src", addressWithin(src, place) ?? src);
  image.attrSet("loading", "lazy");
}

function withOurFragment(href: string): string {
  return href.replace(/#(.+)$/, (_, fragment: string) => `#${fragmentId(fragment)}`);
}

/** Only the outermost element has a direction: lists and quotes take it from all of the text within. */
function isOutermostText(token: Token): boolean {
  return token.level === 0 && token.nesting === 1;
}

/** Columns are aligned by an inline style otherwise, which the Content-Security-Policy would refuse. */
function alignByClass(cell: Token): void {
  const side = /^text-align:(left|center|right)$/.exec(String(cell.attrGet("style") ?? ""))?.[1];
  if (side) cell.attrs = [["class", `align-${side}`]];
}

/** `- [ ] to do` and `- [x] done`. */
function markTasks(state: StateCore): void {
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

function hideParagraphsOfAnchors({ tokens }: StateCore): void {
  tokens.forEach((inline, index) => {
    const children = inline.children ?? [];
    const shownBefore = tokens[index - 1];
    const shownAfter = tokens[index + 1];
    if (shownBefore?.type !== "paragraph_open" || !shownAfter || children.length === 0) return;
    if (!children.every(({ type }) => type.startsWith("anchor_") || type === "softbreak")) return;
    shownBefore.hidden = true;
    shownAfter.hidden = true;
  });
}
