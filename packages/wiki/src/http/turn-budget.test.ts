import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { TurnBudget } from "./turn-budget.ts";

/** Starts `count` requests that wait, and then work for some milliseconds. Returns the list of those that worked. */
function startRequests(count: number, workMs: number): readonly number[] {
  let clock = 0;
  const budget = new TurnBudget(() => clock);
  const finished: number[] = [];
  for (let request = 1; request <= count; request += 1) {
    void budget.wait().then(() => {
      clock += workMs;
      finished.push(request);
    });
  }
  return finished;
}

test("a single request does not wait", async () => {
  const finished = startRequests(1, 6);
  await Promise.resolve();
  expect(finished).toEqual([1]);
});

test("requests that continue together share turns of 10 ms, in order", async () => {
  const finished = startRequests(6, 6);
  await Promise.resolve();
  const finishedAfterTurns = [finished.length];
  while (finished.length < 6) {
    await nextTurn();
    finishedAfterTurns.push(finished.length);
  }
  expect(finishedAfterTurns).toEqual([1, 3, 5, 6]);
  expect(finished).toEqual([1, 2, 3, 4, 5, 6]);
});
