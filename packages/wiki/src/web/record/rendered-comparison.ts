import type { RenderedChange, RenderedRow } from "../../content/rendered-diff.ts";
import { MAX_DRAWN_ROWS } from "./drawn-rows.ts";

/** Blocks beside each other, as safe as they were; null where a side has none. */
export interface ComparedBlocks {
  readonly changed: boolean;
  readonly before: string | null;
  readonly after: string | null;
}

/** Returns the new page with what came and went in it, as safe as the blocks are. */
export function comparedHtml(changes: readonly RenderedChange[]): string {
  return changes
    .map(({ op, html }) => (op === "insert" ? came(html) : op === "delete" ? went(html) : html))
    .join("");
}

/** Returns as many rows of both pages as a browser can draw, and whether these are all. */
export function comparedRows(rows: readonly RenderedRow[]): {
  readonly blocks: readonly ComparedBlocks[];
  readonly complete: boolean;
} {
  const blocks = rows.slice(0, MAX_DRAWN_ROWS).map(({ changed, before, after, marked }) => {
    const isWhole = changed && !marked;
    return {
      changed,
      before: isWhole && before !== null ? went(before) : before,
      after: isWhole && after !== null ? came(after) : after,
    };
  });
  return { blocks, complete: rows.length <= MAX_DRAWN_ROWS };
}

// The words for those who do not see colours are no part of the text: its direction must not follow from them.

function came(html: string): string {
  return `<ins class="block"><span class="unseen" dir="ltr">Added: </span>${html}</ins>`;
}

function went(html: string): string {
  return `<del class="block"><span class="unseen" dir="ltr">Removed: </span>${html}</del>`;
}
