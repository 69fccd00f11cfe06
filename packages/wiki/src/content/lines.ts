/** Lines of texts. LF, CRLF and a lone CR end a line. Offsets are in UTF-16 code units. */

/** Splits a text into lines with their endings; joined, they are the text. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  // Most texts have no CR, and `indexOf` finds LF faster. A regular expression can exhaust the stack in a line
  // of 5 MB.
  const endAfter = text.includes("\r") ? endOfLine : (_: string, at: number) => text.indexOf("\n", at) + 1;
  for (let at = 0; at < text.length; ) {
    const end = endAfter(text, at) || text.length;
    lines.push(text.slice(at, end));
    at = end;
  }
  return lines;
}

export function withoutLineEnding(line: string): string {
  if (line.endsWith("\r\n")) return line.slice(0, -2);
  return line.endsWith("\n") || line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Returns the offset behind the ending of the line at `offset`, at most `end`. */
export function endOfLine(text: string, offset: number, end = text.length): number {
  for (let at = offset; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED) return at + 1;
    if (code === CARRIAGE_RETURN)
      return text.charCodeAt(at + 1) === LINE_FEED ? Math.min(at + 2, end) : at + 1;
  }
  return end;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Counts the lines that `splitLines` would return for a part of a text. */
export function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at = endOfLine(text, at, end)) lines++;
  return lines;
}

/** Returns the offset of each line, followed by the length of the text. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; ) {
    at = endOfLine(text, at);
    starts.push(at);
  }
  return starts;
}

/** Returns whether a line starts at `offset`, or the text ends there after a line ending. */
export function startsLine(text: string, offset: number): boolean {
  if (offset === 0) return true;
  const before = text[offset - 1];
  return before === "\n" || (before === "\r" && text[offset] !== "\n");
}
