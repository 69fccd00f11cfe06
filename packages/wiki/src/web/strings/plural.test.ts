import { describe, expect, it } from "vitest";
import { pluralsOf } from "./plural.ts";

describe("pluralsOf", () => {
  it("picks the form of the number and writes the number in the locale", () => {
    const count = pluralsOf("en-GB");
    const forms = { one: "# page", other: "# pages" };
    expect([0, 1, 2, 1_234].map((n) => count(n, forms))).toEqual([
      "0 pages",
      "1 page",
      "2 pages",
      "1,234 pages",
    ]);
  });

  it("uses the categories of other languages, and `other` for a form that is left out", () => {
    const polish = pluralsOf("pl");
    const forms = { one: "# strona", few: "# strony", other: "# stron" };
    expect([1, 3, 5].map((n) => polish(n, forms))).toEqual(["1 strona", "3 strony", "5 stron"]);
  });
});
