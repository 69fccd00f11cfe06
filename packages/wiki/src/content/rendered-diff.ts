import type { MarkdownBlock } from "./article.ts";
import { DISPLAYED_DIFF_LIMITS, DiffBudget } from "./diff-budget.ts";
import { VOID_ELEMENTS } from "./html/html-policy.ts";
import {
  appearanceOf,
  elementOf,
  FormattingIds,
  type HtmlToken,
  isInline,
  tokenizeHtml,
  withoutIds,
} from "./html-tokens.ts";
import { semanticCleanup } from "./semantic-cleanup.ts";
import { type AlignedRange, alignSequences } from "./sequence-alignment.ts";
import { type Candidate, similarRows } from "./similarity-pairing.ts";

export interface RenderedChange {
  /** `changed`: the new block, with added words in `<ins>` and removed words in `<del>`. */
  readonly op: "equal" | "insert" | "delete" | "changed";
  /** As safe as the blocks. Deleted blocks have no ids, so that all ids are unique. */
  readonly html: string;
}

/** A row of two rendered pages side by side, as safe as their blocks. Old blocks have no ids, so that all ids are unique. */
export interface RenderedRow {
  readonly changed: boolean;
  /** The old block with removed words in `<del>`; null if there is none. */
  readonly before: string | null;
  /** The new block with added words in `<ins>`; null if there is none. */
  readonly after: string | null;
  /** True if the changed words are marked. False for unchanged blocks and blocks added or removed as a whole. */
  readonly marked: boolean;
}

type Block = Pick<MarkdownBlock, "html">;

/** Longer blocks are not compared by word. In UTF-16 code units of HTML. */
const MAX_COMPARED_BLOCK = 1_000_000;

/**
 * Compares two rendered pages by block, and similar blocks of the same element by word.
 *
 * The equal, inserted and changed blocks are the new page: without the `<del>` elements and the `<ins>` tags they are
 * exactly its HTML. A block is deleted and inserted as a whole if its change cannot be marked.
 */
export function renderedDiff(from: readonly Block[], to: readonly Block[]): readonly RenderedChange[] {
  const budget = new DiffBudget(DISPLAYED_DIFF_LIMITS);
  const changes: RenderedChange[] = [];
  for (const { same, before, after } of pairBlocks(from, to, budget)) {
    const html = !same && before && after ? markedChange(before.tokens, after.tokens, budget) : undefined;
    if (same && after) changes.push({ op: "equal", html: after.html });
    else if (html !== undefined) changes.push({ op: "changed", html });
    else {
      if (before) changes.push({ op: "delete", html: withoutIds(before.html) });
      if (after) changes.push({ op: "insert", html: after.html });
    }
  }
  return changes;
}

/**
 * Compares two rendered pages side by side. Equal and similar blocks share a row. Without the `<del>` and `<ins>` tags,
 * the sides are the HTML of the two pages, apart from the ids of the old one.
 */
export function renderedDiffRows(from: readonly Block[], to: readonly Block[]): readonly RenderedRow[] {
  const budget = new DiffBudget(DISPLAYED_DIFF_LIMITS);
  return pairBlocks(from, to, budget).map(({ same, before, after }) => {
    const sides = !same && before && after ? markedSides(before.tokens, after.tokens, budget) : undefined;
    return {
      changed: !same,
      before: before === undefined ? null : withoutIds(sides?.before ?? before.html),
      after: after === undefined ? null : (sides?.after ?? after.html),
      marked: sides !== undefined,
    };
  });
}

/** An old block and the equal or similar new one, or a single block without a counterpart. */
interface BlockPair {
  readonly same: boolean;
  readonly before: TokenizedBlock | undefined;
  readonly after: TokenizedBlock | undefined;
}

function pairBlocks(from: readonly Block[], to: readonly Block[], budget: DiffBudget): readonly BlockPair[] {
  const formatting = new FormattingIds();
  const before = from.map((block) => tokenizeBlock(block, formatting));
  const after = to.map((block) => tokenizeBlock(block, formatting));
  const pairs: BlockPair[] = [];
  for (const range of alignSequences(before.map(keyOf), after.map(keyOf), budget)) {
    const olds = before.slice(range.baseStart, range.baseEnd);
    const news = after.slice(range.resultStart, range.resultEnd);
    if (range.same) {
      for (const [index, after] of news.entries()) pairs.push({ same: true, before: olds[index], after });
    } else {
      for (const [old, now] of similarRows(olds, news, budget)) {
        pairs.push({ same: false, before: olds[old ?? -1], after: news[now ?? -1] });
      }
    }
  }
  return pairs;
}

