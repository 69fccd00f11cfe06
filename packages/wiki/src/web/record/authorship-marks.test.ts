import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linksBySlug, renderBlocks } from "../../../../../test/rendering.ts";
import type { LinkOptions } from "../../content/article.ts";
import { inlineTasks } from "../../workers/task-runner.ts";
import { authorMarks } from "./author-marks.tsx";
import { authoredBlocks, sharesOf } from "./authorship-marks.ts";

const links: LinkOptions = { resolveLink: linksBySlug() };
const at = new Date(0);
const attributions = new Map([
  [1, { userId: "one", at }],
  [2, { userId: "two", at }],
  [3, { userId: "one", at }],
  [4, { userId: null, at }],
]);

describe("the shares of authors", () => {
  test("are sums over versions, largest first, also of an unknown author", () => {
    const runs = [
      { text: "abc", version: 1 },
      { text: "defgh", version: 2 },
      { text: "ijk", version: 3 },
      { text: "l", version: 4 },
      { text: "mn", version: 99 },
    ];
    expect(sharesOf(runs, attributions)).toEqual([
      { author: "one", units: 6 },
      { author: "two", units: 5 },
      { author: undefined, units: 2 },
      { author: null, units: 1 },
    ]);
  });

  test("are assigned to blocks by their positions in the source", async () => {
    const runs = [
      { text: "# Title\n\nFirst ", version: 1 },
      { text: "paragraph of some length.", version: 2 },
      { text: "\n\n", version: 3 },
      { text: "Last.\n", version: 4 },
    ];
    const body = runs.map(({ text }) => text).join("");
    const blocks = await authoredBlocks(renderBlocks(body, links), runs, attributions, inlineTasks);
    expect(blocks.map(({ author, others, lastVersion }) => [author, others, lastVersion])).toEqual([
      ["one", [], 1],
      ["two", ["one"], 2],
      [null, [], 4],
    ]);
    expect(
      blocks.map(({ pieces }) =>
        pieces?.flatMap(({ html, writer }) => (writer ? [[html, writer.version]] : [])),
      ),
    ).toEqual([
      [["Title", 1]],
      [
        ["First ", 1],
        ["paragraph of some length.", 2],
      ],
      [["Last.", 4]],
    ]);
  });

  test("equal a count of every character of a block", async () => {
    const piece = fc.record({
      text: fc.string({ unit: fc.constantFrom("a", "b ", "\n\n", "- c\n", "# d\n"), minLength: 1 }),
      version: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (runs) => {
        const body = runs.map(({ text }) => text).join("");
        const versions = runs.flatMap(({ text, version }) => Array.from(text, () => version));
        const blocks = renderBlocks(body, links);
        const authored = await authoredBlocks(blocks, runs, attributions, inlineTasks);
        authored.forEach(({ lastVersion }, index) => {
          const { start = 0, end = 0 } = blocks[index] ?? {};
          const within = versions.slice(start, end).filter((_, at) => body[start + at]?.trim() !== "");
          expect(lastVersion).toBe(within.length === 0 ? null : Math.max(...within));
        });
      }),
    );
  });
});

test("gives five authors their own marks; the others share one", () => {
  const markOf = authorMarks(["a", "b", "a", null, "d", "e", "f"]);
  expect(["a", "b", null, "d", "e"].map(markOf)).toEqual([1, 2, 3, 4, 5].map((n) => `author-${n}`));
  expect(["f", "unheard of", undefined].map(markOf)).toEqual(Array(3).fill("author-other"));
});
