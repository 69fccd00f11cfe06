import createMarkdown, { type Env, type Token } from "markdown-it";
import { dialect } from "./dialect/dialect.ts";
import { footnoteLabels } from "./dialect/footnotes.ts";
import { fastParsing } from "./fast-parsing.ts";
import { inlineText } from "./heading-ids.ts";
import { readAuthorHtml } from "./html/author-html.ts";
import { joinedWordsOf } from "./search/joined-words.ts";
import { BYTES_PER_WORD } from "./search/page-text.ts";
import { type UnresolvedLink, unresolvedLinkFrom, unresolvedLinkOf } from "./wiki-links.ts";

/** A part of a page, such as its title, a heading, a line of a paragraph or code. No word spans two parts. */
export interface PagePart {
  /** Parts with equal keys have the same text and links. */
  readonly key: string;
  readonly text: string;
  /** In order; relative links are not resolved. */
  readonly links: readonly UnresolvedLink[];
  /**
   * All words, in order, joined by spaces: a list takes several times the memory. The vocabulary limit of a page
   * (`search/page-text.ts`) is applied later.
   */
  readonly joinedWords: string;
  /** An upper bound of the bytes that count towards the vocabulary limit. */
  readonly vocabularyBytes: number;
}

/** Returns the part for text without Markdown. */
export function plainPart(text: string): PagePart {
  return new Part(`t${text}`, { text });
}

/** Parses only the blocks of Markdown. `PartParser` parses their inline content. */
export const markdownBlocks = createMarkdown().use(dialect).use(fastParsing);
// Joining adjacent text tokens would not change their text.
markdownBlocks.core.ruler.disable(["inline", "text_join"]);

/** Parses inline content in which bare URLs are links, as on rendered pages. */
const linkified = createMarkdown({ linkify: true }).use(dialect).use(fastParsing);
linkified.linkify.set({ fuzzyLink: false });
linkified.core.ruler.enableOnly(["block", "inline", "linkify"]);

/** Parses the parts of a page. Reuses parts of a previous version with the same key. */
export class PartParser {
  readonly #previous: ReadonlyMap<string, PagePart>;
  readonly #origin: string | undefined;

  /** @param origin the public origin of the wiki, which must not differ from that of the previous version */
  constructor(previous: readonly PagePart[], origin?: string) {
    this.#previous = new Map(previous.map((part) => [part.key, part]));
    this.#origin = origin;
  }

  plainPart(text: string): PagePart {
    return this.#simplePart("t", text);
  }

  /**
   * Parses the content of a paragraph, a heading or a table cell. Each unformatted line before the first or after the
   * last formatted one becomes a part, because formatting cannot reach it.
   */
  inlineParts(content: string, env: Env): readonly PagePart[] {
    const lines = content.split("\n");
    const syntax = content.includes("](") ? SYNTAX_AND_LINK_TARGETS : SYNTAX;
    const first = syntax.test(content) ? lines.findIndex((line) => syntax.test(line)) : -1;
    const last = first === -1 ? -1 : lines.findLastIndex((line) => syntax.test(line));
    if (lines.length === 1 || (first === 0 && last === lines.length - 1) || content !== content.trim()) {
      return [this.#formattedPart(content, env)];
    }
    const [from, to] = first === -1 ? [lines.length, lines.length] : [first, last + 1];
    const parse = (line: string, index: number) =>
      index === lines.length - 1 ? this.#lastLinePart(line) : this.linePart(line);
    const before = lines.slice(0, from).map(parse);
    if (first === -1) return before;
    const after = lines.slice(to).map((line, index) => parse(line, to + index));
    const middle = this.#formattedLinesPart(
      lines.slice(from, to).join("\n"),
      env,
      from === 0,
      to === lines.length,
    );
    return middle === undefined ? [this.#formattedPart(content, env)] : [...before, middle, ...after];
  }

  /** Parses an unformatted line. Removes leading white space. Trailing spaces and the line ending become one space. */
  linePart(line: string): PagePart {
    return this.#simplePart("l", `${trimLine(line)} `);
  }

  /** Parses HTML in the body that is a block. */
  htmlPart(html: string): PagePart {
    const key = copyOf("h", html);
    return this.#reuseOrParse(key, () => {
      const { text, addresses } = readAuthorHtml(html);
      const links = addresses.map((address) => unresolvedLinkFrom(address, this.#origin));
      return new Part(key, {
        text: text === "" ? "" : copyOf(text, "\n"),
        links: links.filter((link) => link !== undefined),
      });
    });
  }

  #lastLinePart(line: string): PagePart {
    return this.#simplePart("e", `${trimLine(line)}\n`);
  }

