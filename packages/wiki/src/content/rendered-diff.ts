import { DISPLAYED_DIFF_LIMITS, DiffBudget } from "./diff-budget.ts";
import type { MarkdownBlock } from "./markdown.ts";
import {
  elementOf,
  isInLine,
  type RenderedPiece,
  readRendered,
  Surroundings,
  withoutIds,
} from "./rendered-words.ts";
import { semanticCleanup } from "./semantic-cleanup.ts";
import { type AlignedRange, alignSequences } from "./sequence-alignment.ts";
import { type Candidate, pairSimilar } from "./similarity-pairing.ts";

export interface RenderedChange {
  /** `changed`: the new block, what came within `<ins>` and what went within `<del>`. */
  readonly op: "equal" | "insert" | "delete" | "changed";
  /** As safe as the blocks' own. No id is in it twice: deleted blocks have none. */
  readonly html: string;
}

/** A row of two rendered pages side by side, each as safe as its blocks. No id is in them twice: those before have none. */
export interface RenderedRow {
  readonly changed: boolean;
  /** The block before, what went within `<del>`; null if there is none. */
  readonly before: string | null;
  /** The block after, what came within `<ins>`; null if there is none. */
  readonly after: string | null;
  /** Whether what changed is marked within the blocks; otherwise each of them came or went whole. */
  readonly marked: boolean;
}

type Block = Pick<MarkdownBlock, "html">;

/** Blocks longer than this are not compared word by word. In UTF-16 code units of HTML. */
const MAX_COMPARED_BLOCK = 1_000_000;

/**
 * What turns a rendered page into another, as its readers see it: block by block, and word by word where a
 * block became another of its kind that resembles it. The equal, inserted and changed blocks are the new
 * page; leaving out each `<del>` with its content and the tags of each `<ins>` gives its HTML exactly. A block
 * whose change cannot be shown within it is deleted and inserted whole.
 */
