import fc from "fast-check";
import { expect, test } from "vitest";
import { joinedWordsOf } from "./joined-words.ts";
import { wordListOf } from "./words.ts";

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", "Z", "0", " ", ".", "+", "#", "\0", "é", "ﬁ", "漢", "\ud800"),
    maxLength: 40,
  }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("x".repeat(64), "x".repeat(65), `${"Word ".repeat(5_000)}`, ""),
);

test("the joined words of a text are its words", () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const words = wordListOf(one + other);
      expect(joinedWordsOf(one + other)).toEqual({ joined: words.join(" "), count: words.length });
    }),
    { numRuns: 1_000 },
  );
});
