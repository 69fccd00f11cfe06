import { createRequire } from "node:module";
import type { HLJSApi } from "highlight.js";
import type { MarkdownIt, Token } from "markdown-it";

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

/** A plugin that highlights code blocks in common languages, by classes (`hljs-…`). */
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
    const language = languageOf(token);
    // A wide block scrolls; tabindex makes it scrollable by keyboard.
    return language === undefined
      ? `<pre tabindex="0" dir="auto"><code>${escapeHtml(code)}</code></pre>\n`
      : `<pre tabindex="0" dir="ltr"><code class="hljs language-${escapeHtml(language)}">${highlighted(code, language, env)}</code></pre>\n`;
  };
  markdown.renderer.rules.fence = codeBlock;
  markdown.renderer.rules.code_block = codeBlock;
}

function isWithinLimits(code: string): boolean {
  if (code.length > MAX_HIGHLIGHTED_BLOCK) return false;
  return code.split("\n").every((line) => line.length <= MAX_HIGHLIGHTED_LINE);
}

function languageOf(token: Token | undefined): string | undefined {
  return /^[\w+#.-]{1,40}/.exec(token?.info.trim() ?? "")?.[0].toLowerCase();
}

/** Highlighting blocks of this length in all takes at most 20 ms, whatever their language and content. */
const MAX_QUICK_UNITS = 2_000;

/** Returns whether the code blocks of a page are highlighted in a few milliseconds. */
export function isHighlightedQuickly(tokens: readonly Token[]): boolean {
  let square = 0;
  for (const token of tokens) {
    const isHighlighted = token.type === "fence" && languageOf(token) !== undefined;
    if (isHighlighted && isWithinLimits(token.content)) square += token.content.length ** 2;
  }
  return square <= MAX_QUICK_UNITS ** 2;
}
