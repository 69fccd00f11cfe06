import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { EventLoopYielder } from "./yielding.ts";

it("yields to the event loop after a loop has held it for `maxMs`", async () => {
  const yielder = new EventLoopYielder(5);
  let turns = 0;
  const counting = { isRunning: true };
  const count = async () => {
    for (; counting.isRunning; turns += 1) await setImmediate();
  };
  const counted = count();
  const start = performance.now();
  while (turns < 4) await yielder.step();
  const elapsedMs = performance.now() - start;
  counting.isRunning = false;
  await counted;
  expect(elapsedMs).toBeGreaterThan(3 * 5);
});

it("does not wait in a loop that has held the event loop briefly", async () => {
  const yielder = new EventLoopYielder(60_000);
  let turned = false;
  void setImmediate().then(() => {
    turned = true;
  });
  for (let step = 0; step < 1_000; step += 1) await yielder.step();
  expect(turned).toBe(false);
});
