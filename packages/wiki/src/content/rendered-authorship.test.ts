import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_MARKDOWN_UNITS, type MarkdownOptions, renderBlocks } from "./markdown.ts";
import { type SourcePart, type WrittenPiece, writtenPieces } from "./rendered-authorship.ts";

const options: MarkdownOptions = { resolveLink: () => "exists", hrefOf: (slug) => `/${slug}` };
/** Versions 1 and 3 are by one author, and so on. */
const authorOf = (version: number) => version % 2;

/** The pieces of the only block of a source in parts, each written by the version in front of it. */
const written = (...parts: (readonly [version: number, text: string])[]) => {
  const source = parts.map(([version, text]): SourcePart => ({ version, text }));
  const blocks = renderBlocks(source.map(({ text }) => text).join(""), options);
  expect(blocks).toHaveLength(1);
  return writtenPieces(blocks[0]?.html ?? "", source, authorOf);
};
/** "1:text" of pieces with a writer; a question mark where only the author is certain. */
const texts = (pieces: readonly WrittenPiece[] | undefined) => {
  const joined: string[] = [];
  let last = "";
  for (const { html, writer } of pieces ?? []) {
    const name = writer ? `${writer.version}${writer.isCertain ? "" : "?"}:` : "";
    if (name !== "" && name === last) joined[joined.length - 1] += html;
    else if (name !== "") joined.push(name + html);
    last = name;
  }
  return joined;
};

describe("who wrote the words of a rendered block", () => {
  test("is who wrote them in the source, letter by letter", () => {
    expect(texts(written([1, "Some *emph"], [2, "asised* text"], [1, " here."]))).toEqual([
      "1:Some ",
      "1:emph",
      "2:asised",
      "2: text",
      "1: here.",
    ]);
    expect(texts(written([1, "a <"], [2, "& "], [1, "> b"]))).toEqual(["1:a &lt;", "2:&amp; ", "1:&gt; b"]);
    expect(texts(written([1, "so *it*"], [2, " ends!"], [3, ".\n"]))).toEqual([
      "1:so ",
      "1:it",
      "2:ends!",
      "3:.",
    ]);
    expect(texts(written([1, "# Title "], [2, "two\n"]))).toEqual(["1:Title ", "2:two"]);
    expect(texts(written([1, "- a\n"], [2, "- new\n"], [1, "  - b "], [2, "c\n"]))).toEqual([
      "1:a",
      "2:new",
      "1:b ",
      "2:c",
    ]);
  });

  test("is known of tables and of code", () => {
    const table = written([1, "| a | b |\n|---|---|\n| c | "], [2, "d"], [1, " |\n"]);
    expect(texts(table)).toEqual(["1:a", "1:b", "1:c", "2:d"]);
    const code = written([1, "```js\nconst a = "], [2, "3"], [1, ";\n// x &amp; y\n```\n"]);
    expect(texts(code)).toEqual(["1:const", "1: a = ", "2:3", "1:;\n", "1:// x &amp;amp; y", "1:\n"]);
  });

  test("is not taken from addresses, though they have the same words", () => {
    expect(texts(written([1, "[there](/a-word) is a "], [2, "word"]))).toEqual([
      "1:there",
      "1: is a ",
      "2:word",
    ]);
    // Which of the two it is depends on what is shown, which cannot be told from the words.
    expect(texts(written([1, "[x](/word"], [2, ") [word](/y)"]))).toEqual(["1:x"]);
    expect(texts(written([1, "[x](/word"], [3, ") [word](/y)"]))).toEqual(["1:x", "1?:word"]);
    expect(texts(written([1, "[word"], [2, "](/word)"]))).toEqual([]);
  });

  test("is not said where letters are made of something else", () => {
    expect(written([1, "&eacute;t&eacute; et &#x61;utre"])).toBeUndefined();
    expect(written([1, "<https://example.org/%C3%A9t>"])).toBeUndefined();
    expect(texts(written([1, "one &amp; "], [2, "two&nbsp;three"]))).toEqual([
      "1:one &amp; ",
      "2:two\u00a0three",
    ]);
  });

  test("is not said of what is no text", () => {
    expect(texts(written([1, "![a picture](/a.png) "], [2, "- [ ] x"]))).toEqual(["2:x"]);
    expect(texts(written([1, "- [ ] do"], [2, " it"]))).toEqual(["1: do", "2: it"]);
    expect(written([1, "a ".repeat(MAX_MARKDOWN_UNITS)])).toBeUndefined();
  });

  test("can be had of long blocks", () => {
    const words = Array.from({ length: 30_000 }, (_, n) => [n % 3, "a "] as const);
    expect(texts(written(...words))).toHaveLength(30_000);
    const letters = Array.from({ length: MAX_MARKDOWN_UNITS }, (_, n) => ({ text: "a", version: n % 3 }));
    const html = `<p>${"a".repeat(MAX_MARKDOWN_UNITS)}</p>`;
    expect(writtenPieces(html, letters, authorOf)).toHaveLength(MAX_MARKDOWN_UNITS + 2);
    expect(written([1, "<".repeat(70_000)], [2, "*a_".repeat(20_000)])).toBeDefined();
  });
});

