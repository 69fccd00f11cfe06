import { LimitExceededError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_QUERY_UNITS, type Phrase, parseQuery } from "./query.ts";

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
  ])("%j is parsed as %j", (text, expected) => {
    expect(formatted(text)).toBe(expected);
  });

  test("is refused beyond the maximum length", () => {
    expect(formatted("é".repeat(MAX_QUERY_UNITS))).not.toBe("");
    expect(() => parseQuery("x".repeat(MAX_QUERY_UNITS + 1))).toThrow(LimitExceededError);
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
