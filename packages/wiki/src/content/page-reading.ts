import createMarkdown, { type Env, type Token } from "markdown-it";
import { namedAnchors, textOf } from "./heading-ids.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown.ts";
import type { PageWords } from "./search/match.ts";
import { BYTES_BESIDE_A_WORD, MAX_VOCABULARY_BYTES, pageWords } from "./search/page-text.ts";
import { wordsOf } from "./search/words.ts";
import { type PageLink, pageLinkOf, wikiLinks } from "./wiki-links.ts";

/** What a link may mean, the likeliest first. */
export type LinkedSlugs = PageLink["slugs"];

/** A part of a page that means the same wherever it stands: the title, a paragraph, a heading, a cell, some code. */
export interface PagePart {
  /** What a reader sees of it. */
  readonly text: string;
  /** Where it leads to, in order. */
  readonly links: readonly LinkedSlugs[];
  /** In order, without the bound that the vocabulary of a whole page has. */
  readonly words: readonly string[];
  /** At most so much of that bound is taken by its words. */
  readonly vocabularyBytes: number;
}

/** What a page says to readers, and where it leads. */
export interface PageReading {
  /** The title first. Parts that were remembered are the same objects as before. */
  readonly parts: readonly PagePart[];
  /** As `readableText` has it. */
  readonly text: string;
  /** Whether all words of the parts are words by which the page is found. */
  readonly wordsAreAll: boolean;
  /** As `pageWords` has them. */
  words(): PageWords;
  /** What each link of the body may mean, the likeliest first, and each of these once. */
  links(): readonly LinkedSlugs[];
}

const MOST_BYTES_OF_A_UNIT = 3;

/** Parts are remembered up to so many UTF-16 code units of source, each of which takes some 20 bytes. */
const REMEMBERED_UNITS = 1_000_000;

/**
 * Reads pages: their words and their links in one go, and a part that it has read lately only once. Versions of a
 * page differ in little, so that most of a version is remembered from the one before.
 */
export class PageReader {
  /** By their source; what was not asked for while the one was filled is gone with the other. */
  #recent = new Map<string, PagePart>();
  #earlier = new Map<string, PagePart>();
  #recentUnits = 0;

  read(title: string, body: string): PageReading {
    const titlePart = this.#part(`c${title}`, plainPart);
    if (body.length > MAX_MARKDOWN_UNITS) return new Reading(title, titlePart, [plainPart(body)], body);
    const parts = this.#partsOf(body);
    const text = parts.map((part) => part.text).join("");
    return new Reading(title, titlePart, parts, text.trim());
  }

  #partsOf(body: string): PagePart[] {
    const env: Env = {};
    const parts: PagePart[] = [];
    let references: string | undefined;
    for (const token of markdown.parse(body, env)) {
      const { type, content } = token;
      if (type === "fence" || type === "code_block") {
        parts.push(this.#part(`c${content}`, plainPart));
      } else if (type === "inline" && env.references !== undefined && content.includes("[")) {
        references ??= JSON.stringify(env.references);
        // What it means depends on what is defined elsewhere in the page.
        parts.push(this.#part(`i${references}\n${content}`, () => inlinePart(content, env)));
      } else if (type === "inline") {
        parts.push(this.#part(`i${content}`, (source) => inlinePart(source, {})));
      }
    }
    return parts;
  }

  #part(key: string, read: (source: string) => PagePart): PagePart {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    // A copy, for a part of a string keeps the whole of it in memory.
    const copy = Buffer.from(key, "utf16le").toString("utf16le");
    const part = this.#earlier.get(key) ?? read(copy.slice(1));
    this.#recentUnits += key.length;
    if (this.#recentUnits > REMEMBERED_UNITS / 2) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#recentUnits = key.length;
    }
    this.#recent.set(copy, part);
    return part;
  }
}

const markdown = createMarkdown({ html: false }).use(wikiLinks).use(namedAnchors);
// Inline text is read part by part; joining its pieces makes no difference to what they say together.
markdown.core.ruler.disable(["inline", "text_join"]);

function inlinePart(content: string, env: Env): PagePart {
  const children: Token[] = [];
  markdown.inline.parse(content, markdown, env, children);
  const links = children.flatMap((child) => {
    const link = child.type === "link_open" ? pageLinkOf(child) : undefined;
    return link === undefined ? [] : [link.slugs];
  });
  return new Part(`${textOf({ children } as Token)}\n`, links);
}

function plainPart(content: string): PagePart {
  return new Part(content, []);
}

class Part implements PagePart {
  readonly text: string;
  readonly links: readonly LinkedSlugs[];
  #words: readonly string[] | undefined;
  #vocabularyBytes = 0;

  constructor(text: string, links: readonly LinkedSlugs[]) {
    this.text = text;
    this.links = links;
  }

  get words(): readonly string[] {
    if (this.#words !== undefined) return this.#words;
    const words: string[] = [];
    for (const { word } of wordsOf(this.text)) {
      words.push(word);
      this.#vocabularyBytes += MOST_BYTES_OF_A_UNIT * word.length + BYTES_BESIDE_A_WORD;
    }
    this.#words = words;
    return words;
  }

  get vocabularyBytes(): number {
    return this.words.length === 0 ? 0 : this.#vocabularyBytes;
  }
}

class Reading implements PageReading {
  readonly parts: readonly PagePart[];
  readonly text: string;
  readonly #title: string;

  constructor(title: string, titlePart: PagePart, bodyParts: readonly PagePart[], text: string) {
    this.#title = title;
    this.parts = [titlePart, ...bodyParts];
    this.text = text;
  }

  get wordsAreAll(): boolean {
    let bytes = 0;
    for (const part of this.parts) bytes += part.vocabularyBytes;
    return bytes <= MAX_VOCABULARY_BYTES;
  }

  words(): PageWords {
    if (!this.wordsAreAll) return pageWords(this.#title, this.text);
    const [title, ...body] = this.parts;
    return { title: title?.words ?? [], text: body.flatMap(({ words }) => words) };
  }

  links(): readonly LinkedSlugs[] {
    const links = new Map<string, LinkedSlugs>();
    for (const part of this.parts) {
      for (const slugs of part.links) links.set(slugs.join("\n"), slugs);
    }
    return [...links.values()];
  }
}
