import { readFileSync } from "node:fs";
import { type DefaultTreeAdapterTypes as Dom, defaultTreeAdapter, parse, serialize } from "parse5";

const payloads: readonly string[] = JSON.parse(
  readFileSync(new URL("./fixtures/hostile-html/payloads.json", import.meta.url), "utf8"),
);

/** Bodies with hostile HTML as a block and as parts of Markdown. */
export const hostileBodies: readonly string[] = payloads.flatMap((payload) => {
  const line = payload.replaceAll(/\s*\n\s*/g, " ");
  const lines = payload.replaceAll("\n", "\n  ");
  return [
    payload,
    `a ${payload}`,
    `- a ${lines}\n- b\n\n  ${lines}\n\n  c`,
    `> ${payload.replaceAll("\n", "\n> ")}\n\n# ${line}`,
    `| a | b |\n|---|---|\n| ${line.replaceAll("|", "\\|")} | c |`,
  ];
});

const FRAME = [
  "<!DOCTYPE html><html><head></head><body><main><div><article>",
  "</article></div><footer>end</footer></main></body></html>",
];

/**
 * Returns the HTML of an article after it was parsed within a page, as browsers do.
 * @throws if the article changed the page around it
 */
export function parsedInPage(article: string): string {
  const page = parse(FRAME.join(article));
  const found: Dom.Element[] = [];
  const visit = ({ childNodes }: Dom.ParentNode) => {
    for (const child of childNodes) {
      if (!defaultTreeAdapter.isElementNode(child)) continue;
      if (child.tagName === "article") found.push(child);
      visit(child);
    }
  };
  visit(page);
  const content = found[0] ? serialize(found[0]) : "";
  if (found[0]) found[0].childNodes = [];
  if (serialize(page) !== FRAME.join("")) throw new Error(`The article changes its page:\n${article}`);
  return content;
}
