import type { RenderedChange } from "../../content/rendered-diff.ts";

/** Returns the new page with what came and went in it, as safe as the blocks are. */
export function comparedHtml(changes: readonly RenderedChange[]): string {
  return changes.map(comparedBlock).join("");
}

function comparedBlock({ op, html }: RenderedChange): string {
  if (op === "insert") return `<ins class="block"><span class="unseen">Added: </span>${html}</ins>`;
  if (op === "delete") return `<del class="block"><span class="unseen">Removed: </span>${html}</del>`;
  return html;
}
