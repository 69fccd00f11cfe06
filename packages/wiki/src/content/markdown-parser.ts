import createMarkdown, { type MarkdownIt, type StateCore, type Token } from "markdown-it";
import { codeHighlighting } from "./code-highlighting.ts";
import { dialect } from "./dialect/dialect.ts";
import { renderFootnotes } from "./dialect/footnotes.ts";
import { renderTaskLists } from "./dialect/task-lists.ts";
import { fastParsing } from "./fast-parsing.ts";
import { inlineText } from "./heading-ids.ts";
import { hasSafeScheme } from "./html/html-policy.ts";
import { mathRendering } from "./math-rendering.ts";

/** Longer bodies are shown as source, because parsing them would take too long. In UTF-16 code units. */
export const MAX_MARKDOWN_UNITS = 150_000;

/** CommonMark with a safe subset of HTML, tables, strikethrough, task lists and the dialect of this wiki. */
export const markdown = createMarkdown({ linkify: true }).use(wikiMarkdown).use(fastParsing);

/** The plugin of the syntax and the HTML of pages. */
export function wikiMarkdown(markdown: MarkdownIt): void {
  markdown.use(dialect).use(renderTaskLists).use(renderFootnotes).use(codeHighlighting).use(mathRendering);
  markdown.core.ruler.push("invisible_paragraphs", hideInvisibleParagraphs);
  markdown.validateLink = hasSafeScheme;
  // Otherwise "README.md" would be a link, because .md is a top-level domain.
  markdown.linkify.set({ fuzzyLink: false });
  // A wide table scrolls; tabindex makes it scrollable by keyboard.
  markdown.renderer.rules.table_open = (tokens, index, options, _, renderer) =>
    `<div class="wide" role="group" aria-label="Table" tabindex="0">${renderer.renderToken(tokens, index, options)}`;
  markdown.renderer.rules.table_close = () => "</table></div>\n";
}

/** Returns the text of the first heading that is not empty, or undefined. Parses only the start of a long body. */
export function firstHeading(source: string): string | undefined {
  const tokens = markdown.parse(source.slice(0, MAX_MARKDOWN_UNITS), {});
  const texts = tokens.map((token, index) =>
    token.type === "heading_open" ? inlineText(tokens[index + 1]) : "",
  );
  return texts.find((text) => text !== "");
}

function hideInvisibleParagraphs({ tokens }: StateCore): void {
  tokens.forEach((inline, index) => {
    const children = inline.children ?? [];
    const opening = tokens[index - 1];
    const closing = tokens[index + 1];
    if (opening?.type !== "paragraph_open" || !closing) return;
    const isInvisible = ({ type, content }: Token) =>
      /^(?:anchor_|softbreak)/.test(type) || (type === "text" && content.trim() === "");
    if (!children.every(isInvisible)) return;
    opening.hidden = true;
    closing.hidden = true;
  });
}
