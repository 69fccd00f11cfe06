import fc from "fast-check";
import { expect, test } from "vitest";
import { DISPLAYED_DIFF_LIMITS, DiffBudget } from "./diff-budget.ts";
import { pairSimilar, similarRows, wordsIn } from "./similarity-pairing.ts";

const candidates = (texts: readonly string[]) => texts.map((text) => ({ kind: "x", words: wordsIn(text) }));
const budgetOf = (steps: number) => new DiffBudget({ ...DISPLAYED_DIFF_LIMITS, steps });
const pairs = (before: readonly string[], after: readonly string[], steps = 1_000_000) =>
  pairSimilar(candidates(before), candidates(after), budgetOf(steps));

test("pairs the candidates with most text in common", () => {
  expect(pairs(["one two three"], ["four five six"])).toEqual([]);
  expect(pairs(["one two three"], ["x", "one two four", "one two three four"])).toEqual([[0, 2]]);
  expect(pairs(["a long sentence", "short"], ["short", "a long sentence"])).toEqual([[0, 1]]);
  expect(pairs(["word"], ["WORD"])).toEqual([]);
});

test("never pairs candidates of different kinds", () => {
  const [one, other] = [
    { kind: "p", words: ["same"] },
    { kind: "li", words: ["same"] },
  ];
  expect(pairSimilar([one], [other], budgetOf(1_000))).toEqual([]);
  expect(pairSimilar([one], [other, one], budgetOf(1_000))).toEqual([[0, 1]]);
});

test("pairs candidates without words only if no better pair is lost", () => {
  expect(pairs(["", "text"], ["text", ""])).toEqual([[1, 0]]);
  expect(pairs([""], [""])).toEqual([[0, 0]]);
});

test("yields unpaired candidates alone, removed ones first", () => {
  const rows = similarRows(candidates(["x", "one two", "y"]), candidates(["one two", "z"]), budgetOf(1_000));
  expect([...rows]).toEqual([
    [0, undefined],
    [1, 0],
    [2, undefined],
    [undefined, 1],
  ]);
});

test("pairs long sequences in chunks", () => {
  const texts = Array.from({ length: 5_000 }, (_, n) => `line ${n}`);
  const changed = texts.map((text) => `${text} changed`);
  for (const steps of [0, 1_000_000, 1_000_000_000]) {
    expect(pairs(texts, changed, steps)).toEqual(texts.map((_, n) => [n, n]));
  }
});

test("keeps the order of both sides and uses each candidate at most once", () => {
  const text = fc.array(fc.constantFrom("a", "bb", "ccc", "dddd"), { maxLength: 4 }).map((w) => w.join(" "));
  const texts = fc.array(text, { maxLength: 20 });
  fc.assert(
    fc.property(texts, texts, fc.constantFrom(100, 40_000_000), (before, after, steps) => {
      let [lastOld, lastNew] = [-1, -1];
      for (const [old, now] of pairs(before, after, steps)) {
        expect(old).toBeGreaterThan(lastOld);
        expect(now).toBeGreaterThan(lastNew);
        expect([before[old], after[now]]).not.toContain(undefined);
        [lastOld, lastNew] = [old, now];
      }
    }),
  );
});