/** A source with a hole for each word: `shown` says whether the word can be seen. */
const hole = "\u2603";
const piece = fc.constantFrom(
  hole,
  `*${hole}*`,
  `**${hole} ${hole}**`,
  `[${hole}](/${hole})`,
  `[${hole} ${hole}](/${hole}/${hole} "${hole}")`,
  `[[${hole}|${hole}]]`,
  `[[${hole}]]`,
  `![${hole}](/${hole})`,
  `\`${hole}\``,
  `~~${hole}~~`,
  `https://${hole}.org/${hole}`,
  `<${hole}>`,
  `\\*${hole}`,
  `&lt;${hole}`,
  `[${hole}][${hole}]`,
  `<a id="${hole}">${hole}</a>`,
  `${hole}.`,
  "1",
);
const line = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(" "));
const lines = fc.array(line, { minLength: 1, maxLength: 3 });
const block = fc.oneof(
  line,
  line.map((text) => `# ${text}`),
  lines.map((rows) => rows.join("\r\n")),
  lines.map((rows) => rows.map((row) => `- ${row}`).join("\n")),
  lines.map((rows) => rows.map((row, n) => `${n}. ${row}`).join("\n")),
  lines.map((rows) => rows.map((row) => `> ${row}`).join("\n")),
  lines.map((rows) => `| a | b |\n|-|-|\n${rows.map((row) => `| ${row} | x |`).join("\n")}`),
  lines.map((rows) => `\`\`\`${hole}\n${rows.join("\n")}\n\`\`\``),
  line.map((text) => `${text}\n\n[${hole}]: /${hole}`),
);
/** Names without end, none within another, of letters alone. */
const nameOf = (n: number) => `q${[...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("")}z`;

describe("whatever the block", () => {
  test("nobody is named who did not write the word", () => {
    const word = fc.tuple(fc.constantFrom("w", "v", "u"), fc.integer({ min: 1, max: 4 }));
    let [shown, named] = [0, 0];
    fc.assert(
      fc.property(block, fc.array(word, { minLength: 40, maxLength: 40 }), (template, words) => {
        const texts = template.split(hole);
        // In its double each word is another, so that its place in the source is known.
        const double = texts.map((text, n) => (n === 0 ? text : nameOf(n) + text)).join("");
        const source = texts.flatMap((text, n): SourcePart[] => {
          const [name, version] = words[n % words.length] ?? ["", 0];
          return [
            ...(n === 0 ? [] : [{ text: name, version }]),
            ...(text === "" ? [] : [{ text, version: 9 }]),
          ];
        });
        const html = renderBlocks(source.map(({ text }) => text).join(""), options)
          .map((one) => one.html)
          .join("");
        const doubled = renderBlocks(double, options)
          .map((one) => one.html)
          .join("");
        const pieces = writtenPieces(html, source, authorOf);
        if (pieces === undefined) return;
        expect(pieces.map((one) => one.html).join("")).toBe(html);
        const seen = (text: string) => text.replace(/<[^>]*>/g, " ").match(/\b(?:[wvu]|q[a-j]+z)\b/g) ?? [];
        const writers = seen(doubled).map((name) => {
          const n = texts.findIndex((_, index) => nameOf(index) === name);
          return words[n % words.length]?.[1] ?? 0;
        });
        const found = pieces.filter((one) => /^[wvu]$/.test(one.html));
        // References that lead nowhere in the double are shown as they are.
        if (found.length !== writers.length) return;
        found.forEach(({ writer }, index) => {
          shown += 1;
          if (writer === undefined) return;
          named += 1;
          const truth = writers[index] ?? 0;
          expect(authorOf(writer.version)).toBe(authorOf(truth));
          if (writer.isCertain) expect(writer.version).toBe(truth);
        });
      }),
      { numRuns: 1_000 },
    );
    expect(named / shown).toBeGreaterThan(0.4);
  });
});
