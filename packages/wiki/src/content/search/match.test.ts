import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExactTitle, matches } from "./match.ts";
import { pageWords } from "./page-text.ts";
import { parseQuery } from "./query.ts";

const page = pageWords("The Café of C++", "A dog sat. O'Brien's node.js code, 東京タワー");
const finds = (query: string) => matches(parseQuery(query), page);

describe("a page is found", () => {
  test.each([
    ["dog", true],
    ["DOG cafe", true],
    ["dog zebra", false],
    ["zebra OR dog", true],
    ["cod", true],
    ['"cod"', false],
    ["do sat", false],
    ['"dog sat"', true],
    ['"sat dog"', false],
    ['"dog sa', true],
    ["dog -cat", true],
    ["dog -cafe", false],
    ['dog -"sat dog"', true],
    ["c++", true],
    ["c#", false],
    ["o'brien", true],
    ["O’Brien", true],
    ["brien", true],
    ["node.js", true],
    ["京タ", true],
    ["京東", false],
    ['"c ++ a dog"', false],
    ["", false],
    ["(", false],
    ["-cat", false],
  ])("by %j: %s", (query, expected) => {
    expect(finds(query)).toBe(expected);
  });

  test("as exactly the title when all of it was typed", () => {
    const title = pageWords("The Café of C++", "").title;
    expect(
      ["the cafe of c++", '"The Café of C++"', "the café OR zebra", "the cafe", "the cafe of c++ -x", ""].map(
        (query) => isExactTitle(parseQuery(query), title),
      ),
    ).toEqual([true, true, false, false, false, false]);
  });
});

describe("laws", () => {
  const word = fc.constantFrom("a", "ab", "abc", "b", "東", "京", "é");
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));

  test("every stretch of a text finds it, and every beginning of one", () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        (words, from, many) => {
          const at = from % words.length;
          const stretch = words.slice(at, at + 1 + (many % words.length)).join(" ");
          const found = pageWords("", words.join(" "));
          expect(matches(parseQuery(`"${stretch}"`), found)).toBe(true);
          expect(matches(parseQuery(`"${stretch.replace(/(?<=\S\S)\S$/, "")}`), found)).toBe(true);
        },
      ),
    );
  });

  test("more words find less, alternatives more, and what is excluded is not found", () => {
    fc.assert(
      fc.property(text, text, word, word, (title, body, one, other) => {
        const in_ = (query: string) => matches(parseQuery(query), pageWords(title, body));
        expect(in_(`${one} "${other}"`)).toBe(in_(`"${one}"`) && in_(`"${other}"`));
        expect(in_(`${one} OR "${other}"`)).toBe(in_(`"${one}"`) || in_(`"${other}"`));
        expect(in_(`"${one}" -${other}`)).toBe(in_(`"${one}"`) && !in_(`"${other}"`));
      }),
    );
  });
});
