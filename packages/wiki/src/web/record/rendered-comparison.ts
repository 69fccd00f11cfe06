import type { RenderedChange, RenderedRow } from "../../content/rendered-diff.ts";
import { strings } from "../strings/strings.ts";
import { MAX_DRAWN_ROWS } from "./drawn-rows.ts";

/** The HTML of blocks side by side; null where a side has none. */
export interface ComparedBlocks {
  readonly changed: boolean;
  readonly before: string | null;
  readonly after: string | null;
}

/** Returns the HTML of the new page with added and removed blocks marked. */
export function comparedHtml(changes: readonly RenderedChange[]): string {
  return changes
    .map(({ op, html }) => (op === "insert" ? added(html) : op === "delete" ? removed(html) : html))
    .join("");
}

/** Returns the rows of both pages up to the limit that a browser can draw. */
export function comparedRows(rows: readonly RenderedRow[]): {
  readonly blocks: readonly ComparedBlocks[];
  readonly complete: boolean;
} {
  const blocks = rows.slice(0, MAX_DRAWN_ROWS).map(({ changed, before, after, marked }) => {
    const isWhole = changed && !marked;
    return {
      changed,
      before: isWhole && before !== null ? removed(before) : before,
      after: isWhole && after !== null ? added(after) : after,
    };
  });
  return { blocks, complete: rows.length <= MAX_DRAWN_ROWS };
}

// The hidden words have a direction of their own, so that they do not determine the direction of the text.

function added(html: string): string {
  return `<ins class="block"><span class="unseen" dir="ltr">${strings.diff.added} </span>${html}</ins>`;
}

function removed(html: string): string {
  return `<del class="block"><span class="unseen" dir="ltr">${strings.diff.removed} </span>${html}</del>`;
}
