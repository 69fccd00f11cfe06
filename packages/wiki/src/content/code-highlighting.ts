import { createRequire } from "node:module";
import type { HLJSApi } from "highlight.js";
import type { MarkdownIt, Token } from "markdown-it";

/** Longer blocks are not highlighted, which takes far longer than rendering. In UTF-16 code units. */
const MAX_HIGHLIGHTED_BLOCK = 20_000;
const MAX_HIGHLIGHTED_PAGE = 200_000;

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
    const isTooLong = code.length > MAX_HIGHLIGHTED_BLOCK || units > MAX_HIGHLIGHTED_PAGE;
    if (isTooLong || !highlighter().getLanguage(language)) return escapeHtml(code);
    highlightedUnits.set(env, units);
    return highlighter().highlight(code, { language, ignoreIllegals: true }).value;
  };

  const codeBlock = (tokens: Token[], index: number, _: unknown, env: object = {}): string => {
    const token = tokens[index];
    const code = token?.content ?? "";
    const language = /^[\w+#.-]{1,40}/.exec(token?.info.trim() ?? "")?.[0].toLowerCase();
    // A wide block scrolls; tabindex makes it scrollable by keyboard.
    return language === undefined
      ? `<pre tabindex="0" dir="auto"><code>${escapeHtml(code)}</code></pre>\n`
      : `<pre tabindex="0" dir="ltr"><code class="hljs language-${escapeHtml(language)}">${highlighted(code, language, env)}</code></pre>\n`;
  };
  markdown.renderer.rules.fence = codeBlock;
  markdown.renderer.rules.code_block = codeBlock;
}
