import { LimitExceededError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_QUERY_UNITS, MAX_QUERY_WORDS, type Phrase, parseQuery } from "./query.ts";

/** Formats a parsed query as `dog|"a phrase"|cat*|-not`, with alternatives joined by " OR ". */
function formatted(text: string): string {
  const term = ({ words, prefix }: Phrase) =>
    (words.length > 1 ? `"${words.join(" ")}"` : words.join("")) + (prefix ? "*" : "");
  return parseQuery(text)
    .any.map(({ all, none }) => [...all.map(term), ...none.map((phrase) => `-${term(phrase)}`)].join("|"))
    .join(" OR ");
}

describe("a query", () => {
  test.each([
    ["dog cat", "dog|cat*"],
    ["rose OR zebra", "rose OR zebra*"],
    ["red rose OR zebra -grey", "red|rose OR zebra|-grey"],
    ['"a phrase"', '"a phrase"'],
    ["“a phrase” „und noch“", '"a phrase"|"und noch"'],
    ['"hello wor', '"hello wor"*'],
    ["c++", '"c ++"*'],
    ["a -b", "a|-b"],
    ["O'Brien", '"o brien"*'],
    ["東京", '"東 京"'],
    ['-"x y" z', 'z|-"x y"'],
    ["a-b", '"a b"'],
    ["node.js", '"node js"*'],
    ["a - b", "a|b"],
    ["Cats or dogs", "cats|or|dogs*"],
    ["dog OR", "dog|or*"],
    ["OR", "or*"],
    ["a OR -b", "a"],
    ["a OR OR b", "a OR or|b"],
    ["(", ""],
    ['"', ""],
    ["", ""],
    ["-not", ""],
    ["\0\ud800", ""],
    ["nu nu nu nu", "nu|nu*"],
    ['"a b" x "A b" -y -Y x', '"a b"|x|-y'],
    ["dog OR cat OR dog OR cat xy", "dog OR cat OR cat|xy*"],
  ])("%j is parsed as %j", (text, expected) => {
    expect(formatted(text)).toBe(expected);
  });

  test("is refused beyond the maximum length", () => {
    expect(formatted("é".repeat(MAX_QUERY_UNITS))).not.toBe("");
    expect(() => parseQuery("x".repeat(MAX_QUERY_UNITS + 1))).toThrow(LimitExceededError);
  });

  test("is refused with more words than the maximum, apart from repeated terms", () => {
    const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(" ");
    expect(formatted(words(MAX_QUERY_WORDS))).toMatch(/w31\*$/);
    expect(() => parseQuery(words(MAX_QUERY_WORDS + 1))).toThrow(
      new LimitExceededError("words of a search query", MAX_QUERY_WORDS + 1, MAX_QUERY_WORDS),
    );
    const repeated = ["a ".repeat(400), "a OR ".repeat(200), '"a b" '.repeat(160), "x -y ".repeat(160)];
    for (const text of repeated) expect(formatted(text)).not.toBe("");
    for (const text of [`"${"a ".repeat(40)}"`, "東".repeat(40), words(40).replaceAll(" ", " OR ")]) {
      expect(() => parseQuery(text)).toThrow(LimitExceededError);
    }
  });

  test.each([
    ["dog dog", "dog dog"],
    ['"New York" new york', "new york new york"],
    ["a OR b", undefined],
    ["a -b", undefined],
  ])("%j is exactly the title %j", (text, title) => {
    expect(parseQuery(text).exactTitle).toBe(title);
  });

  test("is parsed from any text, with a phrase in each alternative", () => {
    const part = fc.constantFrom(
      '"',
      "-",
      "OR",
      " ",
      "(",
      "*",
      "cat",
      "c++",
      ":",
      "\\",
      "'",
      "NOT",
      "東京",
      "\0",
    );
    const text = fc.oneof(
      fc.array(part, { maxLength: 20 }).map((parts) => parts.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (query) => {
        const { any } = parseQuery(query);
        const phrases = any.flatMap(({ all, none }) => [...all, ...none]);
        expect(any.every(({ all }) => all.length > 0)).toBe(true);
        expect(phrases.every(({ words }) => words.length > 0)).toBe(true);
        expect(phrases.filter(({ prefix }) => prefix).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});