interface TokenizedBlock extends Candidate {
  readonly html: string;
  /** Empty if the block is too long. */
  readonly tokens: readonly HtmlToken[];
  /** Equal for blocks that look the same to readers. */
  readonly key: string;
}

function tokenizeBlock({ html }: Block, formatting: FormattingIds): TokenizedBlock {
  const kind = elementOf(html.trimStart());
  if (html.length > MAX_COMPARED_BLOCK) return { html, kind, words: [], tokens: [], key: html };
  const tokens = tokenizeHtml(html, formatting);
  const words = tokens.filter(({ role, html }) => role === "word" && !/^\s/.test(html));
  const visible = tokens.filter(({ role }) => role !== "layout");
  return {
    html,
    kind,
    tokens,
    words: words.map(({ element, html }) => element || html),
    key: visible.map(({ role, html, key }) => (role === "word" ? key : appearanceOf(html))).join("\0"),
  };
}

const keyOf = ({ key }: TokenizedBlock) => key;

/** Returns the new block with its changes marked, or undefined if they cannot be marked. */
function markedChange(
  before: readonly HtmlToken[],
  after: readonly HtmlToken[],
  budget: DiffBudget,
): string | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const marked = new MarkedBlockBuilder();
  for (const range of alignTokens(before, after, budget)) {
    const news = after.slice(range.resultStart, range.resultEnd);
    if (range.same) marked.keep(news);
    else {
      marked.delete(before.slice(range.baseStart, range.baseEnd));
      marked.insert(news);
    }
  }
  return marked.html();
}

/** Returns both blocks with their changes marked, or undefined if no word changed. */
function markedSides(
  before: readonly HtmlToken[],
  after: readonly HtmlToken[],
  budget: DiffBudget,
): { readonly before: string; readonly after: string } | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const [removed, added]: [string[], string[]] = [[], []];
  let isMarked = false;
  for (const range of alignTokens(before, after, budget)) {
    const olds = before.slice(range.baseStart, range.baseEnd);
    const news = after.slice(range.resultStart, range.resultEnd);
    if (!range.same && [...olds, ...news].some(({ role }) => role === "word")) isMarked = true;
    removed.push(range.same ? htmlOf(olds) : markedWords(olds, "del"));
    added.push(range.same ? htmlOf(news) : markedWords(news, "ins"));
  }
  return isMarked ? { before: removed.join(""), after: added.join("") } : undefined;
}

function htmlOf(tokens: readonly HtmlToken[]): string {
  return tokens.map(({ html }) => html).join("");
}

/** Returns the HTML of tokens with each run of words in one mark. */
function markedWords(tokens: readonly HtmlToken[], mark: "del" | "ins"): string {
  const isWordAt = (index: number) => tokens[index]?.role === "word";
  return tokens
    .map(({ html }, index) => {
      if (!isWordAt(index)) return html;
      const [start, end] = [isWordAt(index - 1) ? "" : `<${mark}>`, isWordAt(index + 1) ? "" : `</${mark}>`];
      return start + html + end;
    })
    .join("");
}

/** Aligns tokens. The semantic cleanup never replaces unchanged tags and images. */
function alignTokens(
  before: readonly HtmlToken[],
  after: readonly HtmlToken[],
  budget: DiffBudget,
): AlignedRange[] {
  const keysOf = (tokens: readonly HtmlToken[]) => tokens.map(({ key }) => key);
  const [oldOffsets, newOffsets] = [wordOffsets(before), wordOffsets(after)];
  const newTokens = ({ resultStart, resultEnd }: AlignedRange) => after.slice(resultStart, resultEnd);
  const lengthOf = (range: AlignedRange) => {
    const { same, baseStart, baseEnd, resultStart, resultEnd } = range;
    const hasMarkup = same && newTokens(range).some(({ role, element }) => role !== "word" || element !== "");
    if (hasMarkup) return Number.POSITIVE_INFINITY;
    return Math.max(
      (oldOffsets[baseEnd] ?? 0) - (oldOffsets[baseStart] ?? 0),
      (newOffsets[resultEnd] ?? 0) - (newOffsets[resultStart] ?? 0),
    );
  };
  const hasWords = (range: AlignedRange) => newTokens(range).some(({ html }) => /[\p{L}\p{N}]/u.test(html));
  return semanticCleanup(alignSequences(keysOf(before), keysOf(after), budget), lengthOf, hasWords);
}

