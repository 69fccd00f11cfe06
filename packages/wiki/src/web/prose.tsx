import type { VNode } from "preact";

/** What a page says, from the safe HTML that the Markdown renderer vouches for. */
export function Prose({ html }: { html: string }): VNode {
  return <article class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: scrollable(html) }} />;
}

/**
 * Code and tables that are too wide scroll by themselves, not the whole page; whoever has no mouse scrolls
 * what has the focus, so they can have it. In safe HTML a `<` always begins a tag.
 */
function scrollable(html: string): string {
  return html
    .replaceAll(/<pre(?=[\s>])/g, `<pre tabindex="0"`)
    .replaceAll(/<table(?=[\s>])/g, `<div class="wide" role="group" aria-label="Table" tabindex="0">$&`)
    .replaceAll("</table>", "$&</div>");
}
