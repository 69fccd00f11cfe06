import { describe, expect, test } from "vitest";
import { matchPage, pageSnippet } from "./page-match.ts";
import { parseQuery } from "./query.ts";

const page = { title: "Dog food\0", body: "# Notes\n\nA **dog** [sat](/zebra)." };

describe("a page as it was saved", () => {
  test.each([
    ["dog sat", { matches: true, isExact: false }],
    ["dog food", { matches: true, isExact: true }],
    ["zebra", { matches: false, isExact: false }],
  ])("for %j matches: %j", (query, expected) => {
    expect(matchPage({ ...page, query: parseQuery(query) })).toEqual(expected);
  });

  test("has a snippet without Markdown", () => {
    expect(pageSnippet({ body: page.body, query: parseQuery("sat") })).toEqual([
      { text: "Notes A dog ", match: false },
      { text: "sat", match: true },
      { text: ".", match: false },
    ]);
  });
});
