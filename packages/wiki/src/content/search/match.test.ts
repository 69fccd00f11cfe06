import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExactTitle, matches } from "./match.ts";
import { pageWords } from "./page-text.ts";
import { parseQuery } from "./query.ts";

const page = pageWords("The Café of C++", "A dog sat. O'Brien's node.js code, 東京タワー");
const isFound = (query: string) => matches(parseQuery(query), page);

describe("a search", () => {
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
  ])("for %j matches: %s", (query, expected) => {
    expect(isFound(query)).toBe(expected);
  });

  test("is for exactly the title if the query has all of its words", () => {
    const title = pageWords("The Café of C++", "").title;
    expect(
      ["the cafe of c++", '"The Café of C++"', "the café OR zebra", "the cafe", "the cafe of c++ -x", ""].map(
        (query) => isExactTitle(parseQuery(query), title),
      ),
    ).toEqual([true, true, false, false, false, false]);
  });
});

describe("for any texts", () => {
  const word = fc.constantFrom("a", "ab", "abc", "b", "東", "京", "é");
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));

  test("each part of a text finds it, and each prefix of a part", () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        (words, from, many) => {
          const at = from % words.length;
          const part = words.slice(at, at + 1 + (many % words.length)).join(" ");
          const found = pageWords("", words.join(" "));
          expect(matches(parseQuery(`"${part}"`), found)).toBe(true);
          expect(matches(parseQuery(`"${part.replace(/(?<=\S\S)\S$/, "")}`), found)).toBe(true);
        },
      ),
    );
  });

  test("terms are combined by and, or and not", () => {
    fc.assert(
      fc.property(text, text, word, word, (title, body, one, other) => {
        const finds = (query: string) => matches(parseQuery(query), pageWords(title, body));
        expect(finds(`${one} "${other}"`)).toBe(finds(`"${one}"`) && finds(`"${other}"`));
        expect(finds(`${one} OR "${other}"`)).toBe(finds(`"${one}"`) || finds(`"${other}"`));
        expect(finds(`"${one}" -${other}`)).toBe(finds(`"${one}"`) && !finds(`"${other}"`));
      }),
    );
  });
});
