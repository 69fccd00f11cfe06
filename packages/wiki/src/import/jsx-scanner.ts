/** After so many long texts that begin like tags and are none, all others are text, so that scanning takes linear time. */
const MAX_LONG_FAILURES = 20;
/** In UTF-16 code units. */
const LONG_FAILURE = 1_000;

// A component's name begins with a capital letter or has a dot. "<>" and "</>" are fragments.
const TAG_START = /<\/?(?:([A-Z][\w.]*|[a-z]\w*\.[\w.]+)(?=[\s/>])|(?=>))/y;
const BACKTICKS = /`+/y;

/** Removes the tags of components and the comments of MDX outside of code spans. `onComponent` gets each name. */
export function withoutJsx(text: string, onComponent: (name: string) => void): string {
  const parts: string[] = [];
  const unclosed = new Set<number>();
  let longFailures = 0;
  let kept = 0;
  let at = 0;
  const remove = (end: number) => {
    parts.push(text.slice(kept, at));
    at = end;
    kept = end;
  };
  while (at < text.length) {
    const character = text[at];
    if (character === "`") at = endOfCodeSpan(text, at, unclosed);
    else if (character === "{" && text.startsWith("{/*", at)) {
      const end = text.indexOf("*/}", at);
      if (end === -1) break;
      remove(end + 3);
    } else if (character === "<" && longFailures < MAX_LONG_FAILURES) {
      TAG_START.lastIndex = at;
      const start = TAG_START.exec(text);
      const { isTag, end } = start === null ? { isTag: false, end: at } : endOfTag(text, TAG_START.lastIndex);
      if (isTag) {
        if (start?.[1] !== undefined) onComponent(start[1]);
        remove(end);
      } else {
        if (end - at > LONG_FAILURE) longFailures += 1;
        at += 1;
      }
    } else at += 1;
  }
  parts.push(text.slice(kept));
  return parts.join("");
}

/** @param unclosed the lengths of backtick strings that no later one closes */
function endOfCodeSpan(text: string, start: number, unclosed: Set<number>): number {
  const lengthAt = (at: number): number => {
    BACKTICKS.lastIndex = at;
    return BACKTICKS.exec(text)?.[0].length ?? 0;
  };
  const length = lengthAt(start);
  if (unclosed.has(length)) return start + length;
  for (let at = text.indexOf("`", start + length); at !== -1; at = text.indexOf("`", at)) {
    const other = lengthAt(at);
    at += other;
    if (other === length) return at;
  }
  unclosed.add(length);
  return start + length;
}

/** Finds the end of a tag, or the offset at which it turns out to be none. */
function endOfTag(text: string, from: number): { readonly isTag: boolean; readonly end: number } {
  let depth = 0;
  let at = from;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (depth === 0 && character === ">") return { isTag: true, end: at + 1 };
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth < 0 || (depth === 0 && character === "<")) break;
    if (/["'`]/.test(character)) at = endOfString(text, at);
  }
  return { isTag: false, end: at };
}

/** Returns the offset of the quote that ends a string, or of its start if it has no end: a quote may be an apostrophe. */
function endOfString(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
    else if (text[at] === "\n" && quote === "'") return start;
  }
  return start;
}
