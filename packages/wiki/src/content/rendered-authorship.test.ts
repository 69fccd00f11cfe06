import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linksBySlug, renderBlocks } from "../../../../test/rendering.ts";
import type { LinkOptions } from "./article.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown-parser.ts";
import { type AttributedPiece, attributedPieces, type SourcePart } from "./rendered-authorship.ts";

const options: LinkOptions = { resolveLink: linksBySlug() };
/** All odd versions have one author, all even versions another. */
const authorOf = (version: number) => version % 2;

/** Returns the pieces of a source with one block. Each part has the version that wrote it. */
const attributed = (...parts: (readonly [version: number, text: string])[]) => {
  const source = parts.map(([version, text]): SourcePart => ({ version, text }));
  const blocks = renderBlocks(source.map(({ text }) => text).join(""), options);
  expect(blocks).toHaveLength(1);
  return attributedPieces(blocks[0]?.html ?? "", source, authorOf);
};
/** Returns "1:text" for pieces with a writer, and "1?:text" if only the author is certain. */
const texts = (pieces: readonly AttributedPiece[] | undefined) => {
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

describe("the attribution of a rendered block", () => {
  test("names the writer of each letter", () => {
    expect(texts(attributed([1, "Some *emph"], [2, "asised* text"], [1, " here."]))).toEqual([
      "1:Some ",
      "1:emph",
      "2:asised",
      "2: text",
      "1: here.",
    ]);
    expect(texts(attributed([1, "a <"], [2, "& "], [1, "> b"]))).toEqual([
      "1:a &lt;",
      "2:&amp; ",
      "1:&gt; b",
    ]);
    expect(texts(attributed([1, "so *it*"], [2, " ends!"], [3, ".\n"]))).toEqual([
      "1:so ",
      "1:it",
      "2:ends!",
      "3:.",
    ]);
    expect(texts(attributed([1, "# Title "], [2, "two\n"]))).toEqual(["1:Title ", "2:two"]);
    expect(texts(attributed([1, "- a\n"], [2, "- new\n"], [1, "  - b "], [2, "c\n"]))).toEqual([
      "1:a",
      "2:new",
      "1:b ",
      "2:c",
    ]);
  });

  test("covers tables and code", () => {
    const table = attributed([1, "| a | b |\n|---|---|\n| c | "], [2, "d"], [1, " |\n"]);
    expect(texts(table)).toEqual(["1:a", "1:b", "1:c", "2:d"]);
    const code = attributed([1, "```js\nconst a = "], [2, "3"], [1, ";\n// x &amp; y\n```\n"]);
    expect(texts(code)).toEqual(["1:const", "1: a = ", "2:3", "1:;\n", "1:// x &amp;amp; y", "1:\n"]);
  });

  test("does not confuse words with equal words in link targets", () => {
    expect(texts(attributed([1, "[there](/a-word) is a "], [2, "word"]))).toEqual([
      "1:there",
      "1: is a ",
      "2:word",
    ]);
    // The word may stem from the target or from the text: only a common author is certain.
    expect(texts(attributed([1, "[x](/word"], [2, ") [word](/y)"]))).toEqual(["1:x"]);
    expect(texts(attributed([1, "[x](/word"], [3, ") [word](/y)"]))).toEqual(["1:x", "1?:word"]);
    expect(texts(attributed([1, "[word"], [2, "](/word)"]))).toEqual([]);
  });

  test("is missing if the block has letters that are not in the source", () => {
    expect(attributed([1, "&eacute;t&eacute; et &#x61;utre"])).toBeUndefined();
    expect(attributed([1, "<https://example.org/%C3%A9t>"])).toBeUndefined();
    expect(texts(attributed([1, "one &amp; "], [2, "two&nbsp;three"]))).toEqual([
      "1:one &amp; ",
      "2:two\u00a0three",
    ]);
  });

  test("covers only text", () => {
    expect(texts(attributed([1, "![a picture](/a.png) "], [2, "- [ ] x"]))).toEqual(["2:x"]);
    expect(texts(attributed([1, "- [ ] do"], [2, " it"]))).toEqual(["1: do", "2: it"]);
    expect(attributed([1, "a ".repeat(MAX_MARKDOWN_UNITS)])).toBeUndefined();
  });

  test("covers long blocks", () => {
    const words = Array.from({ length: 30_000 }, (_, n) => [n % 3, "a "] as const);
    expect(texts(attributed(...words))).toHaveLength(30_000);
    const letters = Array.from({ length: MAX_MARKDOWN_UNITS }, (_, n) => ({ text: "a", version: n % 3 }));
    const html = `<p>${"a".repeat(MAX_MARKDOWN_UNITS)}</p>`;
    expect(attributedPieces(html, letters, authorOf)).toHaveLength(MAX_MARKDOWN_UNITS + 2);
    expect(attributed([1, "<".repeat(70_000)], [2, "*a_".repeat(20_000)])).toBeDefined();
  });
});

/** The placeholder for a word in a template. */
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
  `${hole}[^${hole}]`,
  `==${hole}==`,
  `H~${hole}~`,
  `:tada: ${hole} :one:`,
  `<!-- ${hole} -->`,
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
  line.map((text) => `# ${text} {#${hole}}`),
  lines.map((rows) => `> [!NOTE] ${hole}\n${rows.map((row) => `> ${row}`).join("\n")}`),
  lines.map((rows) => `::: tip\n${rows.join("\n\n")}\n:::`),
  lines.map((rows) => `${hole}\n${rows.map((row) => `: ${row}`).join("\n")}`),
  lines.map((rows) => `---\n${hole}: ${hole} ${hole}\n---\n${rows.join("\n")}`),
);
/** Returns a distinct name of letters that contains no other name. */
const nameOf = (n: number) => `q${[...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("")}z`;

describe("the attribution of any block", () => {
  test("names an author who wrote the word", () => {
    const word = fc.tuple(fc.constantFrom("w", "v", "u"), fc.integer({ min: 1, max: 4 }));
    let [shown, named] = [0, 0];
    fc.assert(
      fc.property(block, fc.array(word, { minLength: 40, maxLength: 40 }), (template, words) => {
        const texts = template.split(hole);
        // In the double all words are distinct, which gives the true position of each.
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
        const pieces = attributedPieces(html, source, authorOf);
        if (pieces === undefined) return;
        expect(pieces.map((one) => one.html).join("")).toBe(html);
        const visibleWords = (text: string) =>
          text.replace(/<[^>]*>/g, " ").match(/\b(?:[wvu]|q[a-j]+z)\b/g) ?? [];
        const writers = visibleWords(doubled).map((name) => {
          const n = texts.findIndex((_, index) => nameOf(index) === name);
          return words[n % words.length]?.[1] ?? 0;
        });
        const found = pieces.filter((one) => /^[wvu]$/.test(one.html));
        // In the double, reference links without a definition are shown as source.
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
      { numRuns: 400 },
    );
    expect(named / shown).toBeGreaterThan(0.4);
  });
});
