import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { type ClockAheadError, InvalidArgumentError } from "../errors.ts";
import { memoryRecorder } from "../memory/index.ts";
import { eventOf, newId } from "../testing/sample-events.ts";
import { ClockGuard, type ClockOptions } from "./clock-guard.ts";

const NOON = Date.UTC(2031, 4, 6, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Clocks that a test sets, in milliseconds after noon and after the start. */
function clocks() {
  const set = { now: 0, monotonic: 0, other: 0, uptime: 0 };
  const warnings: ClockAheadError[] = [];
  const options: ClockOptions = {
    now: () => new Date(NOON + set.now),
    monotonicMs: () => set.monotonic,
    onWarning: (warning) => warnings.push(warning),
  };
  return { set, warnings, options };
}

/** Takes note of a save at the clock's time, and returns how far that was ahead of the expected time. */
function save(guard: ClockGuard): number {
  const reading = guard.read();
  guard.stored(reading, reading.nowMs);
  return reading.nowMs - reading.trustedMs;
}

describe("a clock guard", () => {
  it("accepts a time that the other clock confirms", () => {
    const { set, options } = clocks();
    const otherClockMs = () => NOON + set.other;
    const guard = new ClockGuard({ ...options, onJump: "refuse" }, { otherClockMs });
    save(guard);
    set.now = HOUR_MS;
    expect(guard.read().trustedMs).toBe(NOON);
    set.other = HOUR_MS - 100;
    expect(guard.read()).toMatchObject({ nowMs: NOON + HOUR_MS, trustedMs: NOON + HOUR_MS - 100 });
    set.other = 2 * HOUR_MS;
    expect(guard.read().trustedMs).toBe(NOON + HOUR_MS);
  });

  it("compares the clocks before the first save", () => {
    const { set, warnings, options } = clocks();
    const guard = new ClockGuard(options, { otherClockMs: () => NOON - DAY_MS });
    expect(guard.status(undefined)).toMatchObject({ state: "ahead", aheadMs: DAY_MS });
    expect(save(guard)).toBe(DAY_MS);
    expect(warnings).toHaveLength(1);
    set.now = set.monotonic = MINUTE_MS;
    expect(save(guard)).toBe(0);
    expect(warnings).toHaveLength(1);
  });

  it("adds the time in which the machine was suspended", () => {
    const { set, warnings, options } = clocks();
    const guard = new ClockGuard(options, { uptimeMs: () => set.uptime });
    save(guard);
    for (const days of [1, 2, 3]) {
      set.now = days * DAY_MS + days;
      set.uptime = days * DAY_MS;
      set.monotonic = days;
      expect(save(guard)).toBeLessThan(10);
    }
    expect(warnings).toEqual([]);
    set.now += HOUR_MS;
    expect(save(guard)).toBeGreaterThan(HOUR_MS - 10);
    expect(warnings).toHaveLength(1);
  });

  it("distinguishes a jump in a long pause from the drift of clocks", () => {
    const { set, options } = clocks();
    const guard = new ClockGuard({ ...options, onJump: "refuse" });
    save(guard);
    set.monotonic = 7 * DAY_MS;
    set.now = 7 * DAY_MS + 5 * MINUTE_MS;
    const { nowMs, latestMs } = guard.read();
    expect(nowMs).toBeLessThanOrEqual(latestMs);
    set.now = 7 * DAY_MS + HOUR_MS;
    expect(guard.read().latestMs).toBeLessThan(NOON + set.now);
  });

  it("warns of each jump, and of a clock that is set back after one", () => {
    const { set, warnings, options } = clocks();
    const guard = new ClockGuard(options);
    save(guard);
    for (const hours of [1, 2]) {
      set.now = hours * HOUR_MS;
      save(guard);
      save(guard);
    }
    expect(warnings).toHaveLength(2);
    set.now = 0;
    for (let count = 0; count < 2; count += 1) guard.stored(guard.read(), NOON + 2 * HOUR_MS);
    expect(warnings).toHaveLength(3);
    expect(guard.status(NOON + 2 * HOUR_MS)).toEqual({
      state: "ahead",
      lastRecordedAt: new Date(NOON + 2 * HOUR_MS),
      aheadMs: 2 * HOUR_MS,
      maxAheadMs: MINUTE_MS,
      incidents: 3,
    });
  });

  it("trusts the first time that is not behind the record", () => {
    const { set, options } = clocks();
    const guard = new ClockGuard({ ...options, onJump: "refuse" });
    const lastMs = NOON + 3 * HOUR_MS;
    const before = guard.read();
    expect(lastMs).toBeGreaterThan(before.latestMs);
    guard.refused(before, lastMs);
    // The machine has got the right time, as after a start without a battery.
    set.now = 4 * HOUR_MS;
    expect(save(guard)).toBe(0);
  });

  it("stores events although onWarning throws", async () => {
    const { set, options } = clocks();
    const recorder = memoryRecorder({
      clock: {
        ...options,
        onWarning: () => {
          throw new Error("no");
        },
      },
    });
    const emitted = once(process, "warning");
    await recorder.insertEvents([eventOf(newId(), 1)]);
    set.now = HOUR_MS;
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await recorder.maxNotificationId()).toBe(2);
    expect(await emitted).toEqual([expect.objectContaining({ message: "clock.onWarning threw: no" })]);
  });

  it("names the remedy in its error", () => {
    const { set, warnings, options } = clocks();
    const guard = new ClockGuard(options);
    save(guard);
    set.now = 3 * HOUR_MS;
    const jump = guard.read();
    guard.stored(jump, jump.nowMs);
    expect(warnings[0]?.message).toBe(
      "The clock shows 2031-05-06T15:00:00.000Z, 3 hours more than expected. The events were stored, and no later " +
        "event gets an earlier time. If the clock is wrong, set it right and correct the recorded times: see docs/clock.md.",
    );
    set.now = 10 * DAY_MS;
    expect(guard.refused(guard.read(), guard.read().nowMs).message).toBe(
      "The clock shows 2031-05-16T12:00:00.000Z, 10 days more than expected. Nothing was stored. Set the clock right " +
        "or, if it is right, restart the process: see docs/clock.md.",
    );
    set.now = -90_000;
    const refused = guard.refused(guard.read(), NOON).message;
    expect(refused).toBe(
      "The last event was recorded at 2031-05-06T12:00:00.000Z, but the clock shows 2031-05-06T11:58:30.000Z, " +
        "90 seconds less. Nothing was stored. Set the clock right, wait until it passes that time, or correct the " +
        "recorded times: see docs/clock.md.",
    );
  });

  it("warns through Node's warnings by default", async () => {
    const { set, options } = clocks();
    const { onWarning: _, ...silent } = options;
    const guard = new ClockGuard(silent);
    save(guard);
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    set.now = HOUR_MS;
    save(guard);
    expect(await warned).toMatchObject({ name: "ClockAheadError", code: "clock-ahead" });
  });

  it.each<[string, unknown]>([
    ["clock", () => new Date()],
    ["clock", null],
    ["clock.now", new Date()],
    ["clock.maxAheadMs", 0],
    ["clock.maxAheadMs", "60000"],
    ["clock.onJump", "ignore"],
    ["clock.onWarning", true],
  ])("refuses a wrong %s: %s", (name, value) => {
    const [, field] = name.split(".");
    const clock = field === undefined ? value : { [field]: value };
    expect(() => new ClockGuard(clock as ClockOptions)).toThrow(`${name} must be`);
  });

  it("refuses a clock that returns no time, and stores nothing", async () => {
    const recorder = memoryRecorder({ clock: { now: () => new Date(Number.NaN) } });
    await expect(recorder.insertEvents([eventOf(newId(), 1)])).rejects.toThrow(InvalidArgumentError);
    expect(await recorder.maxNotificationId()).toBe(0);
  });
});
