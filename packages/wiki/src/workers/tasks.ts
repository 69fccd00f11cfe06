import { parseArticle } from "../content/article.ts";
import { bodyChange } from "../content/body-change.ts";
import { commonPrefixLength, commonSuffixLength } from "../content/common-ends.ts";
import { lineDiff, textDiff } from "../content/line-diff.ts";
import { mergeTexts, type TextMerge } from "../content/merge.ts";
import { attributedPieces, joinedPieces, type SourcePart } from "../content/rendered-authorship.ts";
import { renderedDiff, renderedDiffRows } from "../content/rendered-diff.ts";
import { matchPage, pageSnippet } from "../content/search/page-match.ts";
import { parseForm, parseJson } from "./parse-body.ts";

/** A computation that may run in a worker thread. Inputs and outputs are plain data, which threads can exchange. */
interface Task<Input, Output> {
  readonly compute: (input: Input) => Output;
  /** Returns whether the computation is so short (at most some 30 ms) that it may run on the event loop. */
  readonly isShort: (input: Input) => boolean;
}

function task<Input, Output>(task: Task<Input, Output>): Task<Input, Output> {
  return task;
}

/** Reading texts of this length, in UTF-16 code units together, takes at most 20 ms. */
const MAX_SHORT_UNITS = 16_000;
/** Comparing parts of this length takes at most 30 ms, also if both repeat the same few lines or words. */
const MAX_COMPARED_UNITS = 3_000;
/** Comparing texts of this length takes at most 30 ms if they hardly differ, even if they are one line each. */
const MAX_READ_UNITS = 100_000;

/** Parsing a request of this size takes at most a few milliseconds. */
export const MAX_SHORT_BODY_BYTES = 64 * 1024;

/** The computations that may run in a worker thread, by name. */
export const TASKS = {
  bodyChange: task({
    compute: ({ body, text }: { readonly body: string; readonly text: string }) => bodyChange(body, text),
    isShort: ({ body, text }) => isShortComparison(body, text),
  }),
  /** Returns what `mergeTexts` returns. Without a conflict there are no pieces, since the change has the whole text. */
  mergeTexts: task({
    compute: ({ base, theirs, yours }: Sides): TextMerge => {
      const { pieces, change } = mergeTexts(base, theirs, yours);
      return change === undefined ? { pieces, change } : { pieces: [], change };
    },
    isShort: ({ base, theirs, yours }) => isShortComparison(base, theirs) && isShortComparison(base, yours),
  }),
  lineDiff: task({
    compute: ({
      from,
      to,
      maxRows,
    }: {
      readonly from: string;
      readonly to: string;
      readonly maxRows: number;
    }) => lineDiff(from, to, { maxRows }),
    isShort: ({ from, to }) => isShortComparison(from, to),
  }),
  /** Returns the parts of `textDiff` as JSON, since there may be hundreds of thousands. */
  textDiffJson: task({
    compute: ({ from, to }: { readonly from: string; readonly to: string }) =>
      JSON.stringify(textDiff(from, to)),
    isShort: ({ from, to }) => isShortComparison(from, to),
  }),
  renderedDiff: task({
    compute: ({ from, to }: Blocks) => renderedDiff(blocksOf(from), blocksOf(to)),
    isShort: areShortBlocks,
  }),
  renderedDiffRows: task({
    compute: ({ from, to }: Blocks) => renderedDiffRows(blocksOf(from), blocksOf(to)),
    isShort: areShortBlocks,
  }),
  attributeBlocks: task({
    compute: ({ blocks, authors }: AuthoredBlocks) =>
      blocks.map(({ html, source }) => {
        const pieces = attributedPieces(html, source, (version) => authors.get(version));
        return pieces && joinedPieces(pieces);
      }),
    isShort: ({ blocks }) =>
      blocks.reduce((sum, { html, source }) => sum + html.length + source.length, 0) <= 2 * MAX_SHORT_UNITS,
  }),
  /** Callers try `parseArticleQuickly` first. */
  parseArticle: task({ compute: parseArticle, isShort: () => false }),
  matchPage: task({ compute: matchPage, isShort: ({ body }) => body.length <= MAX_SHORT_UNITS }),
  pageSnippet: task({ compute: pageSnippet, isShort: ({ body }) => body.length <= MAX_SHORT_UNITS }),
  parseForm: task({ compute: parseForm, isShort: ({ byteLength }) => byteLength <= MAX_SHORT_BODY_BYTES }),
  parseJson: task({ compute: parseJson, isShort: ({ byteLength }) => byteLength <= MAX_SHORT_BODY_BYTES }),
};

/** The HTML of the blocks of two pages. */
interface Blocks {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Rendered blocks with the parts of their source, and the authors of versions. */
interface AuthoredBlocks {
  readonly blocks: readonly { readonly html: string; readonly source: readonly SourcePart[] }[];
  readonly authors: ReadonlyMap<number, unknown>;
}

const blocksOf = (htmls: readonly string[]) => htmls.map((html) => ({ html }));

interface Sides {
  readonly base: string;
  readonly theirs: string;
  readonly yours: string;
}

type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;
export type TaskInput<Name extends TaskName> = Parameters<Tasks[Name]["compute"]>[0];
export type TaskOutput<Name extends TaskName> = ReturnType<Tasks[Name]["compute"]>;

/** HTML is two to three times as long as its Markdown. */
function areShortBlocks({ from, to }: Blocks): boolean {
  return [...from, ...to].reduce((sum, { length }) => sum + length, 0) <= 3 * MAX_COMPARED_UNITS;
}

/** Returns whether a comparison is short: the cost depends on the text between the common start and the common end. */
function isShortComparison(base: string, result: string): boolean {
  const units = base.length + result.length;
  if (units > MAX_READ_UNITS) return false;
  const shorter = Math.min(base.length, result.length);
  const prefix = commonPrefixLength(base, result, shorter);
  const suffix = commonSuffixLength(base, result, shorter - prefix);
  return units - 2 * (prefix + suffix) <= MAX_COMPARED_UNITS;
}
