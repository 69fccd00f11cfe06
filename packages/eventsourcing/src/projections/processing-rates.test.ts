import { expect, it } from "vitest";
import { ProcessingRates } from "./processing-rates.ts";

it("measures the last 30 seconds, for any number of callers", () => {
  let at = 0;
  const rates = new ProcessingRates(() => at);
  // Ten notifications a second, and ten queries.
  const seen: (number | undefined)[] = [];
  for (; at <= 120_000; at += 100) seen.push(rates.rateOf({ view: "sums", number: 1, position: at / 100 }));
  expect(seen.slice(0, 5)).toEqual(Array(5).fill(undefined));
  expect(new Set(seen.slice(5))).toEqual(new Set([10]));
  // From here on the position stays the same.
  const rateAfter = (ms: number) => {
    at = 120_000 + ms;
    return rates.rateOf({ view: "sums", number: 1, position: 1_200 });
  };
  expect(rateAfter(15_000)).toBeCloseTo(5, 0);
  expect(rateAfter(60_000)).toBeCloseTo(0, 0);
  expect(rateAfter(180_000)).toBe(0);
});

it("measures each generation by itself, and drops the samples of removed ones", () => {
  let at = 0;
  const rates = new ProcessingRates(() => at);
  const first = { view: "sums", number: 1, position: 500 };
  rates.rateOf(first);
  at = 1_000;
  expect(rates.rateOf({ ...first, position: 700 })).toBe(200);
  expect(rates.rateOf({ view: "sums", number: 2, position: 10 })).toBeUndefined();
  rates.retain([{ view: "sums", number: 2 }]);
  at = 2_000;
  expect(rates.rateOf({ view: "sums", number: 2, position: 40 })).toBe(30);
  expect(rates.rateOf(first)).toBeUndefined();
});
