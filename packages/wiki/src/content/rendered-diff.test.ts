import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linksBySlug, renderBlocks, withoutGenerated } from "../../../../test/rendering.ts";
import type { LinkOptions } from "./article.ts";
import { textDiff } from "./line-diff.ts";
import { type RenderedChange, type RenderedRow, renderedDiff, renderedDiffRows } from "./rendered-diff.ts";

const options: LinkOptions = {
  resolveLink: linksBySlug((slug) => `/${encodeURIComponent(slug)}`),
};
const blocksOf = (source: string) => renderBlocks(source, options);
const diff = (from: string, to: string) => renderedDiff(blocksOf(from), blocksOf(to));
/** Returns the sign and HTML of each change, without attributes that all blocks have. */
const short = (from: string, to: string) =>
  diff(from, to).map(
    ({ op, html }) =>
      `${{ equal: "=", insert: "+", delete: "-", changed: "~" }[op]} ${withoutGenerated(html)
        .replace(/ (?:dir|tabindex)="\w+"/g, "")
        .trim()}`,
  );

describe("renderedDiff", () => {
  test("marks added and removed words", () => {
    expect(short("The cat sat here.\n", "The dog sat right here.\n")).toEqual([
      "~ <p>The <del>cat</del><ins>dog</ins> sat<ins> right</ins> here.</p>",
    ]);
  });

  test("keeps blocks that differ only in ids and line breaks", () => {
    expect(short("# A\n\none two\nthree\n", "# A\n\n# A\n\none\ntwo three\n")).toEqual([
      '= <h1 id="h-a">A</h1>',
      '+ <h1 id="h-a-1">A</h1>',
      "= <p>one\ntwo three</p>",
    ]);
  });

  test("shows blocks added or removed as a whole, removed ones without ids", () => {
    expect(short("# Old *name*\n\nsame\n", "same\n\n> quite another\n")).toEqual([
      "- <h1>Old <em>name</em></h1>",
      "= <p>same</p>",
      "+ <blockquote>\n<p>quite another</p>\n</blockquote>",
    ]);
    expect(short("![an id=](/a.png)", "")).toEqual([
      '- <p><img src="/a.png" alt="an id=" loading="lazy"></p>',
    ]);
    expect(short("# Title\n", "## Title\n")).toEqual(["- <h1>Title</h1>", '+ <h2 id="h-title">Title</h2>']);
  });

  test("marks added and removed footnotes, and ignores that others get new numbers", () => {
    const definitions = "\n\n[^a]: one\n[^b]: two\n";
    const from = `first\n\nsecond[^b] word${definitions}`;
    expect(diff(from, `first[^a]\n\nsecond[^b] word${definitions}`).map(({ op }) => op)).toEqual([
      "changed",
      "equal",
      "insert",
      "equal",
    ]);
    const removed = diff(from, `first\n\nsecond word${definitions}`);
    expect(removed.map(({ op }) => op)).toEqual(["equal", "changed", "delete"]);
    expect(removed[1]?.html).toContain('<del><a href="#h-fn-b" class="generated footnote">1</a></del>');
  });

  test("marks words in callouts, definitions and properties", () => {
    expect(short("> [!NOTE]\n> an old word", "> [!NOTE]\n> a new word")[0]).toMatch(
      /^~ .*<ins>a new<\/ins> word/s,
    );
    expect(short(":::tip Old title\na\n:::", ":::tip New title\na\n:::")[0]).toContain(
      "<ins>New</ins> title",
    );
    expect(short("A\n: one two", "A\n: one three")[0]).toContain(
      "<dd>one <del>two</del><ins>three</ins></dd>",
    );
    expect(short("---\na: b c\n---\n", "---\na: b d\n---\n")[0]).toContain(
      "<dd>b <del>c</del><ins>d</ins></dd>",
    );
  });

  test("shows changed formatting and link targets as changed words", () => {
    expect(short("go [there now](/a) soon", "go [there now](/b) **soon**")).toEqual([
      '~ <p>go <a href="/b"><del>there now</del><ins>there now</ins></a> <del>soon</del><strong><ins>soon</ins></strong></p>',
    ]);
    expect(short("see ![a cat](/a.png) here", "see ![a cat](/b.png) here")).toEqual([
      '~ <p>see <del><img src="/a.png" alt="a cat" loading="lazy"></del>' +
        '<ins><img src="/b.png" alt="a cat" loading="lazy"></ins> here</p>',
    ]);
    expect(short("- [ ] wash up", "- [x] wash up")[0]).toContain(
      '<del>☐</del><ins><input type="checkbox" disabled="" aria-label="Done" checked=""></ins> wash up',
    );
  });

  test("shows deleted items and rows in elements that may contain text", () => {
    expect(short("- one\n- two\n- three\n", "- one\n- three\n")).toEqual([
      "~ <ul>\n<li>one</li>\n<li><del>two<br></del>three</li>\n</ul>",
    ]);
    expect(short("- one\n- two\n", "- one\n")).toEqual(["~ <ul>\n<li>one<del><br>two</del></li>\n</ul>"]);
    expect(short("- one\n- two\n", "- two\n")).toEqual(["~ <ul>\n<li><del>one<br></del>two</li>\n</ul>"]);
    const [table] = short("|a|b|\n|-|-|\n|c|d|\n|e|f|\n", "|a|b|\n|-|-|\n|c|d|\n");
    expect(table).toContain("<td>d<del><br>e f</del></td>\n</tr>\n</tbody>");
    expect(short("> one\n>\n> two\n", "> one\n")).toEqual([
      "~ <blockquote>\n<p>one<del><br>two</del></p>\n</blockquote>",
    ]);
  });

  test("marks words and spaces in highlighted code", () => {
    expect(short("```ts\nconst a = 1;\n```\n", "```ts\nlet a = 1;\n```\n")).toEqual([
      '~ <pre><code class="hljs language-ts"><span class="hljs-keyword"><del>const</del><ins>let</ins></span> a = ' +
        '<span class="hljs-number">1</span>;\n</code></pre>',
    ]);
    expect(short("```\na  b\n```\n", "```\na b\n```\n")).toEqual([
      "~ <pre><code>a<del>  </del><ins> </ins>b\n</code></pre>",
    ]);
  });

  test("deletes and inserts a block if none of its words changed", () => {
    expect(short("- one\n- two", "- one\n\n- two")).toEqual([
      "- <ul>\n<li>one</li>\n<li>two</li>\n</ul>",
      "+ <ul>\n<li>\n<p>one</p>\n</li>\n<li>\n<p>two</p>\n</li>\n</ul>",
    ]);
    expect(short("1.", "3.")).toEqual(["- <ol>\n<li></li>\n</ol>", '+ <ol start="3">\n<li></li>\n</ol>']);
  });

  test("marks the same words as the diff of the source", () => {
    const kept = "Whoever has a question about the rules of the house comes to the office at any time. ";
    const [from, to] = [
      "The committee of the office meets on Mondays to read what came in.\n",
      "The whole board, or what is left of it, reads everything as soon as anything came in.\n",
    ].map((sentence) => kept + sentence) as [string, string];
    const marked = textDiff(from, to).map(({ op, text }) => {
      if (op === "equal") return text;
      return op === "delete" ? `<del>${text}</del>` : `<ins>${text}</ins>`;
    });
    expect(short(from, to)).toEqual([`~ <p>${marked.join("").trim()}</p>`]);
  });

  test("compares long pages", () => {
    expect(diff("# a b\n".repeat(5_000), "# a c\n".repeat(5_000))).toHaveLength(5_000);
    expect(diff("> a\n".repeat(30_000), "> b\n".repeat(30_000))).toHaveLength(2);
    const ops = diff("a ".repeat(2_000_000), "b ".repeat(100_000)).map(({ op }) => op);
    expect(ops).toEqual(["delete", "insert"]);
  });
});