  #simplePart(kind: string, text: string): PagePart {
    const key = copyOf(kind, text);
    return this.#reuseOrParse(key, () => new Part(key));
  }

  #formattedPart(content: string, env: Env): PagePart {
    const key = copyOf("i", ...formattedKey(content, env));
    return this.#reuseOrParse(key, () => {
      const { text, links } = parseInline(content, env, this.#origin);
      return new Part(key, { text: copyOf(text, "\n"), links });
    });
  }

  /**
   * Parses formatted lines between unformatted ones, with a dot in place of the unformatted lines on each side.
   * Returns undefined if they have no text, because then the white space around them depends on the other lines.
   */
  #formattedLinesPart(content: string, env: Env, isFirst: boolean, isLast: boolean): PagePart | undefined {
    const lines = `${isFirst ? "" : ".\n"}${content}${isLast ? "" : "\n."}`;
    const key = copyOf("b", ...formattedKey(lines, env));
    const part = this.#reuseOrParse(key, () => {
      const { text, links } = parseInline(lines, env, this.#origin);
      const innerText = text.slice(isFirst ? 0 : 2, isLast ? undefined : -1);
      return new Part(key, { text: copyOf(innerText, isLast ? "\n" : ""), links });
    });
    return part.text.trim() === "" ? undefined : part;
  }

  #reuseOrParse(key: string, parse: () => PagePart): PagePart {
    return (this.#previous.size === 0 ? undefined : this.#previous.get(key)) ?? parse();
  }
}

/** Characters of Markdown syntax, and the slashes of a bare URL. */
const SYNTAX = /[$&*<>[\]\\^_`~]|\/\/|==|:[a-z0-9_+-]+:/;
/** A link target or title may continue on the next line. The line where it ends has one of these characters. */
const SYNTAX_AND_LINK_TARGETS = /[$&*<>[\]\\^_`~()"']|\/\/|==|:[a-z0-9_+-]+:/;

/** Returns true if the lines have no Markdown syntax. If all lines of a paragraph have none, each line is a part. */
export function isUnformatted(lines: string): boolean {
  return !SYNTAX.test(lines);
}

function trimLine(line: string): string {
  let [start, end] = [0, line.length];
  while (line[start] === " " || line[start] === "\t") start += 1;
  while (end > start && line[end - 1] === " ") end -= 1;
  return line.slice(start, end);
}

/** The key of formatted content includes the link references and the footnotes that it may use. */
function formattedKey(content: string, env: Env): readonly string[] {
  const { references } = env;
  const mayRefer = references !== undefined && content.includes("[");
  return [
    mayRefer ? JSON.stringify(references) : "",
    "\n",
    footnoteLabels(content, env).join(" "),
    "\n",
    content,
  ];
}

/** Returns a new string. A slice would keep the whole body in memory, and a concatenation its parts. */
function copyOf(...texts: readonly string[]): string {
  return texts.join("");
}

function parseInline(
  content: string,
  env: Env,
  origin: string | undefined,
): { readonly text: string; readonly links: readonly UnresolvedLink[] } {
  const children: Token[] = [];
  markdownBlocks.inline.parse(content, markdownBlocks, env, children);
  // Only content with a URL is parsed a second time, for bare URLs of this wiki.
  const tokens =
    origin !== undefined && content.includes("//") ? linkified.parseInline(content, env) : [{ children }];
  const links = tokens
    .flatMap((token) => token.children ?? [])
    .flatMap((child) => linksOf(child, origin))
    .filter((link) => link !== undefined);
  return { text: inlineText({ children } as Token), links };
}

function linksOf(child: Token, origin: string | undefined): readonly (UnresolvedLink | undefined)[] {
  if (child.type === "link_open") return [unresolvedLinkOf(child, origin)];
  if (child.type !== "html_inline" || !/^<a\b/i.test(child.content)) return [];
  return readAuthorHtml(child.content).addresses.map((address) => unresolvedLinkFrom(address, origin));
}

/** The most bytes that UTF-8 needs for a UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

const NO_LINKS: readonly UnresolvedLink[] = [];

/** Pages have hundreds of parts, and thousands of pages are cached, so a part has each text once. */
class Part implements PagePart {
  readonly key: string;
  readonly links: readonly UnresolvedLink[];
  readonly #text: string | undefined;
  #joinedWords: string | undefined;
  #vocabularyBytes = 0;

  /** @param text by default the key without its first character */
  constructor(
    key: string,
    { text, links = NO_LINKS }: { readonly text?: string; readonly links?: readonly UnresolvedLink[] } = {},
  ) {
    this.key = key;
    this.#text = text;
    this.links = links.length === 0 ? NO_LINKS : links;
  }

  get text(): string {
    return this.#text ?? this.key.slice(1);
  }

  get joinedWords(): string {
    if (this.#joinedWords !== undefined) return this.#joinedWords;
    const { joined, count } = joinedWordsOf(this.text);
    this.#joinedWords = joined;
    this.#vocabularyBytes = MAX_BYTES_PER_UNIT * joined.length + BYTES_PER_WORD * count;
    return joined;
  }

  get vocabularyBytes(): number {
    return this.joinedWords === "" ? 0 : this.#vocabularyBytes;
  }
}
