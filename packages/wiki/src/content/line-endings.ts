import { splitLines, withoutLineEnding } from "./lines.ts";
import { alignSequences } from "./sequence-alignment.ts";

/**
 * Restores the line endings and characters of `base` in `text`, which a browser submitted from a form filled with
 * `base`. For an unchanged form it returns exactly `base`.
 *
 * Browsers send each line ending as CRLF, and NUL and lone surrogates as U+FFFD. Lines that differ from a line of
 * `base` only in this are restored. A changed line gets the ending of the line that it replaces, or of the line before
 * it.
 */
export function restoreLineEndings(base: string, text: string): string {
  const baseLines = linesOf(base);
  const uniform = uniformEnding(baseLines);
  if (uniform !== undefined && !UNSENDABLE.test(base)) return text.replace(/\r\n|\r|\n/g, uniform);

  const lines = linesOf(text);
  const restored: Line[] = [];
  const asSubmitted = (all: readonly Line[]) =>
    all.map(({ content }) => content.replaceAll(UNSENDABLES, "\ufffd"));
  for (const range of alignSequences(asSubmitted(baseLines), asSubmitted(lines))) {
    const baseRange = baseLines.slice(range.baseStart, range.baseEnd);
    lines.slice(range.resultStart, range.resultEnd).forEach((line, index) => {
      const replaced = baseRange[index];
      const ending = replaced?.ending || restored.at(-1)?.ending || baseLines[0]?.ending || "\n";
      const isLast = line === lines.at(-1);
      const content = range.same && replaced ? replaced.content : line.content;
      restored.push({ content, ending: isLast ? "" : ending });
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

/** Splits a text at its line endings. The last line has no ending and may be empty. */
function linesOf(text: string): Line[] {
  const lines = splitLines(text).map((line) => {
    const content = withoutLineEnding(line);
    return { content, ending: line.slice(content.length) };
  });
  if (lines.at(-1)?.ending !== "") lines.push({ content: "", ending: "" });
  return lines;
}

/** Returns the ending of all lines, LF if there is only one line, or undefined if the endings differ. */
function uniformEnding(lines: readonly Line[]): string | undefined {
  const endings = new Set(lines.slice(0, -1).map((line) => line.ending));
  return endings.size > 1 ? undefined : ([...endings][0] ?? "\n");
}
