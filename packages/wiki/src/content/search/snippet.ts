import { startsAt } from "./match.ts";
import type { Phrase, SearchQuery } from "./query.ts";
import { allWordsOf, type Word } from "./words.ts";

export interface SnippetPiece {
  readonly text: string;
  readonly match: boolean;
}

/** Snippets come from the start of longer texts. In UTF-16 code units. */
export const MAX_SNIPPET_SOURCE_UNITS = 20_000;

/** About two lines of a result. */
const DEFAULT_UNITS = 240;

/** Long texts are searched for a match in steps: this much at first, then each time several times as much. */
const FIRST_STEP_UNITS = 1_000;
const STEP_FACTOR = 5;

/** A range of the text in UTF-16 code units; the end is exclusive. */
interface Range {
  readonly start: number;
  readonly end: number;
}

interface Match extends Range {
  readonly phrase: Phrase;
}

/**
 * Returns the first part of `text` in which most phrases of `query` match, or its start if none matches.
 *
 * The snippet has at most `maxUnits` UTF-16 code units of the text, and "…" where the text continues. White space is
 * collapsed. Words are split only if they are longer than a snippet, surrogate pairs never.
 */
export function snippet(text: string, query: SearchQuery, maxUnits = DEFAULT_UNITS): readonly SnippetPiece[] {
  const phrases = query.any.flatMap(({ all }) => all);
  for (let units = FIRST_STEP_UNITS; ; units *= STEP_FACTOR) {
    const isLast = units >= Math.min(text.length, MAX_SNIPPET_SOURCE_UNITS);
    const source = text.slice(0, withoutSplitPair(text, isLast ? MAX_SNIPPET_SOURCE_UNITS : units));
    const words = allWordsOf(source);
    const matches = matchesIn(words, phrases);
    const { best, phraseCount } = bestMatch(matches, maxUnits);
    // No later part has more matches, and the snippet ends before a word that the step may have cut.
    const isFound = phraseCount === phrases.length && best.end + 2 * maxUnits < source.length;
    if (isLast || isFound)
      return snippetAt(windowAround(best, source, words, maxUnits), matches, text, source);
  }
}

function snippetAt(
  window: Range,
  matches: readonly Match[],
  text: string,
  source: string,
): readonly SnippetPiece[] {
  const before = source.slice(0, window.start).trim() === "" ? "" : "…";
  const after = text.slice(window.end, window.end + 1_000).trim() === "" ? "" : "…";
  const pieces = piecesOf(source, window, joinOverlaps(matches));
  return withoutEmpty([
    { text: before, match: false },
    ...pieces.map(({ text, match }) => ({ text: text.replace(/\s+/g, " "), match })),
    { text: after, match: false },
  ]);
}

function matchesIn(words: readonly Word[], phrases: readonly Phrase[]): Match[] {
  // Comparing strings of different lengths costs less than a look-up in a map, which hashes each word.
  const wanted = phrases.map((phrase) => ({
    phrase,
    first: phrase.words[0] ?? "",
    isPrefix: phrase.prefix && phrase.words.length === 1,
  }));
  const inOrder = words.map(({ word }) => word);
  const matches: Match[] = [];
  words.forEach(({ word, start }, at) => {
    for (const { phrase, first, isPrefix } of wanted) {
      if (word !== first && !(isPrefix && word.startsWith(first))) continue;
      if (!startsAt(inOrder, at, phrase)) continue;
      matches.push({ start, end: words[at + phrase.words.length - 1]?.end ?? start, phrase });
    }
  });
  return matches;
}

/** Returns the first match that is followed by the most distinct phrases within half a snippet, and their number. */
function bestMatch(
  matches: readonly Match[],
  maxUnits: number,
): { readonly best: Range; readonly phraseCount: number } {
  const inView = new Map<Phrase, number>();
  let best: Range = { start: 0, end: 0 };
  let most = 0;
  let next = 0;
  for (const match of matches) {
    for (let other = matches[next]; other && other.end <= match.start + maxUnits / 2; other = matches[next]) {
      inView.set(other.phrase, (inView.get(other.phrase) ?? 0) + 1);
      next += 1;
    }
    if (inView.size > most || most === 0) best = match;
    most = Math.max(most, inView.size, 1);
    const left = (inView.get(match.phrase) ?? 0) - 1;
    if (left > 0) inView.set(match.phrase, left);
    else inView.delete(match.phrase);
  }
  return { best, phraseCount: most };
}

/** Returns the range to show: up to a quarter of a snippet before the match, and the text after it. */
function windowAround(match: Range, source: string, words: readonly Word[], maxUnits: number): Range {
  const from = match.start - Math.min(match.start, maxUnits / 4);
  const start = from === 0 ? 0 : (words.find((word) => word.start >= from)?.start ?? match.start);
  const limit = start + maxUnits;
  if (limit >= source.length) return { start, end: source.length };
  const fits = words.findLast((word) => word.end <= limit && word.end > start);
  return { start, end: fits?.end ?? withoutSplitPair(source, limit) };
}

/** Returns `end`, or the offset before it if `end` splits a surrogate pair. */
function withoutSplitPair(source: string, end: number): number {
  const isSplit = /^[\ud800-\udbff][\udc00-\udfff]$/.test(source.slice(end - 1, end + 1));
  return isSplit ? end - 1 : end;
}

function joinOverlaps(matches: readonly Match[]): Range[] {
  const ranges: Range[] = [];
  for (const { start, end } of matches) {
    const last = ranges.at(-1);
    if (last && start < last.end)
      ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else ranges.push({ start, end });
  }
  return ranges;
}

function piecesOf(source: string, window: Range, ranges: readonly Range[]): SnippetPiece[] {
  const pieces: SnippetPiece[] = [];
  let shown = window.start;
  for (const range of ranges) {
    const start = Math.max(range.start, shown);
    const end = Math.min(range.end, window.end);
    if (end <= start) continue;
    pieces.push(
      { text: source.slice(shown, start), match: false },
      { text: source.slice(start, end), match: true },
    );
    shown = end;
  }
  pieces.push({ text: source.slice(shown, window.end), match: false });
  return pieces;
}

function withoutEmpty(pieces: readonly SnippetPiece[]): SnippetPiece[] {
  return pieces.filter(({ text }) => text !== "");
}
