import createMarkdown, { type Env, type StateInline } from "markdown-it";
import { dialect } from "../content/dialect/dialect.ts";
import { HtmlReader } from "../content/html/html-reader.ts";

export interface LinkDestination {
  /** `html` is an attribute of `<a>` or `<img>`. */
  readonly kind: "link" | "image" | "definition" | "html";
  /** Offsets of the destination in the source, with its angle brackets or quotes if it has any. */
  readonly start: number;
  readonly end: number;
  /** Without angle brackets, quotes and escapes. */
  readonly destination: string;
}

export interface WrittenLink extends LinkDestination {
  /** The destination in the source. */
  readonly written: string;
}

/** Returns the destinations in Markdown, in the order of their offsets. */
export function linkDestinations(source: string): LinkDestination[] {
  const lines = linesOf(source);
  const page: Page = {};
  const found: LinkDestination[] = [];
  let row: Row = { line: 0, column: 0 };
  for (const token of markdown.parse(source, page)) {
    if (token.type === "tr_open") row = { line: token.map?.[0] ?? 0, column: 0 };
    if (token.type === "reference_definition" && token.map) found.push(...ofDefinition(token.map, lines));
    if (token.type !== "inline" && token.type !== "html_block") continue;
    const toSource = token.map
      ? offsetsInLines(token.content, token.map[0], lines)
      : offsetsInCell(token.content, row, lines);
    const links = token.type === "inline" ? ofInline(token.content, page) : ofHtml(token.content);
    for (const link of links) {
      const start = toSource(link.start);
      const end = toSource(link.end);
      if (start !== undefined && end !== undefined) found.push({ ...link, start, end });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Returns `source` after replacing the destinations for which `replacement` returns a text. */
export function replaceDestinations(
  source: string,
  replacement: (link: WrittenLink) => string | undefined,
): string {
  const parts: string[] = [];
  let at = 0;
  for (const link of linkDestinations(source)) {
    const text = replacement({ ...link, written: source.slice(link.start, link.end) });
    if (text === undefined) continue;
    parts.push(source.slice(at, link.start), writtenDestination(link, text));
    at = link.end;
  }
  return parts.join("") + source.slice(at);
}

/** Returns the text that `replaceDestinations` writes for a replacement. */
export function writtenDestination({ kind }: Pick<LinkDestination, "kind">, text: string): string {
  if (kind !== "html") return text;
  return `"${text.replaceAll('"', "%22")}"`;
}

/** The environment of the parser: reference definitions, and the destinations of the current inline text. */
interface Page extends Env {
  inline?: { readonly text: string; readonly found: LinkDestination[] };
}

// The grammar of pages. Inline texts are parsed separately, so that their offsets in the source are known.
const markdown = createMarkdown().use(dialect);
markdown.core.ruler.enableOnly(["normalize", "block"]);
// Only records destinations. The parser's rules for links and images run after it.
markdown.inline.ruler.before("link", "link_destination", (state, silent) => {
  const { text, found } = (state.env as Page).inline ?? {};
  // The parser calls this rule again for the alternative text of an image, which contains no links.
  if (silent || state.src !== text || found === undefined) return false;
  if (state.src[state.pos] === "<") {
    TAG.lastIndex = state.pos;
    const tag = TAG.exec(state.src);
    if (tag !== null) found.push(...ofTag(tag));
    return false;
  }
  const isImage = state.src.startsWith("![", state.pos);
  if (!isImage && state.src[state.pos] !== "[") return false;
  const labelEnd = state.md.helpers.parseLinkLabel(state, isImage ? state.pos + 1 : state.pos, !isImage);
  const range = labelEnd < 0 ? undefined : rangeAfterLabel(state, labelEnd);
  if (range !== undefined) found.push({ kind: isImage ? "image" : "link", ...range });
  return false;
});

/** A start tag of a link or image, as CommonMark defines tags. */
const TAG = /<(a|img)((?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*)\s*\/?>/iy;
const ATTRIBUTE = /(\s)(href|src)(\s*=\s*)([^\s"'=<>`]+|'[^']*'|"[^"]*")/gi;

function ofTag({ index, 0: tag, 1: element = "" }: RegExpExecArray): LinkDestination[] {
  const name = element.toLowerCase() === "a" ? "href" : "src";
  for (const match of tag.matchAll(ATTRIBUTE)) {
    const [, space = "", attribute = "", equals = "", value = ""] = match;
    if (attribute.toLowerCase() !== name) continue;
    const start = index + match.index + space.length + attribute.length + equals.length;
    return [{ kind: "html", start, end: start + value.length, destination: attributeOf(tag, name) }];
  }
  return [];
}

/** Returns the value without character references. */
function attributeOf(tag: string, name: string): string {
  let value = "";
  const ignore = () => {};
  const startTag = (_name: string, attributes: ReadonlyMap<string, string>) => {
    value = attributes.get(name) ?? "";
  };
  new HtmlReader({ text: ignore, endTag: ignore, startTag }).read(tag);
  return value;
}

function ofHtml(html: string): LinkDestination[] {
  const visible = html.replace(/<!--[\s\S]*?(?:-->|$)/g, (comment) => " ".repeat(comment.length));
  const found: LinkDestination[] = [];
  for (let at = visible.indexOf("<"); at !== -1; at = visible.indexOf("<", at + 1)) {
    TAG.lastIndex = at;
    const tag = TAG.exec(visible);
    if (tag !== null) found.push(...ofTag(tag));
  }
  return found;
}

type DestinationRange = Omit<LinkDestination, "kind">;

/** Finds the destination in `](destination "title")`, where `labelEnd` is the offset of the `]`. */
function rangeAfterLabel({ src, posMax, md }: StateInline, labelEnd: number): DestinationRange | undefined {
  if (src[labelEnd + 1] !== "(") return undefined;
  const start = skipSpace(src, labelEnd + 2);
  const { ok, pos: end, str } = md.helpers.parseLinkDestination(src, start, posMax);
  if (!ok) return undefined;
  let at = skipSpace(src, end);
  const title = md.helpers.parseLinkTitle(src, at, posMax);
  if (title.ok && at > end) at = skipSpace(src, title.pos);
  return at < posMax && src[at] === ")" ? { start, end, destination: str } : undefined;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/[ \t\n]/.test(text[at] ?? "")) at += 1;
  return at;
}

function ofInline(text: string, page: Page): readonly LinkDestination[] {
  if (!/\]\(|<(?:a|img)\s/i.test(text)) return [];
  const found: LinkDestination[] = [];
  markdown.inline.parse(text, markdown, { ...page, inline: { text, found } }, []);
  return found;
}

// A definition may continue on the next line, after the markers of a quotation.
const DEFINITION = /\[(?:[^[\]\\]|\\[\s\S])*\]:[\s>]*/;

function ofDefinition([first, next]: readonly [number, number], lines: readonly Line[]): LinkDestination[] {
  const text = lines
    .slice(first, next)
    .map(({ text }) => text)
    .join("\n");
  const label = DEFINITION.exec(text);
  if (label === null) return [];
  const start = label.index + label[0].length;
  const { ok, pos: end, str } = markdown.helpers.parseLinkDestination(text, start, text.length);
  const before = text.slice(0, start).split("\n");
  const line = lines[first + before.length - 1];
  if (!ok || line === undefined) return [];
  const offset = line.start + (before.at(-1)?.length ?? 0);
  return [{ kind: "definition", start: offset, end: offset + end - start, destination: str }];
}

interface Line {
  readonly start: number;
  readonly text: string;
}

function linesOf(source: string): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const { index, 0: ending } of source.matchAll(/\r\n?|\n/g)) {
    lines.push({ start, text: asParsed(source.slice(start, index)) });
    start = index + ending.length;
  }
  lines.push({ start, text: asParsed(source.slice(start)) });
  return lines;
}

/** Replaces NUL as the parser does, by a character of the same length. */
function asParsed(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}

/** Maps an offset in an inline text to the source. Returns undefined if that is impossible. */
type ToSource = (offset: number) => number | undefined;

/**
 * Maps offsets of a paragraph or heading. `content` has no markers of lists, quotations and headings. The returned
 * function must be called with increasing offsets.
 */
function offsetsInLines(content: string, first: number, lines: readonly Line[]): ToSource {
  const texts = content.split("\n");
  let index = -1;
  let start = 0;
  let end = -1;
  let shift: number | undefined;
  return (offset) => {
    while (end < offset) {
      index += 1;
      start = end + 1;
      end = start + (texts[index]?.length ?? offset);
      shift = undefined;
    }
    shift ??= shiftOf(texts[index] ?? "", lines[first + index]) - start;
    return Number.isNaN(shift) ? undefined : offset + shift;
  };
}

/** Returns the difference between offsets in the source and in a line's text, or NaN. */
function shiftOf(text: string, line: Line | undefined): number {
  const at = line?.text.indexOf(text.trim()) ?? -1;
  // The parser may have replaced leading tabs by spaces.
  const indent = text.length - text.trimStart().length;
  return line === undefined || at < 0 ? Number.NaN : line.start + at - indent;
}

interface Row {
  readonly line: number;
  /** The search for the next cell starts here. */
  column: number;
}

/** Maps offsets of a table cell, in which the parser has replaced `\|` by `|`. Moves `row` behind the cell. */
function offsetsInCell(content: string, row: Row, lines: readonly Line[]): ToSource {
  const line = lines[row.line];
  const written = content.replaceAll("|", "\\|");
  const at = line?.text.indexOf(written, row.column) ?? -1;
  if (line === undefined || at < 0) return () => undefined;
  row.column = at + written.length;
  let counted = 0;
  let bars = 0;
  return (offset) => {
    for (; counted < offset; counted += 1) if (content[counted] === "|") bars += 1;
    return line.start + at + offset + bars;
  };
}
