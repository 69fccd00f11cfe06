import { describe, expect, test } from "vitest";
import { linksBySlug, renderMarkdown, wikiLinksIn } from "../../../../test/rendering.ts";
import type { LinkOptions } from "./article.ts";
import { firstHeading } from "./markdown-parser.ts";

const options: LinkOptions = {
  resolveLink: linksBySlug(
    (slug) => `/${slug.split("/").map(encodeURIComponent).join("/")}`,
    (slug) => ["intro", "guides/setup", "hello"].includes(slug),
  ),
};
const html = (source: string) => renderMarkdown(source, options).html;

describe("an article", () => {
  test("sets unique ids of headings and returns the headings", () => {
    const page = renderMarkdown(
      "# Grüße *an* `alle`\n\n## Dup\n\n## Dup\n\n## Dup 1\n\n### 日本語\n\n# 😀\n",
      options,
    );
    expect(page.headings).toEqual([
      { level: 1, id: "h-grüße-an-alle", text: "Grüße an alle" },
      { level: 2, id: "h-dup", text: "Dup" },
      { level: 2, id: "h-dup-1", text: "Dup" },
      { level: 2, id: "h-dup-1-1", text: "Dup 1" },
      { level: 3, id: "h-日本語", text: "日本語" },
      { level: 1, id: "h-section", text: "😀" },
    ]);
    for (const { id } of page.headings) expect(page.html).toContain(`id="${id}"`);
    expect(page.isSource).toBe(false);
  });

  test("highlights code by classes, without inline styles", () => {
    expect(html('```ts\nconst a = "<b>";\n```\n')).toBe(
      '<pre tabindex="0" dir="ltr"><code class="hljs language-ts"><span class="hljs-keyword">const</span> a = ' +
        '<span class="hljs-string">&quot;&lt;b&gt;&quot;</span>;\n</code></pre>\n',
    );
    expect(html("```nonsense\n<b>\n```\n")).toContain(
      '<code class="hljs language-nonsense">&lt;b&gt;\n</code>',
    );
    expect(html("```\n<b>\n```\n")).toBe('<pre tabindex="0" dir="auto"><code>&lt;b&gt;\n</code></pre>\n');
    expect(html(`\`\`\`ts\n${"const a = 1;\n".repeat(5_000)}\`\`\`\n`)).not.toContain("<span");
    expect(html(`\`\`\`ts\n${"a".repeat(501)}; const b = 1;\n\`\`\`\n`)).not.toContain("<span");
  });

  test("renders tables that scroll, with columns aligned by class", () => {
    const table = html("| a | b |\n|:-:|--:|\n| 1 | 2 |\n");
    expect(table).toMatch(
      /^<div class="wide" role="group" aria-label="Table" tabindex="0"><table dir="auto">/,
    );
    expect(table).toMatch(/<\/table><\/div>\n$/);
    expect(table).toContain('<th class="align-center">a</th>');
    expect(table).toContain('<td class="align-right">2</td>');
  });

  test("renders task lists", () => {
    expect(html("- [ ] one\n- [x] two\n- [y] three\n")).toBe(
      '<ul dir="auto">\n' +
        '<li class="task"><input type="checkbox" disabled="" aria-label="To do"> one</li>\n' +
        '<li class="task"><input type="checkbox" disabled="" aria-label="Done" checked=""> two</li>\n' +
        "<li>[y] three</li>\n</ul>\n",
    );
  });

  test("loads images lazily and sets nofollow and noopener on links to other sites", () => {
    expect(html("![i](/a.png)")).toContain('<img src="/a.png" alt="i" loading="lazy">');
    expect(
      html("[a](https://x.org) <http://y.org> http://z.org [b](//w.org) [c](HTTPS:w.org)").match(
        /rel="[^"]*"/g,
      ),
    ).toEqual(Array(5).fill('rel="nofollow noopener"'));
    expect(html("[a](mailto:a@b.org) [b](other) [c](#x) [d](/intro)")).not.toContain("rel=");
    expect(html("see README.md and www.example.com")).not.toContain("<a");
  });

  test("sets the text direction of each outermost block", () => {
    expect(html("مرحبا\n\n> שלום\n\n1. a\n\n# b\n").match(/<\w+[^>]* dir="auto"/g)).toHaveLength(4);
  });

  test("renders named anchors as link targets", () => {
    expect(html('<a id="Set.up"></a>\n\n[go](#Set.up)')).toBe(
      '<span id="h-Set.up"></span>\n<p dir="auto"><a href="#h-Set.up">go</a></p>\n',
    );
    expect(html('<a id="code">*CODE*</a> & more')).toBe(
      '<p dir="auto"><span id="h-code">*CODE*</span> &amp; more</p>\n',
    );
    expect(html('## Setup\n<a name="setup"></a>').match(/id="/g)).toHaveLength(1);
  });
});

test("renders a body that is too long as source", () => {
  const source = `# <b>\0[[a]]\n${"x".repeat(5_000_000)}`;
  const page = renderMarkdown(source, options);
  expect(page.isSource).toBe(true);
  expect(page.headings).toEqual([]);
  const start = '<pre class="plain" tabindex="0" dir="auto"># &lt;b&gt;\ufffd[[a]]\nxxx';
  expect(page.html.slice(0, start.length)).toBe(start);
  expect(wikiLinksIn(source)).toEqual([]);
  expect(firstHeading(source)).toBe("\ufffda");
});

test("firstHeading returns the first heading with text", () => {
  expect(firstHeading("text\n\n#\n\nThe *real* `title`\n===\n\n# other\n")).toBe("The real title");
  expect(firstHeading("```\n# code\n```\n")).toBeUndefined();
  expect(firstHeading("# See [[a|the page]]\n")).toBe("See the page");
});
