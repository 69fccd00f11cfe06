import { DROPPED_WITH_CONTENT, ELEMENTS, hasSafeScheme, textOfUnknownTag } from "./html-policy.ts";
import { HtmlReader } from "./html-reader.ts";

/** The text and the addresses of links in HTML of a body. */
export interface AuthorHtml {
  readonly text: string;
  readonly addresses: readonly string[];
}

/** Reads a token `html_inline` or `html_block`. Words of different blocks, such as table cells, are separated. */
export function readAuthorHtml(html: string): AuthorHtml {
  const addresses: string[] = [];
  let text = "";
  let dropped = "";
  const addSeparator = (name: string) => {
    if (name === "br" || (ELEMENTS.get(name)?.isBlock ?? true)) text += "\n";
  };
  new HtmlReader({
    text: (piece) => {
      if (dropped === "") text += piece;
    },
    startTag: (name, attributes, isSelfClosing) => {
      if (dropped !== "") return;
      if (DROPPED_WITH_CONTENT.has(name) && !isSelfClosing) dropped = name;
      addSeparator(name);
      if (name === "img") text += attributes.get("alt") ?? "";
      const address = attributes.get("href");
      if (name === "a" && address !== undefined && hasSafeScheme(address)) addresses.push(address);
    },
    endTag: (name) => {
      if (name === dropped) dropped = "";
      addSeparator(name);
    },
  }).read(html);
  const lines = text.split("\n").map((line) => line.trim());
  return { text: lines.filter((line) => line !== "").join("\n"), addresses };
}

/** Returns the text that an inline tag contributes to the text around it. */
export function textOfInlineHtml(html: string): string {
  if (/^<br\b/i.test(html)) return " ";
  return /^<img\b/i.test(html) ? readAuthorHtml(html).text : textOfUnknownTag(html);
}