export function renderedDiff(from: readonly Block[], to: readonly Block[]): readonly RenderedChange[] {
  const budget = new DiffBudget(DISPLAYED_DIFF_LIMITS);
  const changes: RenderedChange[] = [];
  for (const { same, before, after } of pairedBlocks(from, to, budget)) {
    const html = !same && before && after ? markedChange(before.pieces, after.pieces, budget) : undefined;
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
 * The same side by side. Without its `<del>` tags what was before is the old page, and without its `<ins>` tags what
 * is after the new one. Blocks that resemble each other, or are equal, stand in one row.
 */
export function renderedRows(from: readonly Block[], to: readonly Block[]): readonly RenderedRow[] {
  const budget = new DiffBudget(DISPLAYED_DIFF_LIMITS);
  return pairedBlocks(from, to, budget).map(({ same, before, after }) => {
    const sides = !same && before && after ? markedSides(before.pieces, after.pieces, budget) : undefined;
    return {
      changed: !same,
      before: before === undefined ? null : withoutIds(sides?.before ?? before.html),
      after: after === undefined ? null : (sides?.after ?? after.html),
      marked: sides !== undefined,
    };
  });
}

/** A block beside what became of it, which may look the same; one of them where the other has none. */
interface PairOfBlocks {
  readonly same: boolean;
  readonly before: ReadBlock | undefined;
  readonly after: ReadBlock | undefined;
}

/** The blocks of both pages, each in its order. */
function pairedBlocks(
  from: readonly Block[],
  to: readonly Block[],
  budget: DiffBudget,
): readonly PairOfBlocks[] {
  const surroundings = new Surroundings();
  const before = from.map((block) => readBlock(block, surroundings));
  const after = to.map((block) => readBlock(block, surroundings));
  const pairs: PairOfBlocks[] = [];
  for (const range of alignSequences(before.map(lookOf), after.map(lookOf), budget)) {
    const olds = before.slice(range.baseStart, range.baseEnd);
    const news = after.slice(range.resultStart, range.resultEnd);
    if (range.same) {
      for (const [index, now] of news.entries()) pairs.push({ same: true, before: olds[index], after: now });
    } else pushReplaced(pairs, olds, news, budget);
  }
  return pairs;
}

interface ReadBlock extends Candidate {
  readonly html: string;
  /** None if the block is too long. */
  readonly pieces: readonly RenderedPiece[];
  /** Equal for blocks that look the same. */
  readonly look: string;
}

function readBlock({ html }: Block, surroundings: Surroundings): ReadBlock {
  const kind = elementOf(html.trimStart());
  if (html.length > MAX_COMPARED_BLOCK) return { html, kind, words: [], pieces: [], look: html };
  const pieces = readRendered(html, surroundings);
  const words = pieces.filter(({ role, html }) => role === "word" && !/^\s/.test(html));
  const looks = pieces.filter(({ role }) => role !== "layout");
  return {
    html,
    kind,
    pieces,
    words: words.map(({ element, html }) => element || html),
    look: looks.map(({ role, html, key }) => (role === "word" ? key : withoutIds(html))).join("\0"),
  };
}

const lookOf = ({ look }: ReadBlock) => look;

function pushReplaced(
  pairs: PairOfBlocks[],
  before: readonly ReadBlock[],
  after: readonly ReadBlock[],
  budget: DiffBudget,
): void {
  let old = 0;
  let now = 0;
  const ends = [before.length, after.length] as const;
  for (const [oldPaired, nowPaired] of [...pairSimilar(before, after, budget), ends]) {
    for (const one of before.slice(old, oldPaired))
      pairs.push({ same: false, before: one, after: undefined });
    for (const one of after.slice(now, nowPaired)) pairs.push({ same: false, before: undefined, after: one });
    const [one, other] = [before[oldPaired], after[nowPaired]];
    if (one && other) pairs.push({ same: false, before: one, after: other });
    old = oldPaired + 1;
    now = nowPaired + 1;
  }
}

/** The new block with its changes marked, or undefined if they cannot be, or nothing of it would be marked. */
function markedChange(
  before: readonly RenderedPiece[],
  after: readonly RenderedPiece[],
  budget: DiffBudget,
): string | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const marked = new MarkedBlock();
  for (const range of alignedPieces(before, after, budget)) {
    const news = after.slice(range.resultStart, range.resultEnd);
    if (range.same) marked.keep(news);
    else {
      marked.delete(before.slice(range.baseStart, range.baseEnd));
      marked.insert(news);
    }
  }
  return marked.html();
}

/** Both blocks with their changes marked, each with its own; undefined if nothing of them would be marked. */
function markedSides(
  before: readonly RenderedPiece[],
  after: readonly RenderedPiece[],
  budget: DiffBudget,
): { readonly before: string; readonly after: string } | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const [went, came]: [string[], string[]] = [[], []];
  let isMarked = false;
  for (const range of alignedPieces(before, after, budget)) {
    const olds = before.slice(range.baseStart, range.baseEnd);
    const news = after.slice(range.resultStart, range.resultEnd);
    if (!range.same && [...olds, ...news].some(({ role }) => role === "word")) isMarked = true;
    went.push(range.same ? htmlOf(olds) : markedWords(olds, "del"));
    came.push(range.same ? htmlOf(news) : markedWords(news, "ins"));
  }
  return isMarked ? { before: went.join(""), after: came.join("") } : undefined;
}

function htmlOf(pieces: readonly RenderedPiece[]): string {
  return pieces.map(({ html }) => html).join("");
}

/** The HTML of the pieces, with words that stand side by side within one mark. */
function markedWords(pieces: readonly RenderedPiece[], mark: "del" | "ins"): string {
  const isWordAt = (place: number) => pieces[place]?.role === "word";
  return pieces
    .map(({ html }, index) => {
      if (!isWordAt(index)) return html;
      const [start, end] = [isWordAt(index - 1) ? "" : `<${mark}>`, isWordAt(index + 1) ? "" : `</${mark}>`];
      return start + html + end;
    })
    .join("");
}

