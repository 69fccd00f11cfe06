import fc from "fast-check";
import { expect, test } from "vitest";
import { pairAlike, wordsIn } from "./pairing.ts";
import { PASSING_EFFORT, SearchBudget } from "./sequence-alignment.ts";

const candidates = (texts: readonly string[]) => texts.map((text) => ({ kind: "x", words: wordsIn(text) }));
const budgetOf = (steps: number) => new SearchBudget({ ...PASSING_EFFORT, steps });
const pairs = (before: readonly string[], after: readonly string[], steps = 1_000_000) =>
  pairAlike(candidates(before), candidates(after), budgetOf(steps));

test("what resembles each other is paired, with most in common", () => {
  expect(pairs(["one two three"], ["four five six"])).toEqual([]);
  expect(pairs(["one two three"], ["x", "one two four", "one two three four"])).toEqual([[0, 2]]);
  expect(pairs(["a long sentence", "short"], ["short", "a long sentence"])).toEqual([[0, 1]]);
  expect(pairs(["word"], ["WORD"])).toEqual([]);
});

test("only what is of one kind is paired", () => {
  const [one, other] = [
    { kind: "p", words: ["same"] },
    { kind: "li", words: ["same"] },
  ];
  expect(pairAlike([one], [other], budgetOf(1_000))).toEqual([]);
  expect(pairAlike([one], [other, one], budgetOf(1_000))).toEqual([[0, 1]]);
});

test("what has no words is paired only if nothing better is lost by it", () => {
  expect(pairs(["", "text"], ["text", ""])).toEqual([[1, 0]]);
  expect(pairs([""], [""])).toEqual([[0, 0]]);
});

test("long sequences are paired section by section", () => {
  const texts = Array.from({ length: 5_000 }, (_, n) => `line ${n}`);
  const changed = texts.map((text) => `${text} changed`);
  for (const steps of [0, 1_000_000, 1_000_000_000]) {
    expect(pairs(texts, changed, steps)).toEqual(texts.map((_, n) => [n, n]));
  }
});

test("pairs keep the order of both sides, and each stands in one pair at most", () => {
  const text = fc.array(fc.constantFrom("a", "bb", "ccc", "dddd"), { maxLength: 4 }).map((w) => w.join(" "));
  const texts = fc.array(text, { maxLength: 20 });
  fc.assert(
    fc.property(texts, texts, fc.constantFrom(100, 40_000_000), (before, after, steps) => {
      let [old, now] = [-1, -1];
      for (const [oldPaired, nowPaired] of pairs(before, after, steps)) {
        expect(oldPaired).toBeGreaterThan(old);
        expect(nowPaired).toBeGreaterThan(now);
        expect([before[oldPaired], after[nowPaired]]).not.toContain(undefined);
        [old, now] = [oldPaired, nowPaired];
      }
    }),
  );
});
