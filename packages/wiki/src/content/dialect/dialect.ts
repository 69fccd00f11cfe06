import type { MarkdownIt } from "markdown-it";
import definitionLists from "markdown-it-deflist";
import mark from "markdown-it-mark";
import subscript from "markdown-it-sub";
import superscript from "markdown-it-sup";
import { parseEmbeddedFile } from "../article-files.ts";
import { namedAnchors } from "../heading-ids.ts";
import { wikiLinks } from "../wiki-links.ts";
import { callouts } from "./callouts.ts";
import { emoji } from "./emoji.ts";
import { footnotes } from "./footnotes.ts";
import { frontMatter } from "./front-matter.ts";
import { headingAttributes } from "./heading-attributes.ts";
import { htmlComments } from "./html-comments.ts";
import { math } from "./math.ts";
import { taskLists } from "./task-lists.ts";

/** A plugin of all syntax that pages have beyond CommonMark. Every parser of bodies uses it. */
export function dialect(markdown: MarkdownIt): void {
  // The HTML is checked by `html/html-writer.ts` after rendering.
  markdown.set({ html: true });
  markdown
    .use(frontMatter)
    .use(htmlComments)
    .use(math)
    .use(callouts)
    .use(footnotes)
    .use(headingAttributes)
    .use(taskLists);
  markdown.use(definitionLists).use(mark).use(subscript).use(superscript).use(emoji);
  markdown.use(wikiLinks).use(namedAnchors);
  markdown.inline.ruler.before("embed", "embedded_file", parseEmbeddedFile);
}