describe("renderedDiffRows", () => {
  const rows = (from: string, to: string) =>
    renderedDiffRows(blocksOf(from), blocksOf(to)).map(({ changed, before, after, marked }) => {
      const short = (html: string | null) =>
        (html &&
          withoutGenerated(html)
            .replace(/ (?:dir|tabindex)="\w+"/g, "")
            .trim()) ??
        null;
      return [changed ? (marked ? "~" : "!") : "=", short(before), short(after)];
    });

  test("marks the words that only one side has", () => {
    expect(rows("The cat sat here.\n", "The dog sat right here.\n")).toEqual([
      ["~", "<p>The <del>cat</del> sat here.</p>", "<p>The <ins>dog</ins> sat<ins> right</ins> here.</p>"],
    ]);
    expect(rows("- one\n- two\n", "- one\n")).toEqual([
      ["~", "<ul>\n<li>one</li>\n<li><del>two</del></li>\n</ul>", "<ul>\n<li>one</li>\n</ul>"],
    ]);
  });

  test("shows equal and similar blocks in one row, and others alone", () => {
    expect(rows("# A\n\nfirst of all\n\nlast\n", "# A\n\n> new\n\nfirst of these\n")).toEqual([
      ["=", "<h1>A</h1>", '<h1 id="h-a">A</h1>'],
      ["!", null, "<blockquote>\n<p>new</p>\n</blockquote>"],
      ["~", "<p>first of <del>all</del></p>", "<p>first of <ins>these</ins></p>"],
      ["!", "<p>last</p>", null],
    ]);
  });

  test("marks nothing if no word changed", () => {
    expect(rows("1.", "3.")).toEqual([["!", "<ol>\n<li></li>\n</ol>", '<ol start="3">\n<li></li>\n</ol>']]);
  });

  test("compares long pages", () => {
    expect(rows("# a b\n".repeat(5_000), "# a c\n".repeat(5_000))).toHaveLength(5_000);
    const long = renderedDiffRows(blocksOf("a ".repeat(2_000_000)), blocksOf("b ".repeat(100_000)));
    expect(long.map(({ before, after }) => [before === null, after === null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });
});

const words = fc.array(
  fc.oneof(
    fc.constantFrom(
      "one",
      "two",
      "three",
      "four",
      "five",
      "[six](/a)",
      "[six](/b)",
      "[[seven]]",
      "**eight nine**",
    ),
    fc.constantFrom(
      "*ten*",
      "`code x`",
      "~~gone~~",
      "![pic](/p.png)",
      '![" id="x](/q.png "id=")',
      "https://x.org/y",
    ),
    fc.constantFrom(
      "<del>",
      "</ins>",
      "<b>",
      "&amp;lt;",
      "&lt;",
      '"',
      "'",
      ">",
      "<",
      "\0",
      "\ud83d",
      "é",
      "a  \nb",
    ),
    fc.constantFrom(
      '<a id="here"></a>',
      '<a id="there">there</a>',
      "[x][r]",
      "a\\\nb",
      "[]( /z)",
      "[^one]",
      "[^two]",
      "==mark==",
      "H~2~O",
      ":tada:",
      "<!-- c -->",
      "*",
      "_",
      "`",
    ),
  ),
  { minLength: 1, maxLength: 8 },
);
const line = words.map((parts) => parts.join(" "));
const lines = fc.array(line, { minLength: 1, maxLength: 4 });
const block = fc.oneof(
  line,
  fc.tuple(fc.constantFrom("#", "##"), line).map(([mark, text]) => `${mark} ${text}`),
  lines.map((items) => items.map((item) => `- ${item}`).join("\n")),
  lines.map((items) => items.map((item) => `1. [ ] ${item}`).join("\n\n")),
  lines.map((items) => items.map((item, depth) => `${"  ".repeat(depth)}- ${item}`).join("\n")),
  lines.map((items) => items.map((item) => `> ${item}`).join("\n>\n")),
  lines.map((rows) => `| a | b |\n|:-|-|\n${rows.map((row) => `| ${row} | x |`).join("\n")}`),
  lines.map((rows) => `\`\`\`ts\nconst x = "y";\n${rows.join("\n")}\n\`\`\``),
  lines.map((rows) => rows.map((row) => `    ${row}`).join("\n")),
  lines.map((items) => `> [!NOTE]\n${items.map((item) => `> ${item}`).join("\n>\n")}`),
  fc.tuple(line, lines).map(([title, items]) => `:::: tip ${title}\n${items.join("\n\n")}\n::::`),
  lines.map((items) => `::: details\n${items.join("\n\n")}\n:::`),
  lines.map((items) => `Term\n${items.map((item) => `: ${item}`).join("\n")}`),
  fc
    .tuple(fc.constantFrom("one", "two"), lines)
    .map(([name, items]) => `[^${name}]: ${items.join("\n\n    ")}`),
  lines.map((rows) => `\`\`\`ts {1,3} title="a.ts"\n${rows.join("\n")}\n\`\`\``),
  fc.constantFrom(
    "---",
    "---\na: b c\nd: [e]\n---",
    "[r]: /r1",
    "[r]: /r2",
    '<a id="lone"></a>',
    "- ",
    "#",
    "```js\n```",
    "3. \n4. x",
  ),
);
const page = fc.array(block, { maxLength: 5 });
/** A page and an edit of it, with removed and added blocks and replaced words. */
const twoPages = fc
  .tuple(
    page,
    fc.array(fc.tuple(fc.nat(6), fc.nat(2), fc.array(block, { maxLength: 2 })), { maxLength: 2 }),
    fc.array(fc.tuple(fc.nat(5), fc.nat(20), fc.nat(6), fc.oneof(line, fc.constant(""))), { maxLength: 4 }),
  )
  .map(([blocks, blockEdits, wordEdits]) => {
    const result = [...blocks];
    for (const [index, removed, added] of blockEdits) result.splice(index, removed, ...added);
    for (const [index, word, removed, added] of wordEdits) {
      const parts = (result[index] ?? "").split(/(?<= )|(?=\n)/);
      parts.splice(word, removed, `${added} `);
      if (result[index] !== undefined) result[index] = parts.join("");
    }
    return [blocks.join("\n\n"), result.join("\n\n")] as const;
  });

const VOID = new Set(["img", "input", "br", "hr"]);
const TEXT_ELEMENTS =
  /^(?:p|li|td|th|dt|dd|summary|figcaption|h[1-6]|a|b|em|strong|s|mark|sub|kbd|code|span|pre)$/;

function expectValid(html: string): void {
  const invalid: string[] = [];
  const open: string[] = [];
  for (const [part, slash, name = ""] of html.matchAll(/<(\/?)(\w+)(?: [\w-]+="[^"<>]*")*>|[<>]/g)) {
    const parent = open.at(-1) ?? "";
    if (slash === "/") {
      if (open.pop() !== name) invalid.push(part);
      continue;
    }
    const isAllowed =
      name !== "" &&
      (!["ins", "del"].includes(name) || TEXT_ELEMENTS.test(parent)) &&
      (parent !== "ins" || ["img", "input", "a"].includes(name)) &&
      (parent !== "del" || ["img", "br", "a"].includes(name));
    if (!isAllowed) invalid.push(part);
    if (!VOID.has(name)) open.push(name);
  }
  expect([...invalid, ...open]).toEqual([]);
  expect(html.replace(/<[^>]*>/g, "")).not.toMatch(/"|&(?!#?\w+;)/);
}

describe("for any pages", () => {
  const without = (html: string) => html.replace(/<del>.*?<\/del>/gs, "").replace(/<\/?ins>/g, "");
  const joined = (changes: readonly RenderedChange[]) => changes.map(({ html }) => html).join("");
  /** Returns the visible characters, without formatting and numbers of footnotes. */
  const visible = (html: string) =>
    withoutGenerated(html)
      .replace(/<input[^>]*>/g, (box) => (box.includes("checked=") ? "☑" : "☐"))
      .replace(/<(?!img)[^>]*>|[ \t\n\r\f]/g, "");

  test("the diff contains exactly the new page, and the visible text of the old page", () => {
    fc.assert(
      fc.property(twoPages, ([from, to]) => {
        const changes = diff(from, to);
        const old = blocksOf(from).map(({ html }) => html);
        const now = blocksOf(to).map(({ html }) => html);
        expect(without(joined(changes.filter(({ op }) => op !== "delete")))).toBe(now.join(""));
        const before = joined(changes.filter(({ op }) => op !== "insert")).replace(/<ins>.*?<\/ins>/gs, "");
        expect(visible(before)).toBe(visible(old.join("")));
        expect(changes.filter(({ op }) => op !== "delete")).toHaveLength(now.length);
      }),
      { numRuns: 150 },
    );
  });

  test("the diff is valid HTML with unique ids and with marks only where they are allowed", () => {
    fc.assert(
      fc.property(twoPages, ([from, to]) => {
        const changes = diff(from, to);
        for (const { op, html } of changes) {
          expectValid(html);
          expect(/<(?:ins|del)>/.test(html)).toBe(op === "changed");
        }
        const ids =
          joined(changes)
            .match(/<[^>]* id="[^"]*"/g)
            ?.map((tag) => / id="[^"]*"/.exec(tag)?.[0]) ?? [];
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 150 },
    );
  });

  test("the rows contain exactly both pages, with marks only where they are allowed", () => {
    const side = (rows: readonly RenderedRow[], name: "before" | "after") =>
      rows.flatMap((row) => row[name] ?? []).join("");
    const withoutIds = (html: string) => html.replace(/(<[^>]*) id="[^"]*"/g, "$1");
    fc.assert(
      fc.property(twoPages, ([from, to]) => {
        const rows = renderedDiffRows(blocksOf(from), blocksOf(to));
        const [before, after] = [side(rows, "before"), side(rows, "after")];
        const old = blocksOf(from).map(({ html }) => html);
        expect(before.replace(/<\/?del>/g, "")).toBe(withoutIds(old.join("")));
        expect(after.replace(/<\/?ins>/g, "")).toBe(
          blocksOf(to)
            .map(({ html }) => html)
            .join(""),
        );
        for (const row of rows) {
          const marks = (row.before ?? "").includes("<del>") || (row.after ?? "").includes("<ins>");
          expect([row.changed && row.marked, row.before === null && row.after === null]).toEqual([
            marks,
            false,
          ]);
          if (row.after !== null) expectValid(row.after);
          // Here, a checkbox is allowed in `<del>`.
          if (row.before !== null) expectValid(row.before.replace(/del>/g, "ins>"));
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a page has no difference from itself", () => {
    fc.assert(
      fc.property(twoPages, ([, source]) => {
        const blocks = blocksOf(source);
        expect(renderedDiff(blocks, blocks)).toEqual(blocks.map(({ html }) => ({ op: "equal", html })));
      }),
    );
  });
});
