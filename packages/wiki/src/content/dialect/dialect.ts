import type { MarkdownIt } from "markdown-it";
import { namedAnchors } from "../heading-ids.ts";
import { wikiLinks } from "../wiki-links.ts";
import { frontMatter } from "./front-matter.ts";
import { htmlComments } from "./html-comments.ts";

/** A plugin of all syntax that pages have beyond CommonMark. Every parser of bodies uses it. */
export function dialect(markdown: MarkdownIt): void {
  // The HTML is checked by `html/html-writer.ts` after rendering.
  markdown.set({ html: true });
  markdown.use(frontMatter).use(htmlComments).use(wikiLinks).use(namedAnchors);
}
