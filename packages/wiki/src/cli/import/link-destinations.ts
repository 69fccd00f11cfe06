import createMarkdown, { type Env, type StateInline } from "markdown-it";
import { namedAnchors } from "../../content/heading-ids.ts";
import { wikiLinks } from "../../content/wiki-links.ts";

/** Where a link, an image or a reference definition leads, and the place in the source that says so. */
export interface LinkDestination {
  readonly kind: "link" | "image" | "definition";
  /** The text from `start` to `end` is the destination as written, with its angle brackets if it has them. */
  readonly start: number;
  readonly end: number;
  /** What it means, without angle brackets and escapes. */
  readonly destination: string;
}

/** Returns the destinations in Markdown, in order of place. What is in code is none. */
export function linkDestinations(source: string): LinkDestination[] {
  const lines = linesOf(source);
  const page: Page = {};
  const found: LinkDestination[] = [];
  let row: Row = { line: 0, column: 0 };
  for (const token of markdown.parse(source, page)) {
    if (token.type === "tr_open") row = { line: token.map?.[0] ?? 0, column: 0 };
    if (token.type === "reference_definition" && token.map) found.push(...ofDefinition(token.map, lines));
    if (token.type !== "inline") continue;
    const placeOf = token.map
      ? placesInLines(token.content, token.map[0], lines)
      : placesInCell(token.content, row, lines);
    for (const link of ofInline(token.content, page)) {
      const start = placeOf(link.start);
      const end = placeOf(link.end);
      if (start !== undefined && end !== undefined) found.push({ ...link, start, end });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Returns `source` with each destination replaced for which `replacement` gives a text that can stand there. */
export function replaceDestinations(
  source: string,
  replacement: (link: LinkDestination) => string | undefined,
): string {
  const parts: string[] = [];
  let at = 0;
  for (const link of linkDestinations(source)) {
    const text = replacement(link);
    if (text === undefined) continue;
    parts.push(source.slice(at, link.start), text);
    at = link.end;
  }
  return parts.join("") + source.slice(at);
}

/** What the parser carries through one text: the definitions it met, and the destinations of an inline part. */
interface Page extends Env {
  inline?: { readonly text: string; readonly found: LinkDestination[] };
}

// The same grammar as that of pages, but inline parts are parsed one by one, so as to know where they stand.
const markdown = createMarkdown({ html: false }).use(wikiLinks).use(namedAnchors);
markdown.core.ruler.enableOnly(["normalize", "block"]);
// It takes nothing: the parser's own rules for links and images come right after it.
markdown.inline.ruler.before("link", "link_destination", (state, silent) => {
  const { text, found } = (state.env as Page).inline ?? {};
  // The text beside an image is parsed apart, and shows no links.
  if (silent || state.src !== text || found === undefined) return false;
  const isImage = state.src.startsWith("![", state.pos);
  if (!isImage && state.src[state.pos] !== "[") return false;
  const labelEnd = state.md.helpers.parseLinkLabel(state, isImage ? state.pos + 1 : state.pos, !isImage);
  const place = labelEnd < 0 ? undefined : placeAfterLabel(state, labelEnd);
  if (place !== undefined) found.push({ kind: isImage ? "image" : "link", ...place });
  return false;
});

type Place = Omit<LinkDestination, "kind">;

/** The destination in `](destination "title")`, where `labelEnd` is the place of the `]`. */
function placeAfterLabel({ src, posMax, md }: StateInline, labelEnd: number): Place | undefined {
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
  if (!text.includes("](")) return [];
  const found: LinkDestination[] = [];
  markdown.inline.parse(text, markdown, { ...page, inline: { text, found } }, []);
  return found;
}

// A definition may go on in the next line, behind the marks of the quote that it stands in.
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
  const place = line.start + (before.at(-1)?.length ?? 0);
  return [{ kind: "definition", start: place, end: place + end - start, destination: str }];
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

/** The parser replaces it, by a character of the same length. */
function asParsed(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}

/** From a place in a text to one in the source; undefined where the two cannot be brought together. */
type PlaceOf = (offset: number) => number | undefined;

/**
 * The text of a paragraph or heading: its lines in the source, without what marks lists, quotes and headings. Places are
 * asked for in their order.
 */
function placesInLines(content: string, first: number, lines: readonly Line[]): PlaceOf {
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

/** From a place in a line's text to one in the source. */
function shiftOf(text: string, line: Line | undefined): number {
  const at = line?.text.indexOf(text.trim()) ?? -1;
  // Tabs before the text may have become spaces.
  const indent = text.length - text.trimStart().length;
  return line === undefined || at < 0 ? Number.NaN : line.start + at - indent;
}

/** Where the search for the next cell of a row begins. */
interface Row {
  readonly line: number;
  column: number;
}

/** The text of a table's cell, in which `\|` has become `|`. Moves `row` on behind the cell. */
function placesInCell(content: string, row: Row, lines: readonly Line[]): PlaceOf {
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
