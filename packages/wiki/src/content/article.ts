import type { Token } from "markdown-it";
import { type ArticleFiles, type FileReference, fileReferenceIn, imageAttributes } from "./article-files.ts";
import { isHighlightedQuickly } from "./code-highlighting.ts";
import { hasShortFrontMatter, PROPERTIES_START } from "./dialect/front-matter.ts";
import { fileAddress } from "./file-addresses.ts";
import { assignIds, type Heading } from "./heading-ids.ts";
import { fragmentId } from "./html/html-policy.ts";
import { type Attributes, HtmlWriter, type WrittenSlot } from "./html/html-writer.ts";
import { withoutIds } from "./html-tokens.ts";
import { lineStarts } from "./lines.ts";
import { MAX_MARKDOWN_UNITS, markdown } from "./markdown-parser.ts";
import { isMathQuick } from "./math-rendering.ts";
import {
  addressInWiki,
  type Embed,
  type LinkBase,
  type LinkNames,
  type PageLink,
  pageLinkFrom,
} from "./wiki-links.ts";

/** The address that a link within the wiki leads to. */
export interface LinkAddress {
  /** A percent-encoded path, without the suffix of the link. */
  readonly href: string;
  /** True if the link leads to no page. */
  readonly isWanted: boolean;
}

/** The parameters of an article's HTML. */
export interface LinkOptions {
  /** Returns the address of a link. Called only with names from `linkNames(linkBase)`. */
  readonly resolveLink: (names: LinkNames) => LinkAddress;
  /** The base of the links. Relative links stay unchanged if it has no slug. */
  readonly linkBase?: LinkBase;
  /** Replaces the address of a link within the wiki that leads to no page, such as "/-/pages". */
  readonly internalHref?: (address: string) => string;
  /** The files of the page. Without them, names of files are relative addresses. */
  readonly files?: ArticleFiles;
  /** Returns the HTML of an embed of `embeds(linkBase)`. Without it, or for undefined, the embed is shown as a link. */
  readonly embedHtml?: (embed: PageEmbed) => string | undefined;
}

/** A page or section that an article shows in a paragraph of its own. */
export interface PageEmbed extends Embed {
  readonly names: LinkNames;
}

/** An article below the title of its page. */
export interface TitledArticle {
  /** Safe to insert into a page; see `Article`. */
  readonly html: string;
  /** In order. Empty if the body is too long to be parsed. */
  readonly headings: readonly Heading[];
  /** The id of the removed heading that repeated the title. */
  readonly titleId?: string;
}

