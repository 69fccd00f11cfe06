import { splitLines } from "./alignment.ts";
import { alignSequences } from "./sequence-alignment.ts";

/**
 * Undoes what a browser does to a text that passes through a form, so that only what a person changed is a
 * change. `base` is the text that the form was filled with, `text` what came back.
 *
 * Browsers send every line ending as CRLF, and cannot send NUL or half of a surrogate pair (they become
 * U+FFFD). Lines of `text` that are lines of `base` apart from this are given back as they were in `base`.
 * Other lines take the ending of the line in whose place they stand or, where there is none, of the line
 * before them. A form that was sent back unchanged gives exactly `base`.
 */
export function withLineEndingsOf(base: string, text: string): string {
  const baseLines = linesOf(base);
  const ending = uniformEnding(baseLines);
  if (ending !== undefined && !UNSENDABLE.test(base)) return text.replace(/\r\n|\r|\n/g, ending);

  const lines = linesOf(text);
  const restored: Line[] = [];
  const contentsOf = (all: readonly Line[]) =>
    all.map((line) => line.content.replaceAll(UNSENDABLES, "\ufffd"));
  for (const range of alignSequences(contentsOf(baseLines), contentsOf(lines))) {
    const baseRange = baseLines.slice(range.baseStart, range.baseEnd);
    lines.slice(range.resultStart, range.resultEnd).forEach((line, index) => {
      const replaced = baseRange[index];
      const nearest = replaced?.ending || restored.at(-1)?.ending || baseLines[0]?.ending || "\n";
      const isLast = line === lines.at(-1);
      const content = range.same && replaced ? replaced.content : line.content;
      restored.push({ content, ending: isLast ? "" : nearest });
    });
  }
  return restored.map((line) => line.content + line.ending).join("");
}

const UNSENDABLE = /[\0\p{Cs}]/u;
const UNSENDABLES = /[\0\p{Cs}]/gu;

interface Line {
  readonly content: string;
  readonly ending: string;
}

/** Always at least one: the last, which alone has no ending and may be empty. */
function linesOf(text: string): Line[] {
  const lines = splitLines(text).map((line) => {
    const content = line.replace(/[\r\n]+$/, "");
    return { content, ending: line.slice(content.length) };
  });
  if (lines.at(-1)?.ending !== "") lines.push({ content: "", ending: "" });
  return lines;
}

/** The only ending among the lines (LF if there is none), or undefined if they differ. */
function uniformEnding(lines: readonly Line[]): string | undefined {
  const endings = new Set(lines.slice(0, -1).map((line) => line.ending));
  return endings.size > 1 ? undefined : ([...endings][0] ?? "\n");
}