/** Returns the length of the words before each token and before the end. In UTF-16 code units of HTML. */
function wordOffsets(tokens: readonly HtmlToken[]): Float64Array {
  const offsets = new Float64Array(tokens.length + 1);
  tokens.forEach(({ role, html }, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + (role === "word" ? html.length : 0);
  });
  return offsets;
}

function mayContainTextDirectly(element: string): boolean {
  return (
    element !== "" && !VOID_ELEMENTS.has(element) && (isInline(element) || ELEMENTS_WITH_TEXT.has(element))
  );
}

const ELEMENTS_WITH_TEXT = new Set(
  "p li td th dt dd h1 h2 h3 h4 h5 h6 pre summary caption figcaption".split(" "),
);

class MarkedBlockBuilder {
  readonly #html: string[] = [];
  readonly #open: string[] = [];
  /** The index in `#html` where text can be appended to the last closed element that may contain text. */
  #lastTextEnd: number | undefined;
  /** Deleted text to be inserted at the start of the next element that may contain text. */
  #pending = "";
  #marks = 0;

  keep(tokens: readonly HtmlToken[]): void {
    for (const token of tokens) this.#add(token);
  }

  insert(tokens: readonly HtmlToken[]): void {
    tokens.forEach((token, index) => {
      const isWord = token.role === "word";
      const isWordAt = (index: number) => tokens[index]?.role === "word";
      if (isWord && !isWordAt(index - 1)) this.#html.push("<ins>");
      this.#add(token);
      if (isWord && !isWordAt(index + 1)) {
        this.#html.push("</ins>");
        this.#marks++;
      }
    });
  }

  /** Adds deleted text here if the current element may contain text, else to the text before or after. */
  delete(tokens: readonly HtmlToken[]): void {
    const text = deletedText(tokens);
    if (text === "") return;
    if (mayContainTextDirectly(this.#open.at(-1) ?? "")) this.#html.push(asDeleted(text));
    else if (this.#lastTextEnd === undefined) this.#pending += text.replace(/^<br>/, "");
    else this.#html[this.#lastTextEnd] += asDeleted(text.replace(/ ?<br>$/, ""));
    this.#marks++;
  }

  html(): string | undefined {
    return this.#marks === 0 || this.#pending !== "" ? undefined : this.#html.join("");
  }

  #add({ html, role, element, nesting }: HtmlToken): void {
    const mayContainText = role === "tag" && mayContainTextDirectly(element);
    if (mayContainText && nesting < 0) this.#lastTextEnd = this.#html.push("") - 1;
    this.#html.push(html);
    if (nesting < 0) this.#open.pop();
    if (nesting > 0) this.#open.push(element);
    if (mayContainText && nesting > 0 && this.#pending !== "") {
      this.#html.push(asDeleted(this.#pending));
      this.#pending = "";
    }
  }
}

function asDeleted(text: string): string {
  return `<del>${text}</del>`;
}

/** Returns the words of tokens, with a line break at block boundaries, or an empty string if there are none. */
function deletedText(tokens: readonly HtmlToken[]): string {
  let text = "";
  let words = 0;
  for (const { html, role, element } of tokens) {
    if (role === "word") {
      // Unlike text, a checkbox is not allowed in all these elements.
      text += element === "input" ? (html.includes(" checked=") ? "☑" : "☐") : withoutIds(html);
      words++;
    } else if (element === "td" || element === "th") {
      text += text === "" || /(?: |<br>)$/.test(text.slice(-4)) ? "" : " ";
    } else if (role === "tag" && !isInline(element)) {
      text += text.endsWith("<br>") ? "" : "<br>";
    }
  }
  return words === 0 ? "" : text;
}
