import type { MarkdownIt, StateCore } from "markdown-it";

const ATTRIBUTES =
  /^\{(?::|\/\*)?[ \t]*((?:#[^\s{}"'=#]+|\.[\w-]+|[\w-]+=(?:"[^"{}]*"|'[^'{}]*'|[^\s{}"']+))(?:[ \t]+(?:#[^\s{}"'=#]+|\.[\w-]+|[\w-]+=(?:"[^"{}]*"|'[^'{}]*'|[^\s{}"']+)))*)[ \t]*(?:\*\/)?\}[ \t]*$/;

/**
 * A plugin for attributes after the text of a heading, such as `{#id .class key=value}`, `{: #id}` and the comment with an id
 * of Docusaurus. Only the id has an effect.
 */
export function headingAttributes(markdown: MarkdownIt): void {
  markdown.core.ruler.after("block", "heading_attributes", readAttributes);
}

function readAttributes({ tokens }: StateCore): void {
  tokens.forEach((heading, index) => {
    const inline = tokens[index + 1];
    if (heading.type !== "heading_open" || !inline?.content.endsWith("}")) return;
    const start = inline.content.lastIndexOf("{");
    const before = inline.content.slice(0, Math.max(0, start)).trimEnd();
    const match = ATTRIBUTES.exec(inline.content.slice(start));
    if (match === null || before === "") return;
    const id = /(?:^|\s)#(\S+)/.exec(match[1] ?? "")?.[1];
    if (id !== undefined) heading.meta = { id };
    inline.content = before;
  });
}