/** An outermost block of a body, such as a paragraph, heading, list or table. */
export interface MarkdownBlock {
  /** The block's part of the article's HTML. Equally safe to insert. */
  readonly html: string;
  /** The range of its lines in the source, with the last line ending, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

/** The result of parsing a body: plain data, which can be sent between threads. */
export interface ParsedArticle {
  /** The HTML without the tags of `slots`. */
  readonly template: string;
  /** In order. */
  readonly slots: readonly Slot[];
  readonly blocks: readonly ParsedBlock[];
  readonly headings: readonly Heading[];
  /** In order. */
  readonly embeds: readonly ParsedEmbed[];
  readonly isSource: boolean;
}

interface ParsedEmbed extends PageEmbed {
  /** The slot of its link. */
  readonly slot: number;
  /** The offset in the template after its link. */
  readonly end: number;
}

/** A tag of an image, or a start tag of a link, which depends on the page that contains it or on other pages. */
interface Slot extends WrittenSlot {
  /** Set if the link was written as `[[wiki link]]`. */
  readonly page: PageLink | undefined;
  /** The text below an image that is alone in a paragraph. */
  readonly caption?: string;
}

interface ParsedBlock {
  readonly start: number;
  readonly end: number;
  /** The offset of its HTML in the template. */
  readonly offset: number;
  /** The number of slots before it. */
  readonly slotsBefore: number;
}

/** Parses a body. Takes seconds for hostile Markdown. */
export function parseArticle(source: string): ParsedArticle {
  if (source.length > MAX_MARKDOWN_UNITS) {
    const block = { start: 0, end: source.length, offset: 0, slotsBefore: 0 };
    return {
      template: renderSource(source),
      slots: [],
      blocks: [block],
      headings: [],
      embeds: [],
      isSource: true,
    };
  }
  const env = {};
  return articleFrom(source, markdown.parse(source, env), env);
}

/** Parses a body like `parseArticle`. Returns undefined if that would take more than some 30 ms. */
export function parseArticleQuickly(source: string): ParsedArticle | undefined {
  if (!isParsedQuickly(source)) return undefined;
  const env = {};
  const tokens = markdown.parse(source, env);
  const isQuick = isHighlightedQuickly(tokens) && hasShortFrontMatter(tokens) && isMathQuick(tokens);
  return isQuick ? articleFrom(source, tokens, env) : undefined;
}

/** @param env the same as for parsing; rules of the renderer find their state for this body by it */
function articleFrom(source: string, tokens: Token[], env: Record<string, unknown>): ParsedArticle {
  const headings = assignIds(tokens);
  for (const token of tokens) setBlockAttributes(token);
  markEmbedParagraphs(tokens);
  return { ...new TemplateBuilder(source, tokens, env).build(), headings, isSource: false };
}

/** Bodies within these limits are parsed in a few milliseconds, or some 30 ms if their Markdown is hostile. */
const MAX_QUICK_UNITS = 32_000;
const MAX_QUICK_SYNTAX = 3_000;
const SYNTAX = /[\n!$&*:<@[\\\]_`|~]/g;

/** The cost depends mostly on the number of syntax characters. */
function isParsedQuickly(body: string): boolean {
  if (body.length > MAX_QUICK_UNITS) return false;
  SYNTAX.lastIndex = 0;
  for (let count = 0; SYNTAX.test(body); count++) {
    if (count === MAX_QUICK_SYNTAX) return false;
  }
  return true;
}

function renderSource(source: string): string {
  const text = markdown.utils.escapeHtml(source.replaceAll("\0", "\ufffd"));
  return `<pre class="plain" tabindex="0" dir="auto">${text}</pre>\n`;
}

function setBlockAttributes(token: Token): void {
  // Only outermost blocks get `dir="auto"`, so that a list or quotation has one direction.
  if (token.level === 0 && token.nesting === 1) token.attrSet("dir", "auto");
  // A class replaces the inline style of aligned columns, which the Content-Security-Policy forbids.
  const side = /^text-align:(left|center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
  if (side) token.attrs = [["class", `align-${side}`]];
}

/** Makes paragraphs that contain only embeds elements that may contain blocks. */
function markEmbedParagraphs(tokens: readonly Token[]): void {
  tokens.forEach((inline, index) => {
    const [opening, closing] = [tokens[index - 1], tokens[index + 1]];
    if (
      opening?.type !== "paragraph_open" ||
      closing === undefined ||
      embedsIn(inline.children ?? []) === undefined
    )
      return;
    opening.tag = "div";
    closing.tag = "div";
    opening.attrJoin("class", "embeds");
  });
}

/** Returns the embeds of a paragraph; undefined if it contains anything else. */
function embedsIn(tokens: readonly Token[]): readonly PageEmbed[] | undefined {
  const embeds: PageEmbed[] = [];
  let isWithin = false;
  for (const { type, meta } of tokens) {
    const [embed, page] = [meta?.embed as Embed | undefined, meta?.wikiLink as PageLink | undefined];
    if (embed !== undefined && page !== undefined) embeds.push({ ...embed, names: page.names });
    else if (!isWithin && type !== "softbreak") return undefined;
    if (type === "link_open" || type === "link_close") isWithin = type === "link_open";
  }
  return embeds.length === 0 ? undefined : embeds;
}

function indexOfType(tokens: readonly Token[], type: string, from: number): number {
  let index = from;
  while (index < tokens.length && tokens[index]?.type !== type) index += 1;
  return index;
}

/** Renders tokens as `markdown.renderer` does, except that it leaves out the tags of slots. All HTML passes `HtmlWriter`. */
class TemplateBuilder {
  readonly #source: string;
  readonly #env: Record<string, unknown>;
  readonly #tokens: readonly Token[];
  readonly #writer: HtmlWriter;
  readonly #pages = new Map<number, PageLink>();
  readonly #captions = new Map<number, string>();
  readonly #blocks: ParsedBlock[] = [];
  readonly #embeds: ParsedEmbed[] = [];

  constructor(source: string, tokens: Token[], env: Record<string, unknown>) {
    this.#source = source;
    this.#env = env;
    this.#tokens = tokens;
    const html: string[] = [];
    const ids = new Set<string>();
    const collect = ({ type, content, attrs, children }: Token) => {
      if (type.startsWith("html_")) html.push(content);
      for (const [name, value] of attrs ?? []) if (name === "id") ids.add(String(value));
      children?.forEach(collect);
    };
    tokens.forEach(collect);
    this.#writer = new HtmlWriter(html, ids);
  }

  build(): Pick<ParsedArticle, "template" | "slots" | "blocks" | "embeds"> {
    const starts = lineStarts(this.#source);
    this.#tokens.forEach((token, index) => {
      if (token.level === 0 && token.nesting >= 0) this.#startBlock(token, starts);
      if (token.type === "inline") {
        const { type, tag } = this.#tokens[index - 1] ?? {};
        if (type === "paragraph_open" && tag === "div") this.#addEmbeds(token.children ?? []);
        else this.#addInline(token.children ?? [], type === "paragraph_open");
      } else this.#addToken(this.#tokens, index, token);
    });
    this.#writer.closeAll();
    const slots = this.#writer.slots.map((slot, index) => {
      const caption = this.#captions.get(index);
      return { ...slot, page: this.#pages.get(index), ...(caption === undefined ? {} : { caption }) };
    });
    return { template: this.#writer.html, slots, blocks: this.#blocks, embeds: this.#embeds };
  }

  #addEmbeds(tokens: Token[]): void {
    let [start, slot] = [0, this.#writer.slots.length];
    for (const embed of embedsIn(tokens) ?? []) {
      const end = indexOfType(tokens, "link_close", start) + 1;
      this.#addInline(tokens.slice(start, end), false);
      start = end;
      // HTML of the body may leave out everything within it.
      if (this.#writer.slots.length === slot) continue;
      this.#embeds.push({ ...embed, slot, end: this.#writer.length });
      slot = this.#writer.slots.length;
    }
    this.#addInline(tokens.slice(start), false);
  }

  #startBlock({ map }: Token, starts: readonly number[]): void {
    const [first = 0, after = 0] = map ?? [];
    const start = starts[first] ?? this.#source.length;
    const end = starts[after] ?? this.#source.length;
    const last = this.#blocks.at(-1);
    // Elements by HTML in the body may contain several blocks of Markdown. They are one block.
    if (last !== undefined && this.#writer.hasOpenElements)
      this.#blocks[this.#blocks.length - 1] = { ...last, end };
    else {
      this.#blocks.push({
        start,
        end,
        offset: this.#writer.length,
        slotsBefore: this.#writer.slots.length,
      });
    }
  }

  #addInline(tokens: Token[], isParagraph: boolean): void {
    tokens.forEach((token, index) => {
      if (token.type === "link_open") this.#addSlot("a", "href", token);
      else if (token.type === "image") {
        const alt = markdown.renderer.renderInlineAsText(token.children ?? [], markdown.options, this.#env);
        token.attrSet("alt", alt);
        token.attrSet("loading", "lazy");
        if (isParagraph && tokens.length === 1 && alt.trim() !== "")
          this.#captions.set(this.#writer.slots.length, alt);
        this.#addSlot("img", "src", token);
      } else this.#addToken(tokens, index, token);
    });
  }

  #addSlot(element: WrittenSlot["element"], addressAttribute: "href" | "src", { attrs, meta }: Token): void {
    const attributes = (attrs ?? []).map(([name, value]) => [name, String(value)] as const);
    const address = attributes.find(([name]) => name === addressAttribute)?.[1] ?? "";
    const page = meta?.wikiLink as PageLink | undefined;
    if (page !== undefined) this.#pages.set(this.#writer.slots.length, page);
    const others: Attributes = attributes.filter(([name]) => name !== addressAttribute);
    this.#writer.addSlot(element, address, others);
  }

  #addToken(tokens: readonly Token[], index: number, token: Token): void {
    if (token.type === "html_inline") this.#writer.addAuthorHtml(token.content, true);
    else if (token.type === "html_block") {
      this.#writer.addAuthorHtml(token.content, false);
      // A comment is no block.
      const last = this.#blocks.at(-1);
      const isEmpty = this.#writer.length === last?.offset && this.#writer.slots.length === last.slotsBefore;
      if (token.level === 0 && isEmpty) this.#blocks.pop();
    } else this.#writer.addMarkdown(this.#render(tokens as Token[], index, token));
  }

  #render(tokens: Token[], index: number, { type }: Token): string {
    const { renderer, options } = markdown;
    const rule = renderer.rules[type];
    return rule
      ? rule(tokens, index, options, this.#env, renderer)
      : renderer.renderToken(tokens, index, options);
  }
}

/** A slot with its resolved form, a block or a heading. */
const BYTES_PER_PART = 500;

/**
 * A parsed body, which renders quickly for any page and any state of the linked pages.
 *
 * Its HTML is safe for any source, and needs no inline styles or scripts in the Content-Security-Policy. Links with schemes other than http, https and mailto stay text.
 */
export class Article {
  readonly #parsed: ParsedArticle;
  readonly #embedBySlot: ReadonlyMap<number, ParsedEmbed>;
  /** The slots for the link base that was used last. */
  #resolved: { readonly base: LinkBase; readonly slots: readonly ResolvedSlot[] } | undefined;

  constructor(parsed: ParsedArticle) {
    this.#parsed = parsed;
    this.#embedBySlot = new Map(parsed.embeds.map((embed) => [embed.slot, embed]));
  }

  /** In order. Empty if `isSource`. */
  get headings(): readonly Heading[] {
    return this.#parsed.headings;
  }

  /** True if the body is too long to be parsed; the HTML shows its source. */
  get isSource(): boolean {
    return this.#parsed.isSource;
  }

  /** An upper bound of the memory it uses. */
  get bytes(): number {
    const { template, slots, blocks, headings, embeds } = this.#parsed;
    const parts = slots.length + blocks.length + headings.length + embeds.length;
    return 2 * template.length + BYTES_PER_PART * parts;
  }

  /** Returns the names of the links of the body to pages of this wiki, in order. */
  linkNames(base: LinkBase): readonly LinkNames[] {
    return this.#slotsFor(base).flatMap((resolved) => {
      const slot = typeof resolved !== "string" && "otherwise" in resolved ? resolved.otherwise : resolved;
      return typeof slot !== "string" && "page" in slot ? [slot.page.names] : [];
    });
  }

  /** Returns the files that the body may name, in order. */
  get fileReferences(): readonly FileReference[] {
    return this.#parsed.slots.flatMap((slot) => fileReferenceOf(slot) ?? []);
  }

  /** Returns the embeds in paragraphs of their own, in order. */
  get embeds(): readonly PageEmbed[] {
    return this.#parsed.embeds;
  }

  html(options: LinkOptions): string {
    const { template, slots } = this.#parsed;
    return this.#fill(this.#slotsFor(options.linkBase), options, 0, template.length, 0, slots.length);
  }

  /**
   * Returns what a screen shows below the title of the page: the article without a first heading that repeats the title.
   * The title then gets the id of that heading.
   */
  belowTitle(title: string, options: LinkOptions): TitledArticle {
    const [first, ...others] = this.headings;
    if (first?.level !== 1 || first.text.trim() !== title.trim()) {
      return { html: this.html(options), headings: this.headings };
    }
    const blocks = this.blocks(options);
    const index = blocks.findIndex(({ html }) => !html.startsWith(PROPERTIES_START));
    if (!/^\s*<h1 /.test(blocks[index]?.html ?? "")) {
      return { html: this.html(options), headings: this.headings };
    }
    const html = blocks.map((block, at) => (at === index ? "" : block.html)).join("");
    return { html, headings: others, titleId: first.id };
  }

  /**
   * Returns what another page shows of this one, without ids: the article below its title, or the section of a heading,
   * which ends before the next heading of the same or a higher level. Undefined if there is no such heading.
   */
  embedded(title: string, headingId: string | undefined, options: LinkOptions): string | undefined {
    const blocks = this.blocks(options).map(({ html }) => html);
    const levelOf = (html: string) => Number(/^\s*<h([1-6])\b/.exec(html)?.[1] ?? 7);
    if (headingId === undefined) {
      const [first] = this.headings;
      const isTitle = (html: string) => levelOf(html) === 1 && html.includes(` id="${first?.id}"`);
      const repeatsTitle = first?.level === 1 && first.text.trim() === title.trim();
      const shown = blocks.filter(
        (html) => !html.startsWith(PROPERTIES_START) && !(repeatsTitle && isTitle(html)),
      );
      return withoutIds(shown.join(""));
    }
    const start = blocks.findIndex((html) => levelOf(html) < 7 && html.includes(` id="${headingId}"`));
    if (start === -1) return undefined;
    const level = levelOf(blocks[start] ?? "");
    const length = blocks.slice(start + 1).findIndex((html) => levelOf(html) <= level);
    return withoutIds(blocks.slice(start, length === -1 ? undefined : start + 1 + length).join(""));
  }

  /**
   * Returns the outermost blocks; joined, their HTML equals `html`. Blank lines and link reference definitions may belong
   * to no block. A body that is too long is one block.
   */
  blocks(options: LinkOptions): readonly MarkdownBlock[] {
    const { template, slots, blocks } = this.#parsed;
    const resolved = this.#slotsFor(options.linkBase);
    return blocks.map(({ start, end, offset, slotsBefore }, index) => {
      const next = blocks[index + 1];
      const to = next?.offset ?? template.length;
      const slotsEnd = next?.slotsBefore ?? slots.length;
      return { start, end, html: this.#fill(resolved, options, offset, to, slotsBefore, slotsEnd) };
    });
  }

  #fill(
    resolved: readonly ResolvedSlot[],
    options: LinkOptions,
    from: number,
    to: number,
    firstSlot: number,
    slotsEnd: number,
  ): string {
    const { template, slots } = this.#parsed;
    const parts: string[] = [];
    let offset = from;
    for (let index = firstSlot; index < slotsEnd; index++) {
      const slot = slots[index] as Slot;
      const embed = options.embedHtml && this.#embedBySlot.get(index);
      const html = embed && options.embedHtml?.(embed);
      parts.push(
        template.slice(offset, slot.offset),
        html ?? tagOf(resolved[index] as ResolvedSlot, options),
      );
      offset = html === undefined ? slot.offset : (embed?.end ?? slot.offset);
    }
    parts.push(template.slice(offset, to));
    return parts.join("");
  }

  #slotsFor(base: LinkBase = {}): readonly ResolvedSlot[] {
    const last = this.#resolved;
    if (last?.base.slug === base.slug && last?.base.origin === base.origin && last) return last.slots;
    const slots = this.#parsed.slots.map((slot) => resolveSlot(slot, base));
    this.#resolved = { base, slots };
    return slots;
  }
}

/** The whole tag, or a link whose tag depends on the wiki. */
type ResolvedSlot =
  | string
  | { readonly page: PageLink; readonly attributes: string }
  | { readonly internalAddress: string; readonly attributes: string }
  | FileSlot;

/** An image or a link that names a file, unless the page does not have that file. */
interface FileSlot {
  readonly slot: Slot;
  readonly reference: FileReference;
  readonly otherwise: Exclude<ResolvedSlot, FileSlot>;
}

function resolveSlot(slot: Slot, base: LinkBase): ResolvedSlot {
  const otherwise = resolveWithoutFiles(slot, base);
  const reference = fileReferenceOf(slot);
  return reference === undefined ? otherwise : { slot, reference, otherwise };
}

function fileReferenceOf({ page, address }: Slot): FileReference | undefined {
  return page === undefined ? fileReferenceIn(address) : undefined;
}

function resolveWithoutFiles(
  { element, address, page, attributes }: Slot,
  base: LinkBase,
): Exclude<ResolvedSlot, FileSlot> {
  const addressOfWiki = addressInWiki(address, base);
  if (element === "img") return `<img${attribute("src", addressOfWiki ?? address)}${attributes}>`;
  const pageLink = page ?? pageLinkFrom(addressOfWiki);
  if (pageLink !== undefined) return { page: pageLink, attributes };
  if (addressOfWiki !== undefined) return { internalAddress: addressOfWiki, attributes };
  const isExternal = /^(?:https?:|\/\/)/i.test(address);
  return isExternal
    ? linkTag(address, `${attributes} rel="nofollow noopener"`)
    : linkTag(address.startsWith("#") ? withPrefixedFragment(address) : address, attributes);
}

function tagOf(resolved: ResolvedSlot, options: LinkOptions): string {
  const isFile = typeof resolved !== "string" && "reference" in resolved;
  return isFile ? tagOfFile(resolved, options) : tagWithoutFiles(resolved, options);
}

function tagOfFile({ slot, reference, otherwise }: FileSlot, options: LinkOptions): string {
  const { element, attributes, caption } = slot;
  const file = options.files?.find(reference);
  if (file === undefined) {
    const isMissing = element === "img" && reference.name !== undefined && options.files !== undefined;
    if (!isMissing) return tagWithoutFiles(otherwise, options);
    const text = markdown.utils.escapeHtml(options.files.missingText(reference.name));
    return `<span class="missing-file">${text}</span>`;
  }
  if (element === "a") return linkTag(fileAddress(file), attributes);
  const image = `<img${imageAttributes(file, attributes)}${attributes}>`;
  if (caption === undefined) return image;
  const text = markdown.utils.escapeHtml(caption);
  return `<span class="figure">${image}<span class="caption">${text}</span></span>`;
}

function tagWithoutFiles(
  slot: Exclude<ResolvedSlot, FileSlot>,
  { resolveLink, internalHref }: LinkOptions,
): string {
  if (typeof slot === "string") return slot;
  if ("internalAddress" in slot) {
    return linkTag(internalHref?.(slot.internalAddress) ?? slot.internalAddress, slot.attributes);
  }
  const { href, isWanted } = resolveLink(slot.page.names);
  const attributes = isWanted ? `${slot.attributes} class="wanted"` : slot.attributes;
  return linkTag(withPrefixedFragment(href + slot.page.suffix), attributes);
}

function linkTag(href: string, attributes: string): string {
  return `<a${attribute("href", href)}${attributes}>`;
}

function attribute(name: string, value: string): string {
  return ` ${name}="${markdown.utils.escapeHtml(value)}"`;
}

function withPrefixedFragment(href: string): string {
  return href.replace(/#(.+)$/, (_, fragment: string) => `#${fragmentId(fragment)}`);
}
