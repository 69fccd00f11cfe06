import createMarkdown, { type Token } from "markdown-it";
import { codeText } from "../code-highlighting.ts";
import { dialect } from "../dialect/dialect.ts";
import { frontMatterText } from "../dialect/front-matter.ts";
import { MATH_BLOCK } from "../dialect/math.ts";
import { fastParsing } from "../fast-parsing.ts";
import { inlineText } from "../heading-ids.ts";
import { readAuthorHtml } from "../html/author-html.ts";
import { MAX_MARKDOWN_UNITS } from "../markdown-parser.ts";
import type { PageWords } from "./match.ts";
import { wordListOf } from "./words.ts";

/**
 * Returns the text that readers see: without Markdown syntax and link targets, with code and alternative texts of
 * images. Returns the source of a body that is too long to be rendered.
 */
export function readableText(body: string): string {
  return body.length > MAX_MARKDOWN_UNITS ? body : markdown.parse(body, {}).map(textOfBlock).join("").trim();
}

const markdown = createMarkdown().use(dialect).use(fastParsing);

function textOfBlock(token: Token): string {
  if (token.type === "inline") return `${inlineText(token)}\n`;
  if (token.type === "front_matter") return frontMatterText(token);
  if (token.type === "html_block") {
    const { text } = readAuthorHtml(token.content);
    return text === "" ? "" : `${text}\n`;
  }
  if (token.type === MATH_BLOCK) return token.content;
  return token.type === "fence" || token.type === "code_block" ? codeText(token) : "";
}

/**
 * The limit of the distinct words that are indexed for a page. PostgreSQL accepts at most 1 MiB per `tsvector`
 * (https://www.postgresql.org/docs/current/textsearch-limitations.html).
 */
export const MAX_VOCABULARY_BYTES = 1_000_000;
/** The overhead of a word in the index: its length and a few positions. */
export const BYTES_PER_WORD = 12;

export class VocabularyLimit {
  readonly vocabulary: Set<string> = new Set();
  #bytes = 0;

  /** Returns false for the word that exceeds the limit, and for all new words after it. */
  accepts(word: string): boolean {
    if (this.vocabulary.has(word)) return true;
    this.#bytes += Buffer.byteLength(word) + BYTES_PER_WORD;
    if (this.#bytes > MAX_VOCABULARY_BYTES) return false;
    this.vocabulary.add(word);
    return true;
  }
}

/** Returns the indexed words of a page. They end before the word that exceeds the vocabulary limit. */
export function pageWords(title: string, text: string): PageWords {
  const limit = new VocabularyLimit();
  const acceptedWords = (source: string) => {
    const words = wordListOf(source);
    const beyond = words.findIndex((word) => !limit.accepts(word));
    return beyond === -1 ? words : words.slice(0, beyond);
  };
  return { title: acceptedWords(title), text: acceptedWords(text) };
}
