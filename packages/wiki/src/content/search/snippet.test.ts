import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQuery } from "./query.ts";
import { snippet } from "./snippet.ts";
import { wordsOf } from "./words.ts";

/** Returns a snippet with matches in brackets. */
const formatted = (text: string, query: string, maxUnits?: number) =>
  snippet(text, parseQuery(query), maxUnits)
    .map(({ text, match }) => (match ? `[${text}]` : text))
    .join("");

describe("a snippet", () => {
  test("marks the matches in the original text", () => {
    expect(formatted("The Café is\n  open.", "cafe")).toBe("The [Café] is open.");
    expect(formatted("About O’Brien and C++, twice: c++", 'obrien OR "o\'brien" OR c++')).toBe(
      "About [O’Brien] and [C++], twice: [c++]",
    );
    expect(formatted("東京タワーへ", "京タ")).toBe("東[京タ]ワーへ");
    expect(formatted("dogs and dogma", "dog")).toBe("[dogs] and [dogma]");
  });

  test("shows the part with most matches and splits no words", () => {
    const text = `${"dog alone. ".repeat(50)}Here a dog met a cat. ${"The end. ".repeat(50)}`;
    expect(formatted(text, "dog cat", 60)).toBe(
      "…alone. Here a [dog] met a [cat]. The end. The end. The end. The…",
    );
  });

  test("is the start of a text without matches", () => {
    expect(formatted("Words of a page", "zebra", 8)).toBe("Words of…");
    expect(formatted("", "zebra")).toBe("");
  });

  test("comes from the start of a long text", () => {
    expect(formatted(`${"x ".repeat(100_000)}zebra`, "zebra", 5)).toBe("x x x…");
    expect(formatted(`x${"😀".repeat(100_000)}`, "x", 100_000)).toBe(`[x]${"😀".repeat(9_999)}…`);
  });

  test("shows the best match wherever it is in a long text", () => {
    const filler = "a dog sat ".repeat(2_000);
    for (let start = 400; start < 6_000; start += 7) {
      const text = `${filler.slice(0, start)} red cat-dog, ${filler}`;
      expect(formatted(text, '"cat dog" red', 60)).toContain(" [red] [cat-dog], a dog sat ");
    }
  });
});

describe("for any text", () => {
  const piece = fc.constantFrom(
    "dog",
    "cat",
    "😀",
    "é",
    "東京",
    " ",
    "\n",
    ".",
    "x".repeat(50),
    "\ud83d",
    "ﷺ",
    "++",
  );
  const anyText = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(""));
  const anyQuery = fc.constantFrom("dog", "dog cat", "東 x", '"cat dog" OR é', "zebra", "", "c -dog", "صلى");

  test("a snippet is a part of the text of at most the given length", () => {
    fc.assert(
      fc.property(anyText, anyQuery, fc.integer({ min: 4, max: 80 }), (text, query, maxUnits) => {
        const all = snippet(text, parseQuery(query), maxUnits);
        const joined = all.map((one) => one.text).join("");
        const part = joined.replace(/^…/, "").replace(/…$/, "");
        expect(text.replace(/\s+/g, " ")).toContain(part);
        expect(part.length).toBeLessThanOrEqual(maxUnits);
        expect(all.every((one) => one.text !== "")).toBe(true);
        if (!/\p{Cs}/u.test(text)) expect(joined).not.toMatch(/\p{Cs}/u);
      }),
      { numRuns: 500 },
    );
  });

  test("a snippet shows a match if there is one", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(snippet(text, parseQuery('"cat"')).some(({ match }) => match)).toBe(
          Array.from(wordsOf(text), ({ word }) => word).includes("cat"),
        );
      }),
    );
  });
});
