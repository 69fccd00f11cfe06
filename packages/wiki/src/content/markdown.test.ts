import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  firstHeading,
  MAX_MARKDOWN_UNITS,
  type MarkdownOptions,
  renderBlocks,
  renderMarkdown,
  wikiLinksIn,
} from "./markdown.ts";

const options: MarkdownOptions = {
  resolveLink: (slug) => (["intro", "guides/setup", "hello"].includes(slug) ? "exists" : "wanted"),
  hrefOf: (slug) => `/${slug.split("/").map(encodeURIComponent).join("/")}`,
};
const html = (source: string) => renderMarkdown(source, options).html;

describe("Markdown", () => {
  test("has headings with ids, which are returned", () => {
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
    expect(page.plain).toBe(false);
  });

  test("has code with classes and without inline styles", () => {
    expect(html('```ts\nconst a = "<b>";\n```\n')).toBe(
      '<pre tabindex="0" dir="ltr"><code class="hljs language-ts"><span class="hljs-keyword">const</span> a = ' +
        '<span class="hljs-string">&quot;&lt;b&gt;&quot;</span>;\n</code></pre>\n',
    );
    expect(html("```nonsense\n<b>\n```\n")).toContain(
      '<code class="hljs language-nonsense">&lt;b&gt;\n</code>',
    );
    expect(html("```\n<b>\n```\n")).toBe('<pre tabindex="0" dir="auto"><code>&lt;b&gt;\n</code></pre>\n');
    expect(html(`\`\`\`ts\n${"const a = 1;\n".repeat(5_000)}\`\`\`\n`)).not.toContain("<span");
  });

  test("has tables that scroll, their columns aligned by class", () => {
    const table = html("| a | b |\n|:-:|--:|\n| 1 | 2 |\n");
    expect(table).toMatch(
      /^<div class="wide" role="group" aria-label="Table" tabindex="0"><table dir="auto">/,
    );
    expect(table).toMatch(/<\/table><\/div>\n$/);
    expect(table).toContain('<th class="align-center">a</th>');
    expect(table).toContain('<td class="align-right">2</td>');
  });

  test("has task lists", () => {
    expect(html("- [ ] one\n- [x] two\n- [y] three\n")).toBe(
      '<ul dir="auto">\n' +
        '<li class="task"><input type="checkbox" disabled="" aria-label="To do"> one</li>\n' +
        '<li class="task"><input type="checkbox" disabled="" aria-label="Done" checked=""> two</li>\n' +
        "<li>[y] three</li>\n</ul>\n",
    );
  });

  test("has lazy images, and links abroad that give nothing away", () => {
    expect(html("![i](/a.png)")).toContain('<img src="/a.png" alt="i" loading="lazy">');
    expect(
      html("[a](https://x.org) <http://y.org> http://z.org [b](//w.org) [c](HTTPS:w.org)").match(
        /rel="[^"]*"/g,
      ),
    ).toEqual(Array(5).fill('rel="nofollow noopener"'));
    expect(html("[a](mailto:a@b.org) [b](other) [c](#x) [d](/intro)")).not.toContain("rel=");
    expect(html("see README.md and www.example.com")).not.toContain("<a");
  });

  test("takes each block's direction from its text", () => {
    expect(html("مرحبا\n\n> שלום\n\n1. a\n\n# b\n").match(/<\w+[^>]* dir="auto"/g)).toHaveLength(4);
  });

  test("keeps named anchors as targets", () => {
    expect(html('<a id="Set.up"></a>\n\n[go](#Set.up)')).toBe(
      '<span id="h-Set.up"></span>\n<p dir="auto"><a href="#h-Set.up">go</a></p>\n',
    );
    expect(html('<a id="code">*CODE*</a> & more')).toBe(
      '<p dir="auto"><span id="h-code">*CODE*</span> &amp; more</p>\n',
    );
    expect(html('## Setup\n<a name="setup"></a>').match(/id="/g)).toHaveLength(1);
  });
});

describe("wiki links", () => {
  const link = (source: string) => /<a .*?<\/a>/.exec(html(source))?.[0];

  test.each([
    ["[[intro]]", '<a href="/intro">intro</a>'],
    ["[[Intro]]", '<a href="/intro">Intro</a>'],
    ["[[ Guides/Setup | how to ]]", '<a href="/guides/setup">how to</a>'],
    ["[[Some Page]]", '<a href="/some-page" class="wanted">Some Page</a>'],
    ["[[Hello!]]", '<a href="/hello">Hello!</a>'],
    ["[[C++]]", '<a href="/c%2B%2B" class="wanted">C++</a>'],
    ["[[intro#Part Two]]", '<a href="/intro#h-part-two">intro#Part Two</a>'],
    ["[[#Über uns]]", '<a href="#h-%C3%BCber-uns">Über uns</a>'],
    ["[[日本]]", '<a href="/%E6%97%A5%E6%9C%AC" class="wanted">日本</a>'],
    ["[[api]]", '<a href="/api-page" class="wanted">api</a>'],
    ["[[a|<b>]]", '<a href="/a" class="wanted">&lt;b&gt;</a>'],
    ["[[javascript:alert(1)]]", '<a href="/javascript%3Aalert(1)" class="wanted">javascript:alert(1)</a>'],
    ["| [[intro\\|x]] |\n|-|", '<a href="/intro">x</a>'],
    ["[x](/intro)", '<a href="/intro">x</a>'],
    ["[x](/Guides/Setup?a=1#Go)", '<a href="/guides/setup?a=1#h-Go">x</a>'],
    ["[x](/nowhere)", '<a href="/nowhere" class="wanted">x</a>'],
    ["[x](/api/pages)", '<a href="/api/pages">x</a>'],
    ["[x](/)", '<a href="/">x</a>'],
    ["[x](/%zz)", '<a href="/%25zz">x</a>'],
    ["[x](sibling#a)", '<a href="sibling#a">x</a>'],
    ["[[x]](/intro)", '<a href="/intro">[x]</a>'],
  ])("%s", (source, expected) => {
    expect(link(source)).toBe(expected);
  });

  describe("on a page", () => {
    const place = { slug: "book/one", origin: "https://wiki.example" };
    const then = {
      ...options,
      place,
      hrefOf: (slug: string) => `/then/${slug}`,
      hrefWithin: (address: string) => `/then${address}`,
    };
    test.each([
      // What is relative means what a browser makes of it at the address of the page.
      ["[x](two)", "/then/book/two"],
      ["[x](./two#Part)", "/then/book/two#h-Part"],
      ["[x](../Intro?a=1)", "/then/intro?a=1"],
      ["[x](../../../intro/)", "/then/intro"],
      ["[x](a:b)", "[x](a:b)"],
      ["[x](caf%C3%A9)", "/then/book/café"],
      ["[x](../)", "/then/"],
      ["[x](../-/pages?before=9)", "/then/-/pages?before=9"],
      ["[x](../api/pages)", "/then/api/pages"],
      ["[x](a//b)", "/then/book/a//b"],
      ["[x](..//other.example)", "/then/.//other.example"],
      ["[x](..///other.example/a)", "/then/.///other.example/a"],
      ["[x](#part)", "#h-part"],
      ["[x](?a)", "?a"],
      ["[x]()", ""],
      ["[x](/intro)", "/then/intro"],
      ["[x](/-/pages)", "/then/-/pages"],
      // An absolute address of the wiki is one within it.
      ["[x](https://wiki.example/Intro?a#B)", "/then/intro?a#h-B"],
      ["[x](//wiki.example/intro)", "/then/intro"],
      ["<https://wiki.example/-/pages>", "/then/-/pages"],
      ["see https://wiki.example/intro", "/then/intro"],
      ["[x](https://wiki.example)", "/then/"],
      ["[x](https://wiki.example//other.example)", "/then/.//other.example"],
      ["[x](http://wiki.example/intro)", "http://wiki.example/intro"],
      ["[x](https://wiki.example:8443/intro)", "https://wiki.example:8443/intro"],
      ["[x](https://user@wiki.example.org/intro)", "https://user@wiki.example.org/intro"],
      ["[x](mailto:a@wiki.example)", "mailto:a@wiki.example"],
    ])("%s leads to %s", (source, expected) => {
      const rendered = renderMarkdown(source, then).html;
      const [, href = source] = /<a href="([^"]*)"/.exec(rendered) ?? [];
      expect(href).toBe(expected);
      const isForeign = /^http/.test(expected);
      expect(rendered.includes("nofollow")).toBe(isForeign);
      const found = wikiLinksIn(source, place);
      renderMarkdown(source, {
        ...then,
        resolveLink: (slug) => {
          expect(found).toContain(slug);
          return "exists";
        },
      });
    });

    test("a relative image is found where it is from there", () => {
      expect(renderMarkdown("![x](../a.png) ![y](https://other.example/b.png)", then).html).toBe(
        '<p dir="auto"><img src="/a.png" alt="x" loading="lazy"> ' +
          '<img src="https://other.example/b.png" alt="y" loading="lazy"></p>\n',
      );
    });

    test("without a known origin every absolute address is of another site", () => {
      const { html } = renderMarkdown("[x](https://wiki.example/intro)", { ...then, place: { slug: "a" } });
      expect(html).toContain('<a href="https://wiki.example/intro" rel="nofollow noopener">');
    });
  });

  test.each(["[[]]", "[[ | x]]", "[[a\nb]]", "\\[[a]]", "`[[a]]`", `[[${"x".repeat(301)}]]`, "[[a|b"])(
    "%j is none",
    (source) => {
      expect(html(source)).not.toContain("<a");
    },
  );

  test("are found for looking up, with all that they may mean", () => {
    const source =
      "[[Intro]] [[Hello!]] [x](/guides/setup#a) [[intro|again]] `[[code]]` [y](https://x.org/z) [z](/-/new)";
    expect(wikiLinksIn(source)).toEqual(["intro", "hello!", "hello", "guides/setup"]);
    expect(wikiLinksIn("no links")).toEqual([]);
  });

  test("whatever is asked about when rendering was found before", () => {
    const part = fc.constantFrom(
      "[[",
      "]]",
      "|",
      "#",
      "a",
      "B!",
      " ",
      "/",
      "[x](",
      ")",
      "\n",
      "é",
      "*",
      "<",
      ">",
      "..",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const source = parts.join("");
        const found = wikiLinksIn(source);
        const resolveLink = (slug: string) => {
          expect(found).toContain(slug);
          return "wanted" as const;
        };
        renderMarkdown(source, { ...options, resolveLink });
      }),
    );
  });
});

