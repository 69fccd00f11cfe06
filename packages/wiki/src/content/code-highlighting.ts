import { createRequire } from "node:module";
import type { HLJSApi } from "highlight.js";
import type { MarkdownIt, Token } from "markdown-it";
import { type CodeInfo, parseCodeInfo } from "./code-info.ts";

/**
 * Blocks beyond these limits are not highlighted. The rules of several languages take time quadratic in the length of a line or
 * of the block: 19,000 times "a" in one line of TypeScript took many seconds. In UTF-16 code units.
 */
const MAX_HIGHLIGHTED_LINE = 500;
const MAX_HIGHLIGHTED_BLOCK = 10_000;
const MAX_HIGHLIGHTED_PAGE = 50_000;

const require = createRequire(import.meta.url);
let loaded: HLJSApi | undefined;

/** Loads highlight.js when the first block with a language is rendered, because loading takes long. */
function highlighter(): HLJSApi {
  loaded ??= require("highlight.js/lib/common") as HLJSApi;
  return loaded;
}

/** A plugin that shows code blocks with their titles, and highlights common languages by classes (`hljs-…`). */
export function codeHighlighting(markdown: MarkdownIt): void {
  const { escapeHtml } = markdown.utils;
  /** The highlighted units per page, which `env` identifies. */
  const highlightedUnits = new WeakMap<object, number>();

  const highlighted = (code: string, language: string, env: object): string => {
    const units = (highlightedUnits.get(env) ?? 0) + code.length;
    if (units > MAX_HIGHLIGHTED_PAGE || !isWithinLimits(code) || !highlighter().getLanguage(language)) {
      return escapeHtml(code);
    }
    highlightedUnits.set(env, units);
    return highlighter().highlight(code, { language, ignoreIllegals: true }).value;
  };

  const codeBlock = (tokens: Token[], index: number, _: unknown, env: object = {}): string => {
    const token = tokens[index];
    const code = token?.content ?? "";
    const { language, title, lines } = parseCodeInfo(token?.info ?? "");
    const html = language === undefined ? escapeHtml(code) : highlighted(code, language, env);
    const shown = withMarkedLines(html, lines);
    // A wide block scrolls; tabindex makes it scrollable by keyboard.
    const block =
      language === undefined
        ? `<pre tabindex="0" dir="auto"><code>${shown}</code></pre>\n`
        : `<pre tabindex="0" dir="ltr"><code class="hljs language-${escapeHtml(language)}">${shown}</code></pre>\n`;
    if (title === undefined) return block;
    return `<figure class="code"><figcaption dir="auto">${escapeHtml(title)}</figcaption>\n${block}</figure>\n`;
  };
  markdown.renderer.rules.fence = codeBlock;
  markdown.renderer.rules.code_block = codeBlock;
}

/** Starts each highlighted line with an empty element, which is drawn behind the line. */
function withMarkedLines(html: string, lines: CodeInfo["lines"]): string {
  if (lines.length === 0) return html;
  const isMarked = (line: number) => lines.some(([first, last]) => first <= line && line <= last);
  const marked = html
    .split("\n")
    .map((line, index) => (isMarked(index + 1) ? `<span class="marked-line"></span>${line}` : line));
  return marked.join("\n");
}

function isWithinLimits(code: string): boolean {
  if (code.length > MAX_HIGHLIGHTED_BLOCK) return false;
  return code.split("\n").every((line) => line.length <= MAX_HIGHLIGHTED_LINE);
}

/** Returns the text of a code block that readers see. */
export function codeText({ info, content }: Token): string {
  const { title } = parseCodeInfo(info);
  return title === undefined ? content : `${title}\n${content}`;
}

/** Highlighting blocks of this length in all takes at most 20 ms, whatever their language and content. */
const MAX_QUICK_UNITS = 2_000;

/** Returns whether the code blocks of a page are highlighted in a few milliseconds. */
export function isHighlightedQuickly(tokens: readonly Token[]): boolean {
  let square = 0;
  for (const token of tokens) {
    const isHighlighted = token.type === "fence" && parseCodeInfo(token.info).language !== undefined;
    if (isHighlighted && isWithinLimits(token.content)) square += token.content.length ** 2;
  }
  return square <= MAX_QUICK_UNITS ** 2;
}
