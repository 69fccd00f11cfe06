import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";

/** A plugin that hides HTML comments. A comment without an end stays text. */
export function htmlComments(markdown: MarkdownIt): void {
  const alt = ["paragraph", "reference", "blockquote"];
  markdown.block.ruler.before("blockquote", "comment", hideCommentBlock, { alt });
  markdown.inline.ruler.before("autolink", "comment", hideInlineComment);
  const [htmlBlock] = markdown.block.ruler.getRules("").filter(({ name }) => name === "html_block");
  if (htmlBlock === undefined) throw new Error("The parser has no rule for blocks of HTML.");
  // That rule would hide the rest of the page after a comment without an end.
  markdown.block.ruler.at(
    "html_block",
    (state, startLine, endLine, silent) => {
      const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
      return !state.src.startsWith("<!--", start) && htmlBlock(state, startLine, endLine, silent);
    },
    { alt },
  );
}

function hideCommentBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const { src, bMarks, tShift, sCount, eMarks, blkIndent } = state;
  const start = (bMarks[startLine] ?? 0) + (tShift[startLine] ?? 0);
  if (!src.startsWith("<!--", start) || (sCount[startLine] ?? 0) - blkIndent >= 4) return false;
  const end = commentEnd(src, start, state.env);
  if (end === undefined) return false;
  // Text after the comment is a paragraph, in which the comment is hidden by the other rule.
  const lineEnd = src.indexOf("\n", end);
  if (src.slice(end, lineEnd === -1 ? undefined : lineEnd).trim() !== "") return false;
  const last = cutComments.get(state.env);
  if (last && last.from <= startLine && startLine < last.to && last.blkIndent <= blkIndent) return false;
  let line = startLine;
  while ((eMarks[line] ?? end) < end) {
    line += 1;
    if (line >= endLine || (!state.isEmpty(line) && (sCount[line] ?? 0) < blkIndent)) {
      cutComments.set(state.env, { from: startLine, to: line, blkIndent });
      return false;
    }
  }
  if (!silent) state.line = line + 1;
  return true;
}

/**
 * The last lines of each page where no comment can begin, because it would continue after its list item or quotation. They
 * are searched only once.
 */
const cutComments = new WeakMap<object, { from: number; to: number; blkIndent: number }>();

function hideInlineComment(state: StateInline): boolean {
  if (!state.src.startsWith("<!--", state.pos)) return false;
  const end = commentEnd(state.src, state.pos, state.env);
  if (end === undefined || end > state.posMax) return false;
  state.pos = end;
  return true;
}

/** The last search for `-->` of each page: all searches from the same range have the same result. */
const searches = new WeakMap<object, { src: string; from: number; end: number | undefined }>();

/** Returns the offset after the comment. Many comments without an end take linear time. */
function commentEnd(src: string, start: number, env: object): number | undefined {
  // "<!-->" is a whole comment.
  const from = start + 2;
  const last = searches.get(env);
  if (last?.src === src && last.from <= from && (last.end === undefined || from + 3 <= last.end)) {
    return last.end;
  }
  const found = src.indexOf("-->", from);
  const end = found === -1 ? undefined : found + 3;
  searches.set(env, { src, from, end });
  return end;
}