describe("whatever the source, the HTML is safe", () => {
  const ALLOWED: Record<string, RegExp> = {
    href: /^(?!\s*(?:javascript|data|vbscript|file):)/i,
    src: /^(?!\s*(?:javascript|data|vbscript|file):)/i,
    id: /^h-/,
    class: /^[\w+#. -]+$/,
    dir: /^(?:auto|ltr)$/,
    rel: /^nofollow noopener$/,
    type: /^checkbox$/,
    loading: /^lazy$/,
    tabindex: /^0$/,
    start: /^\d+$/,
    alt: /^/,
    title: /^/,
    role: /^group$/,
    "aria-label": /^/,
    disabled: /^$/,
    checked: /^$/,
  };
  const TAGS =
    /^(?:p|h[1-6]|a|span|em|strong|s|code|pre|ul|ol|li|blockquote|hr|br|img|input|div|table|thead|tbody|tr|th|td)$/;

  function expectSafe(source: string) {
    const output = html(source);
    const withoutTags = output.replace(
      /<\/?([a-z]\w*)((?: [a-z-]+="[^"<>]*")*)>/g,
      (_, tag: string, attributes: string) => {
        expect(tag).toMatch(TAGS);
        for (const [, name = "", value] of attributes.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
          expect(Object.keys(ALLOWED), name).toContain(name);
          expect(value?.replace(/\p{Cc}/gu, "")).toMatch(ALLOWED[name] ?? /$^/);
        }
        return "";
      },
    );
    expect(withoutTags).not.toMatch(/[<>"]/);
  }

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a id="x" onclick="alert(1)"></a>',
    '<a id="x"><script></a>',
    '<a name="&quot; onclick=&quot;alert(1)"></a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](\u00a0javascript:alert(1))",
    "[x](%6aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x](x "onerror=alert(1)")',
    '![" onerror="alert(1)](x)',
    '[x](/y "><script>alert(1)</script>")',
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[[javascript:alert(1)]]",
    '[["><img src=x onerror=alert(1)>]]',
    '[[a|"><script>]]',
    '[[a#" onclick="x]]',
    '```" onclick="alert(1)\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    '# <script>\n## " onclick="x',
    "# __proto__\n# constructor\n# location",
    "| <script> |\n|:-:|\n| [x](javascript:a) |",
    "- [ ] <script>",
    'http://x.org/"onclick="alert(1)',
    "\0<\0script>",
    "[x](/\\evil.org)",
  ])("%j", (source) => {
    expectSafe(source);
  });

  test("any mixture of marks", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "[[",
        "]]",
        "[",
        "](",
        ")",
        "|",
        "\n",
        "\n\n",
        "# ",
        "- [ ] ",
        "> ",
        "`",
        "```",
        "*",
        "_",
        "<",
        ">",
      ),
      fc.constantFrom(
        "javascript:",
        "data:",
        "http://x.org",
        '"',
        "'",
        " onclick=",
        "<a id=",
        "</a>",
        "&#x22;",
        "&lt;",
      ),
      fc.constantFrom(
        "| a | b |\n|:-:|--:|\n",
        "\0",
        "\ud83d",
        "\u2028",
        "\r",
        "\t",
        "    ",
        "a",
        "é",
        "!",
        "\\",
        "//",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => expectSafe(parts.join(""))),
      { numRuns: 2_000 },
    );
  });

  test.each(["[[", "![", "*a_ ", ">", "`a", "a\n=\n", "* a\n", "[[a|"])(
    "as much of %j as is read",
    (part) => {
      const source = part.repeat(MAX_MARKDOWN_UNITS / part.length);
      expect(renderMarkdown(source, options).plain).toBe(false);
      wikiLinksIn(source);
    },
  );
});

