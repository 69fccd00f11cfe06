import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";

/** The tokens of formulas. Their content is LaTeX. */
export const MATH_INLINE = "math_inline";
export const MATH_BLOCK = "math_block";

/** Longer formulas are text. */
const MAX_LINES = 200;

/**
 * A plugin for formulas: `$a$`, `` $`a`$ `` and `$$a$$` within a line, `$$` lines around a block, and code blocks of the language
 * "math".
 */
export function math(markdown: MarkdownIt): void {
  markdown.inline.ruler.after("escape", MATH_INLINE, parseInlineMath);
  const alt = ["paragraph", "reference", "blockquote", "list"];
  markdown.block.ruler.after("fence", MATH_BLOCK, parseMathBlock, { alt });
  markdown.core.ruler.after("block", "math_fence", ({ tokens }) => {
    for (const token of tokens) {
      if (token.type === "fence" && token.info.trim() === "math") token.type = MATH_BLOCK;
    }
  });
}

const FORMULA = /(\$\$?)(`?)((?:[^$\\]|\\[\s\S])+?)\2\1/y;

function parseInlineMath(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== "$" || /[\p{L}\p{N}$\\]/u.test(src[pos - 1] ?? "")) return false;
  FORMULA.lastIndex = pos;
  const [all, marker = "", quote, formula = ""] = FORMULA.exec(src) ?? [];
  if (all === undefined || pos + all.length > state.posMax) return false;
  if (marker === "$" && quote === "" && isProse(formula)) return false;
  if (/[\p{L}\p{N}$]/u.test(src[pos + all.length] ?? "")) return false;
  if (!silent) {
    const token = state.push(MATH_INLINE, "math", 0);
    token.content = formula.trim();
    token.markup = marker;
  }
  state.pos += all.length;
  return true;
}

/** Whether the text between two "$" is prose, as in "from $5 to 10$". */
function isProse(text: string): boolean {
  return /^\s|\s$|\n\s*\n/.test(text) || /^\d[\d.,]*\s+[^\\^_=+*/<>-]*$/.test(text);
}

function parseMathBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const lineAt = (line: number) =>
    state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]).trimEnd();
  const indent = (line: number) => (state.sCount[line] ?? 0) - state.blkIndent;
  const first = lineAt(startLine);
  if (!first.startsWith("$$") || indent(startLine) >= 4) return false;
  let line = startLine;
  if (first.length < 5 || !first.endsWith("$$")) {
    do {
      line += 1;
      if (line === endLine || line > startLine + MAX_LINES || state.isEmpty(line) || indent(line) < 0)
        return false;
    } while (!lineAt(line).endsWith("$$"));
  }
  const lines = state.getLines(startLine, line + 1, state.blkIndent, false).trim();
  const content = lines.slice(2, -2);
  if (content.includes("$$") || content.trim() === "") return false;
  if (silent) return true;
  state.line = line + 1;
  const token = state.push(MATH_BLOCK, "math", 0);
  token.map = [startLine, line + 1];
  token.content = `${content.trim()}\n`;
  return true;
}
