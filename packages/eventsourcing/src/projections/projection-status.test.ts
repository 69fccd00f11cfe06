import { expect, it } from "vitest";
import { memorySums } from "../../test/memory-sums.ts";
import { sumsProjection } from "../testing/sample-view.ts";
import { Rates, statusOf } from "./projection-status.ts";
import type { Generation } from "./view-store.ts";

const projection = sumsProjection(memorySums, "sums");
const POISON = { notificationId: 65, topic: "Account.Paid", error: "no" };

const generation = (number: number, position: number, more: Partial<Generation> = {}): Generation => ({
  view: "sums",
  number,
  version: 1,
  active: number === 1,
  position,
  eventId: undefined,
  processed: position,
  skipped: [],
  stopped: undefined,
  ...more,
});

const statusWith = (...generations: Generation[]) =>
  statusOf(projection, { generations, last: 100, runner: "here" }, new Rates());

it("a next generation that stopped is told apart from the active one", () => {
  const halted = statusWith(generation(1, 100), generation(2, 64, { stopped: POISON }));
  expect(halted).toMatchObject({ state: "rebuild-stopped", stopped: undefined, lag: 0 });
  expect(halted.next).toMatchObject({ done: 64, total: 100, stopped: POISON });
  const stopped = statusWith(generation(1, 64, { stopped: POISON }), generation(2, 70));
  expect(stopped).toMatchObject({ state: "stopped", stopped: POISON, lag: 36 });
  expect(stopped.next).toMatchObject({ done: 70, stopped: undefined });
});

it("a rate is one of the last half minute, whoever else asks for it", () => {
  let at = 0;
  const rates = new Rates(() => at);
  // Ten notifications a second, and as many askers.
  const seen: (number | undefined)[] = [];
  for (; at <= 120_000; at += 100) seen.push(rates.of({ view: "sums", number: 1, position: at / 100 }));
  expect(seen.slice(0, 5)).toEqual(Array(5).fill(undefined));
  expect(new Set(seen.slice(5))).toEqual(new Set([10]));
  // It stands still.
  const askedLater = (ms: number) => {
    at = 120_000 + ms;
    return rates.of({ view: "sums", number: 1, position: 1_200 });
  };
  expect(askedLater(15_000)).toBeCloseTo(5, 0);
  expect(askedLater(60_000)).toBeCloseTo(0, 0);
  expect(askedLater(180_000)).toBe(0);
});

it("a rate is that of a generation, and forgotten with it", () => {
  let at = 0;
  const rates = new Rates(() => at);
  const first = { view: "sums", number: 1, position: 500 };
  rates.of(first);
  at = 1_000;
  expect(rates.of({ ...first, position: 700 })).toBe(200);
  expect(rates.of({ view: "sums", number: 2, position: 10 })).toBeUndefined();
  rates.keep([{ view: "sums", number: 2 }]);
  at = 2_000;
  expect(rates.of({ view: "sums", number: 2, position: 40 })).toBe(30);
  expect(rates.of(first)).toBeUndefined();
});