test("a body that is too long is shown as its source", () => {
  const source = `# <b>\0[[a]]\n${"x".repeat(5_000_000)}`;
  const page = renderMarkdown(source, options);
  expect(page.plain).toBe(true);
  expect(page.headings).toEqual([]);
  const start = '<pre class="plain" tabindex="0" dir="auto"># &lt;b&gt;\ufffd[[a]]\nxxx';
  expect(page.html.slice(0, start.length)).toBe(start);
  expect(wikiLinksIn(source)).toEqual([]);
  expect(firstHeading(source)).toBe("<b>\ufffda");
});

describe("the blocks of a body", () => {
  const blocks = (source: string) =>
    renderBlocks(source, options).map(({ html, start, end }) => [source.slice(start, end), html]);

  test("know the lines that they come from, whatever the line endings", () => {
    const source =
      "# A\r\n\r\ntext\rmore\0\n\n[a]: /x\n\n- one\n\n      two\n```ts\r1\r\n```\r\r> q\n> q\n---\nlast";
    expect(blocks(source).map(([text]) => text)).toEqual([
      "# A\r\n",
      "text\rmore\0\n",
      "- one\n\n      two\n",
      "```ts\r1\r\n```\r",
      "> q\n> q\n",
      "---\n",
      "last",
    ]);
    expect(blocks("[a]: /x\n[b]: /y\n")).toEqual([]);
    expect(blocks("\n \n")).toEqual([]);
    expect(blocks("[a]: /x\n[a]")).toEqual([
      ["[a]", '<p dir="auto"><a href="/x" class="wanted">a</a></p>\n'],
    ]);
  });

  test("have the ids that they have on the page", () => {
    const source = '# Dup\n<a id="x"></a>\n\n# Dup\n';
    expect(blocks(source)).toEqual([
      ["# Dup\n", '<h1 id="h-dup" dir="auto">Dup</h1>\n'],
      ['<a id="x"></a>\n', '<span id="h-x"></span>'],
      ["# Dup\n", '\n<h1 id="h-dup-1" dir="auto">Dup</h1>\n'],
    ]);
  });

  test("are one if the body is too long", () => {
    const source = `# a\n\n${"b\n\n".repeat(MAX_MARKDOWN_UNITS / 2)}`;
    expect(renderBlocks(source, options)).toEqual([{ html: html(source), start: 0, end: source.length }]);
  });

  test("joined are the page, and their lines ascend", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\n\r",
        "\0",
        "    ",
        "\t",
        "a",
        "*b*",
        "[c](/d)",
        "[c]: /d",
      ),
      fc.constantFrom(
        "# ",
        "- ",
        "1. ",
        "> ",
        "```",
        "---",
        "\n===\n",
        "| a |\n|--|\n",
        "- [x] ",
        "[[intro]]",
      ),
      fc.constantFrom('<a id="x"></a>', "<b>", "&amp;", "\ud83d", "\u2028", "```js\n", "\\"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const source = parts.join("");
        const found = renderBlocks(source, options);
        expect(found.map((block) => block.html).join("")).toBe(html(source));
        let last = 0;
        for (const { start, end } of found) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(source.length);
          for (const place of [start, end]) {
            const isWithinLineEnding = source[place - 1] === "\r" && source[place] === "\n";
            const isLineStart = place === 0 || /[\r\n]/.test(source[place - 1] ?? "");
            expect(place === source.length || (isLineStart && !isWithinLineEnding)).toBe(true);
          }
          last = end;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test("the first heading is the first that says something", () => {
  expect(firstHeading("text\n\n#\n\nThe *real* `title`\n===\n\n# other\n")).toBe("The real title");
  expect(firstHeading("```\n# code\n```\n")).toBeUndefined();
  expect(firstHeading("# See [[a|the page]]\n")).toBe("See the page");
});
