import createMarkdown, { type Token } from "markdown-it";
import { namedAnchors, textOf } from "../heading-ids.ts";
import { MAX_MARKDOWN_UNITS } from "../markdown.ts";
import { wikiLinks } from "../wiki-links.ts";
import type { PageWords } from "./match.ts";
import { wordListOf } from "./words.ts";

/**
 * Returns what a reader sees of a body: without the marks of Markdown and the addresses of links, and with the code
 * and the descriptions of images. A body too long to be rendered is shown to readers as its source, and so here.
 */
export function readableText(body: string): string {
  return body.length > MAX_MARKDOWN_UNITS ? body : markdown.parse(body, {}).map(textOfBlock).join("").trim();
}

/** The text as every database can store it: PostgreSQL takes no NUL, and UTF-8 no half of a surrogate pair. */
export function storableText(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, "\ufffd");
}

const markdown = createMarkdown({ html: false }).use(wikiLinks).use(namedAnchors);

function textOfBlock(token: Token): string {
  if (token.type === "inline") return `${textOf(token)}\n`;
  return token.type === "fence" || token.type === "code_block" ? token.content : "";
}

/**
 * As far as this many bytes of different words are indexed, which is all of any text that people wrote. The index of
 * PostgreSQL takes at most 1 MiB a page (https://www.postgresql.org/docs/current/textsearch-limitations.html).
 */
export const MAX_VOCABULARY_BYTES = 1_000_000;
/** What a word takes beside its letters: a length, and the places of a few of its occurrences. */
export const BYTES_BESIDE_A_WORD = 12;

/**
 * The words by which a page is found, from its title and its readable text. They end before the word with which the
 * vocabulary would become too large.
 */
export function pageWords(title: string, text: string): PageWords {
  const vocabulary = new Set<string>();
  let bytes = 0;
  const wordsWithin = (source: string) => {
    const words: string[] = [];
    for (const word of wordListOf(source)) {
      if (!vocabulary.has(word)) {
        bytes += Buffer.byteLength(word) + BYTES_BESIDE_A_WORD;
        if (bytes > MAX_VOCABULARY_BYTES) break;
        vocabulary.add(word);
      }
      words.push(word);
    }
    return words;
  };
  return { title: wordsWithin(title), text: wordsWithin(text) };
}