/** As in the source, words are not kept by coincidence; tags and pictures are none. */
function alignedPieces(
  before: readonly RenderedPiece[],
  after: readonly RenderedPiece[],
  budget: DiffBudget,
): AlignedRange[] {
  const keysOf = (pieces: readonly RenderedPiece[]) => pieces.map(({ key }) => key);
  const [oldOffsets, newOffsets] = [offsetsOf(before), offsetsOf(after)];
  const newPieces = ({ resultStart, resultEnd }: AlignedRange) => after.slice(resultStart, resultEnd);
  const lengthOf = (range: AlignedRange) => {
    const { same, baseStart, baseEnd, resultStart, resultEnd } = range;
    const isMore = same && newPieces(range).some(({ role, element }) => role !== "word" || element !== "");
    if (isMore) return Number.POSITIVE_INFINITY;
    return Math.max(
      (oldOffsets[baseEnd] ?? 0) - (oldOffsets[baseStart] ?? 0),
      (newOffsets[resultEnd] ?? 0) - (newOffsets[resultStart] ?? 0),
    );
  };
  const hasWords = (stretch: AlignedRange) =>
    newPieces(stretch).some(({ html }) => /[\p{L}\p{N}]/u.test(html));
  return semanticCleanup(alignSequences(keysOf(before), keysOf(after), budget), lengthOf, hasWords);
}

/** How much there is to read before each piece, and before the end. In UTF-16 code units of HTML. */
function offsetsOf(pieces: readonly RenderedPiece[]): Float64Array {
  const offsets = new Float64Array(pieces.length + 1);
  pieces.forEach(({ role, html }, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + (role === "word" ? html.length : 0);
  });
  return offsets;
}

/** Elements that text may stand in directly. */
const TEXT_PLACES = new Set("p li td th h1 h2 h3 h4 h5 h6 a em strong s code span pre".split(" "));

/** The HTML of a block as it is put together from what was kept, deleted and inserted. */
class MarkedBlock {
  readonly #html: string[] = [];
  readonly #open: string[] = [];
  /** Index in `#html` of a place for text at the end of the last element that ended and may have some. */
  #lastPlace: number | undefined;
  /** Deleted text that no place was found for yet. */
  #waiting = "";
  #marks = 0;

  keep(pieces: readonly RenderedPiece[]): void {
    for (const piece of pieces) this.#add(piece);
  }

  insert(pieces: readonly RenderedPiece[]): void {
    pieces.forEach((piece, index) => {
      const isWord = piece.role === "word";
      const isWordAt = (place: number) => pieces[place]?.role === "word";
      if (isWord && !isWordAt(index - 1)) this.#html.push("<ins>");
      this.#add(piece);
      if (isWord && !isWordAt(index + 1)) {
        this.#html.push("</ins>");
        this.#marks++;
      }
    });
  }

  /** Where text may not stand, what was deleted stands at the end of the text before, or else of that after. */
  delete(pieces: readonly RenderedPiece[]): void {
    const text = deletedText(pieces);
    if (text === "") return;
    if (TEXT_PLACES.has(this.#open.at(-1) ?? "")) this.#html.push(asDeleted(text));
    else if (this.#lastPlace === undefined) this.#waiting += text.replace(/^<br>/, "");
    else this.#html[this.#lastPlace] += asDeleted(text.replace(/ ?<br>$/, ""));
    this.#marks++;
  }

  html(): string | undefined {
    return this.#marks === 0 || this.#waiting !== "" ? undefined : this.#html.join("");
  }

  #add({ html, role, element, nesting }: RenderedPiece): void {
    const isPlace = role === "tag" && TEXT_PLACES.has(element);
    if (isPlace && nesting < 0) this.#lastPlace = this.#html.push("") - 1;
    this.#html.push(html);
    if (nesting < 0) this.#open.pop();
    if (nesting > 0) this.#open.push(element);
    if (isPlace && nesting > 0 && this.#waiting !== "") {
      this.#html.push(asDeleted(this.#waiting));
      this.#waiting = "";
    }
  }
}

function asDeleted(text: string): string {
  return `<del>${text}</del>`;
}

/** The words among the pieces, with a line break where a block ended or began; empty if there are none. */
function deletedText(pieces: readonly RenderedPiece[]): string {
  let text = "";
  let words = 0;
  for (const { html, role, element } of pieces) {
    if (role === "word") {
      // A checkbox may not stand everywhere that text may.
      text += element === "input" ? (html.includes(" checked=") ? "☑" : "☐") : html;
      words++;
    } else if (element === "td" || element === "th") {
      text += text === "" || /(?: |<br>)$/.test(text.slice(-4)) ? "" : " ";
    } else if (role === "tag" && !isInLine(element)) {
      text += text.endsWith("<br>") ? "" : "<br>";
    }
  }
  return words === 0 ? "" : text;
}
