import { nameToEmoji } from "gemoji";
import type { MarkdownIt, StateInline } from "markdown-it";

/** A plugin for the names of emoji on GitHub, such as `:tada:`. */
export function emoji(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("emphasis", "emoji", parseEmoji);
}

/** Within words and times, as in `a:b:c` and `10:100:20`, names are text. */
const NAME = /(?<![\p{L}\p{N}]):([a-z0-9_+-]{1,40}):(?![\p{L}\p{N}])/uy;

function parseEmoji(state: StateInline, silent: boolean): boolean {
  if (state.src.charCodeAt(state.pos) !== 0x3a) return false;
  NAME.lastIndex = state.pos;
  const name = NAME.exec(state.src)?.[1] ?? "";
  if (!Object.hasOwn(nameToEmoji, name) || NAME.lastIndex > state.posMax) return false;
  if (!silent) state.pending += nameToEmoji[name];
  state.pos += name.length + 2;
  return true;
}
