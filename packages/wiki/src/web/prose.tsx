import type { VNode } from "preact";

/** What a page says, from the safe HTML that the Markdown renderer vouches for. */
export function Prose({ html }: { html: string }): VNode {
  return <article class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
