/** The parts of the info string of a code block, in the forms of GitHub, VitePress and Docusaurus. */
export interface CodeInfo {
  readonly language: string | undefined;
  /** From `title="a.ts"` or `[a.ts]`. */
  readonly title: string | undefined;
  /** The ranges of highlighted lines, from `{1,3-5}`. Lines begin at 1. */
  readonly lines: readonly (readonly [first: number, last: number])[];
}

const TITLE = /(?:^|[\s,{])(?:title|filename|file|name)=(?:"([^"]*)"|'([^']*)'|([^\s"'{}]+))/i;
const BRACKETS = /(?:^|\s)\[([^[\]]+)\]/;
const MAX_RANGES = 100;

export function parseCodeInfo(info: string): CodeInfo {
  const text = info.trim().slice(0, 1_000);
  const language = /^[\w+#.-]{1,40}(?![\w=])/.exec(text)?.[0].toLowerCase();
  const [, quoted, single, bare] = TITLE.exec(text) ?? [];
  const title = (quoted ?? single ?? bare ?? BRACKETS.exec(text)?.[1])?.trim();
  const lines = (/\{([\d\s,-]+)\}/.exec(text)?.[1] ?? "")
    .split(",")
    .map((range) => /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(range))
    .filter((match) => match !== null)
    .slice(0, MAX_RANGES)
    .map(([, first, last]) => [Number(first), Number(last ?? first)] as const);
  return { language, title: title || undefined, lines };
}
