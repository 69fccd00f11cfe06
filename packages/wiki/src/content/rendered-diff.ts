import { withoutCoincidences } from "./alignment.ts";
import type { MarkdownBlock } from "./markdown.ts";
import { type Candidate, pairAlike } from "./pairing.ts";
import {
  elementOf,
  isInLine,
  type RenderedPiece,
  readRendered,
  Surroundings,
  withoutIds,
} from "./rendered-words.ts";
import { type AlignedRange, alignSequences, PASSING_EFFORT, SearchBudget } from "./sequence-alignment.ts";

export interface RenderedChange {
  /** `changed`: the new block, what came within `<ins>` and what went within `<del>`. */
  readonly op: "equal" | "insert" | "delete" | "changed";
  /** As safe as the blocks' own. No id is in it twice: deleted blocks have none. */
  readonly html: string;
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
  const surroundings = new Surroundings();
  const budget = new SearchBudget(PASSING_EFFORT);
  const before = from.map((block) => readBlock(block, surroundings));
  const after = to.map((block) => readBlock(block, surroundings));
  const changes: RenderedChange[] = [];
  for (const range of alignSequences(before.map(lookOf), after.map(lookOf), budget)) {
    const olds = before.slice(range.baseStart, range.baseEnd);
    const news = after.slice(range.resultStart, range.resultEnd);
    if (range.same) for (const { html } of news) changes.push({ op: "equal", html });
    else pushReplaced(changes, olds, news, budget);
  }
  return changes;
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
  changes: RenderedChange[],
  before: readonly ReadBlock[],
  after: readonly ReadBlock[],
  budget: SearchBudget,
): void {
  let old = 0;
  let now = 0;
  const pairs = pairAlike(before, after, budget);
  for (const [oldPaired, nowPaired] of [...pairs, [before.length, after.length] as const]) {
    for (const { html } of before.slice(old, oldPaired)) changes.push(deleted(html));
    for (const { html } of after.slice(now, nowPaired)) changes.push({ op: "insert", html });
    const [one, other] = [before[oldPaired], after[nowPaired]];
    if (one && other) {
      const html = markedChange(one.pieces, other.pieces, budget);
      if (html === undefined) changes.push(deleted(one.html), { op: "insert", html: other.html });
      else changes.push({ op: "changed", html });
    }
    old = oldPaired + 1;
    now = nowPaired + 1;
  }
}

function deleted(html: string): RenderedChange {
  return { op: "delete", html: withoutIds(html) };
}

/** The new block with its changes marked, or undefined if they cannot be, or nothing of it would be marked. */
function markedChange(
  before: readonly RenderedPiece[],
  after: readonly RenderedPiece[],
  budget: SearchBudget,
): string | undefined {
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

/** As in the source, words are not kept by coincidence; tags and pictures are none. */
function alignedPieces(
  before: readonly RenderedPiece[],
  after: readonly RenderedPiece[],
  budget: SearchBudget,
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
  return withoutCoincidences(alignSequences(keysOf(before), keysOf(after), budget), lengthOf, hasWords);
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
