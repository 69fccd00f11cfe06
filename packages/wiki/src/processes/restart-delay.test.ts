import { expect, test } from "vitest";
import { RestartDelay } from "./restart-delay.ts";

const MINUTE_MS = 60_000;

test("the delay doubles with each crash, up to 30 seconds", () => {
  const delay = new RestartDelay();
  const delays = Array.from({ length: 9 }, () => delay.nextMs(10));
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("the delay is the shortest again after a run of more than a minute", () => {
  const delay = new RestartDelay();
  for (let crash = 0; crash < 9; crash += 1) delay.nextMs(MINUTE_MS);
  expect([delay.nextMs(MINUTE_MS + 1), delay.nextMs(10)]).toEqual([500, 1_000]);
});
