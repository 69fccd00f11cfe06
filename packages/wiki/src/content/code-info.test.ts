import { expect, test } from "vitest";
import { linksBySlug, renderMarkdown } from "../../../../test/rendering.ts";
import { parseCodeInfo } from "./code-info.ts";

test.each([
  ["ts", "ts", undefined, []],
  [
    'ts title="a b.ts" {1,3-5}',
    "ts",
    "a b.ts",
    [
      [1, 1],
      [3, 5],
    ],
  ],
  [
    "js {1, 2 - 3} [b.js]",
    "js",
    "b.js",
    [
      [1, 1],
      [2, 3],
    ],
  ],
  ["js{4} filename=c.js", "js", "c.js", [[4, 4]]],
  ["TS:line-numbers twoslash", "ts", undefined, []],
  ["rust,ignore", "rust", undefined, []],
  ['title="d.txt"', undefined, "d.txt", []],
  ["js {} {x} [] title=", "js", undefined, []],
  ["", undefined, undefined, []],
])("the info string %j is parsed", (info, language, title, lines) => {
  expect(parseCodeInfo(info)).toEqual({ language, title, lines });
});

test("a code block has its title as caption, and marks lines within highlighted code", () => {
  const source = '```js title="<a>.js" {2}\n/*\nx */\n```\n';
  const { html } = renderMarkdown(source, { resolveLink: linksBySlug() });
  expect(html).toBe(
    '<figure class="code"><figcaption dir="auto">&lt;a&gt;.js</figcaption>\n' +
      '<pre tabindex="0" dir="ltr"><code class="hljs language-js"><span class="hljs-comment">/*\n' +
      '<span class="marked-line"></span>x */</span>\n</code></pre>\n</figure>\n',
  );
});
