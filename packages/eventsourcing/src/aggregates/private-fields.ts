/**
 * Returns the name of a `#private` field that the source of a class declares, or undefined. Private methods are no
 * state, and are ignored. A field is not found where a compiler has replaced the class's source by other code.
 */
export function findPrivateField(source: string): string | undefined {
  const lowered = /(?:__privateAdd|__classPrivateFieldSet)\(this, *_(\w+)(?<!_instances)\b/.exec(source);
  if (lowered !== null) return `#${lowered[1]}`;
  const code = withoutText(source);
  let depth = 0;
  for (const [token] of code.matchAll(FIELD_OR_SYMBOL)) {
    if ("{([".includes(token)) depth += 1;
    else if ("})]".includes(token)) depth -= 1;
    else if (token.length > 1 && depth === 1) return token;
  }
  return undefined;
}

/** A `#name` that begins a statement and is assigned or ends there, or any other single character. */
const FIELD_OR_SYMBOL = /(?<=[;{}\n]\s*)#[\w$]+(?=\s*(?:=(?!=)|;|\n|\}))|\S/gu;

/** Replaces comments, strings and templates by blanks, so that what is left is code. */
function withoutText(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g,
    (text) => text.replace(/[^\n]/g, " "),
  );
}
