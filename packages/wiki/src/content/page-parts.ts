import createMarkdown, { type Env, type Token } from "markdown-it";
import { namedAnchors, textOf } from "./heading-ids.ts";
import { BYTES_BESIDE_A_WORD } from "./search/page-text.ts";
import { wordListOf } from "./search/words.ts";
import { type WrittenLink, wikiLinks, writtenLinkOf } from "./wiki-links.ts";

/** A part of a page, such as its title, a heading, a line of a paragraph, some code. It ends where a word ends. */
export interface PagePart {
  /** Parts with the same source say the same. */
  readonly source: string;
  /** What a reader sees of it. */
  readonly text: string;
  /** Where it leads to, in order, whatever page it is on. */
  readonly links: readonly WrittenLink[];
  /** In order, without the bound that the vocabulary of a whole page has. */
  readonly words: readonly string[];
  /** At most so much of that bound is taken by its words. */
  readonly vocabularyBytes: number;
}

/** Reads text that is shown as it is. */
export function plainPart(text: string): PagePart {
  return new Part(`t${text}`, text, []);
}

/** Markdown of which blocks alone are read; for what is in them there is `PartReader`. */
export const markdownBlocks = createMarkdown({ html: false }).use(wikiLinks).use(namedAnchors);
// To join the pieces of inline text makes no difference to what they say together.
markdownBlocks.core.ruler.disable(["inline", "text_join"]);

/** Inline text in which addresses without any mark are links, as they are on pages. */
const linkified = createMarkdown({ html: false, linkify: true }).use(wikiLinks).use(namedAnchors);
linkified.linkify.set({ fuzzyLink: false });
linkified.core.ruler.enableOnly(["block", "inline", "linkify"]);

/** Reads the parts of a page, and those that are known from another version of it not again. */
export class PartReader {
  readonly #known: ReadonlyMap<string, PagePart>;
  readonly #origin: string | undefined;

  /** @param origin under which people know the wiki; the same for all versions */
  constructor(known: readonly PagePart[], origin?: string) {
    this.#known = new Map(known.map((part) => [part.source, part]));
    this.#origin = origin;
  }

  plain(text: string): PagePart {
    return this.#part(`t${text}`, () => plainPart(text));
  }

  /**
   * Reads what is in a paragraph, a heading or a cell. Lines at its beginning and at its end without any mark of
   * Markdown are parts by themselves: nothing that begins or ends elsewhere changes what they say.
   */
  inline(content: string, env: Env): readonly PagePart[] {
    const lines = content.split("\n");
    const isMarked = content.includes("](") ? MARKS_AND_TARGETS : MARKS;
    const first = lines.findIndex((line) => isMarked.test(line));
    const last = lines.findLastIndex((line) => isMarked.test(line));
    if (lines.length === 1 || (first === 0 && last === lines.length - 1) || content !== content.trim()) {
      return [this.#marked(content, env)];
    }
    const [from, to] = first === -1 ? [lines.length, lines.length] : [first, last + 1];
    const read = (line: string, index: number) =>
      index === lines.length - 1 ? this.#lastLine(line) : this.line(line);
    const before = lines.slice(0, from).map(read);
    if (first === -1) return before;
    const after = lines.slice(to).map((line, index) => read(line, to + index));
    const marked = this.#between(lines.slice(from, to).join("\n"), env, from === 0, to === lines.length);
    return marked === undefined ? [this.#marked(content, env)] : [...before, marked, ...after];
  }

  /** A line without marks: of the spaces around it, and the break behind, one space is left. */
  line(line: string): PagePart {
    const source = `l${line}`;
    return this.#part(source, () => new Part(source, `${withoutSpacesAround(line)} `, []));
  }

  #lastLine(line: string): PagePart {
    const source = `e${line}`;
    return this.#part(source, () => new Part(source, `${withoutSpacesAround(line)}\n`, []));
  }

  /** All lines, together. */
  #marked(content: string, env: Env): PagePart {
    const source = `i${inItsPlace(content, env)}`;
    return this.#part(source, () => {
      const { text, links } = inlineText(content, env, this.#origin);
      return new Part(source, `${text}\n`, links);
    });
  }

  /**
   * Lines that have others before or behind them, for which dots stand; undefined where they show nothing, so that
   * spaces around them would have to be told apart.
   */
  #between(content: string, env: Env, isFirst: boolean, isLast: boolean): PagePart | undefined {
    const lines = `${isFirst ? "" : ".\n"}${content}${isLast ? "" : "\n."}`;
    const source = `b${inItsPlace(lines, env)}`;
    const part = this.#part(source, () => {
      const { text, links } = inlineText(lines, env, this.#origin);
      const own = text.slice(isFirst ? 0 : 2, isLast ? undefined : -1);
      return new Part(source, isLast ? `${own}\n` : own, links);
    });
    return part.text.trim() === "" ? undefined : part;
  }

  #part(source: string, read: () => PagePart): PagePart {
    return (this.#known.size === 0 ? undefined : this.#known.get(source)) ?? read();
  }
}

/** Two slashes, too, as an address of this wiki has them. */
const MARKS = /[&*<>[\]\\_`~]|\/\//;
/** The target of a link can go on in the next line, where it ends in one of these. */
const MARKS_AND_TARGETS = /[&*<>[\]\\_`~()"']|\/\//;

/** Whether the lines are parts by themselves, one each, within a paragraph of such lines. */
export function areUnmarked(lines: string): boolean {
  return !MARKS.test(lines);
}

function withoutSpacesAround(line: string): string {
  return line.replace(/^[ \t]+/, "").replace(/(?<! ) +$/, "");
}

/** What a part means depends on what is defined elsewhere in the page, if it may refer to that. */
function inItsPlace(content: string, { references }: Env): string {
  const refers = references !== undefined && content.includes("[");
  return `${refers ? JSON.stringify(references) : ""}\n${content}`;
}

function inlineText(
  content: string,
  env: Env,
  origin: string | undefined,
): { readonly text: string; readonly links: readonly WrittenLink[] } {
  const children: Token[] = [];
  markdownBlocks.inline.parse(content, markdownBlocks, env, children);
  // What is read twice is little: an address with a host, where some of these lead to this wiki.
  const linking =
    origin !== undefined && content.includes("//") ? linkified.parseInline(content, env) : [{ children }];
  const links = linking
    .flatMap((token) => token.children ?? [])
    .map((child) => (child.type === "link_open" ? writtenLinkOf(child, origin) : undefined))
    .filter((link) => link !== undefined);
  return { text: textOf({ children } as Token), links };
}

const MOST_BYTES_OF_A_UNIT = 3;

class Part implements PagePart {
  readonly source: string;
  readonly text: string;
  readonly links: readonly WrittenLink[];
  #words: readonly string[] | undefined;
  #vocabularyBytes = 0;

  constructor(source: string, text: string, links: readonly WrittenLink[]) {
    this.source = source;
    this.text = text;
    this.links = links;
  }

  get words(): readonly string[] {
    if (this.#words !== undefined) return this.#words;
    this.#words = wordListOf(this.text);
    for (const word of this.#words) {
      this.#vocabularyBytes += MOST_BYTES_OF_A_UNIT * word.length + BYTES_BESIDE_A_WORD;
    }
    return this.#words;
  }

  get vocabularyBytes(): number {
    return this.words.length === 0 ? 0 : this.#vocabularyBytes;
  }
}
