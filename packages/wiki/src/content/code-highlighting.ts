import highlighter from "highlight.js/lib/common";
import type { MarkdownIt, Token } from "markdown-it";

/** Highlighting costs far more than rendering; longer blocks are shown plain. In UTF-16 code units. */
const MAX_HIGHLIGHTED_BLOCK = 20_000;
const MAX_HIGHLIGHTED_PAGE = 200_000;

/** Renders code blocks with classes for their words (`hljs-…`), for the languages most often met. */
export function codeHighlighting(markdown: MarkdownIt): void {
  const { escapeHtml } = markdown.utils;
  const highlightedUnits = new WeakMap<object, number>();

  const highlighted = (code: string, language: string, page: object): string => {
    const units = (highlightedUnits.get(page) ?? 0) + code.length;
    const isTooLong = code.length > MAX_HIGHLIGHTED_BLOCK || units > MAX_HIGHLIGHTED_PAGE;
    if (isTooLong || !highlighter.getLanguage(language)) return escapeHtml(code);
    highlightedUnits.set(page, units);
    return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
  };

  const codeBlock = (tokens: Token[], index: number, _: unknown, page: object = {}): string => {
    const token = tokens[index];
    const code = token?.content ?? "";
    const language = /^[\w+#.-]{1,40}/.exec(token?.info.trim() ?? "")?.[0].toLowerCase();
    // A block can be wider than the screen: whoever scrolls by keyboard must be able to reach it.
    return language === undefined
      ? `<pre tabindex="0" dir="auto"><code>${escapeHtml(code)}</code></pre>\n`
      : `<pre tabindex="0" dir="ltr"><code class="hljs language-${escapeHtml(language)}">${highlighted(code, language, page)}</code></pre>\n`;
  };
  markdown.renderer.rules.fence = codeBlock;
  markdown.renderer.rules.code_block = codeBlock;
}
