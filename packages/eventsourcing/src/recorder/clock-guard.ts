import { uptime } from "node:os";
import { ClockAheadError, InvalidArgumentError, messageOf } from "../errors.ts";
import { requireFromOne } from "./arguments.ts";
import type { ClockStatus } from "./recorder.ts";

/** The clock that gives events their `recordedAt`, and the response to a wrong one. */
export interface ClockOptions {
  /** Returns the current time. Default: the system's clock; on PostgreSQL, the server's. */
  readonly now?: () => Date;
  /** Returns milliseconds since a fixed moment, which changes of the clock do not affect. Default: `performance.now`. */
  readonly monotonicMs?: () => number;
  /** How far `recordedAt` may be ahead of the expected time, in milliseconds from 1. Default: 60,000. */
  readonly maxAheadMs?: number;
  /**
   * The response to events whose `recordedAt` would be further ahead. "warn" stores them and warns once per incident;
   * "refuse" rejects their save with ClockAheadError and stores nothing. Default: "warn".
   */
  readonly onJump?: "warn" | "refuse";
  /** Receives the warnings. Default: `process.emitWarning`. */
  readonly onWarning?: (warning: ClockAheadError) => void;
}

/** One comparison of the clock with the expected time. All values are milliseconds. */
export interface ClockReading {
  /** The time that the clock shows. */
  readonly nowMs: number;
  /** The earlier of that time and the expected time. */
  readonly trustedMs: number;
  /** The latest `recordedAt` that a save may get; infinite unless saves are refused. */
  readonly latestMs: number;
  readonly monotonicMs: number;
}

/** Clocks that explain why the clock is ahead of the monotonic clock. */
export interface OtherClocks {
  /** Another clock of the same time, in milliseconds since 1970. The guard ignores a jump that this clock shows, too. */
  readonly otherClockMs?: (() => number) | undefined;
  /**
   * Milliseconds since a fixed moment, including the time in which the machine was suspended. Default: since the machine
   * started, unless the monotonic clock is an option.
   */
  readonly uptimeMs?: () => number;
}

const DEFAULT_MAX_AHEAD_MS = 60_000;

/** NTP speeds a clock up by at most 500 ppm, and monotonic clocks are off by less. */
const DRIFT = 0.0005;

/** A larger difference between the clocks is worth a system call that tells whether the machine was suspended. */
const SUSPECTED_SUSPENSION_MS = 1_000;

/**
 * Detects that events would be recorded too far in the future. `recordedAt` never decreases (R15), so one event of a
 * wrong time would give this time to all later ones.
 *
 * The expected time is the time of the last good reading plus the milliseconds that the monotonic clock has counted
 * since. `recordedAt` is too far ahead if it exceeds this time, or that of the clock, by more than `maxAheadMs`: the
 * clock has jumped forward, or another process has recorded events while its clock was ahead.
 */
export class ClockGuard {
  readonly maxAheadMs: number;
  /** Whether saves are refused. */
  readonly refuses: boolean;
  readonly #nowMs: () => number;
  readonly #monotonicMs: () => number;
  readonly #uptimeMs: (() => number) | undefined;
  readonly #otherClockMs: (() => number) | undefined;
  readonly #onWarning: (warning: ClockAheadError) => void;
  /** The last reading that was not too far ahead, or was recorded in spite of it. */
  #reference: ClockReading | undefined;
  /** How far the uptime is ahead of the monotonic clock. */
  #uptimeLeadMs = 0;
  #isAhead = false;
  #incidents = 0;

  /** @throws InvalidArgumentError */
  constructor(options: ClockOptions = {}, { otherClockMs, uptimeMs }: OtherClocks = {}) {
    checkClockOptions(options);
    const { now, monotonicMs, maxAheadMs = DEFAULT_MAX_AHEAD_MS, onJump } = options;
    this.maxAheadMs = maxAheadMs;
    this.refuses = onJump === "refuse";
    this.#nowMs = now === undefined ? () => Date.now() : () => millisecondsOf(now());
    this.#monotonicMs = monotonicMs ?? (() => performance.now());
    this.#uptimeMs = uptimeMs ?? (monotonicMs === undefined ? systemUptimeMs : undefined);
    if (this.#uptimeMs !== undefined) this.#uptimeLeadMs = this.#uptimeMs() - this.#monotonicMs();
    this.#otherClockMs = otherClockMs;
    this.#onWarning = options.onWarning ?? ((warning) => process.emitWarning(warning));
  }

  /** Returns the expected time, in milliseconds since 1970. Undefined if there is nothing to expect it from. */
  expectedMs(): number | undefined {
    return this.#expectedMs(this.#monotonicMs());
  }

  /** Reads the clock, unless its time is given, and compares it with the expected time. */
  read(nowMs = this.#nowMs()): ClockReading {
    // Saves of the same millisecond share a reading: clocks are slow to read, compared with a save in memory.
    if (nowMs === this.#reference?.nowMs) return this.#reference;
    const monotonicMs = this.#monotonicMs();
    let expectedMs = this.#expectedMs(monotonicMs) ?? nowMs;
    if (nowMs - expectedMs > SUSPECTED_SUSPENSION_MS && this.#addSuspension(monotonicMs))
      expectedMs = this.#expectedMs(monotonicMs) ?? nowMs;
    return this.#reading(nowMs, monotonicMs, Math.min(nowMs, expectedMs));
  }

  /** Updates the guard after events were stored with `recordedMs`. Warns if that time is too far ahead. */
  stored(reading: ClockReading, recordedMs: number): void {
    if (recordedMs <= reading.trustedMs + this.maxAheadMs) this.#isAhead = false;
    else if (this.#startIncident()) this.#warn(this.#error(reading, recordedMs, true));
    // A record that is ahead of the clock does not show whether the clock is right.
    if (reading !== this.#reference && recordedMs <= reading.nowMs + this.maxAheadMs)
      this.#reference = this.#reading(reading.nowMs, reading.monotonicMs);
  }

  /** Starts an incident unless one is open, and returns the error of the refused save. */
  refused(reading: ClockReading, recordedMs: number): ClockAheadError {
    this.#startIncident();
    return this.#error(reading, recordedMs, false);
  }

  /** @param nowMs the time that the clock shows, if not that of the option `now` */
  status(lastRecordedMs: number | undefined, nowMs?: number): ClockStatus {
    const reading = this.read(nowMs);
    const nextMs = Math.max(reading.nowMs, lastRecordedMs ?? 0);
    const aheadMs = Math.max(0, Math.floor(nextMs - reading.trustedMs));
    const state = this.refuses ? "refusing" : "ahead";
    return {
      state: aheadMs > this.maxAheadMs ? state : "ok",
      lastRecordedAt: lastRecordedMs === undefined ? undefined : new Date(lastRecordedMs),
      aheadMs,
      maxAheadMs: this.maxAheadMs,
      incidents: this.#incidents,
    };
  }

  #reading(nowMs: number, monotonicMs: number, trustedMs = nowMs): ClockReading {
    const latestMs = this.refuses ? trustedMs + this.maxAheadMs : Number.POSITIVE_INFINITY;
    return { nowMs, trustedMs, latestMs, monotonicMs };
  }

  #expectedMs(monotonicMs: number): number | undefined {
    const otherMs = this.#otherClockMs?.();
    if (this.#reference === undefined) return otherMs;
    const elapsedMs = Math.max(0, monotonicMs - this.#reference.monotonicMs);
    const countedMs = this.#reference.nowMs + elapsedMs * (1 + DRIFT);
    return otherMs === undefined ? countedMs : Math.max(countedMs, otherMs);
  }

  /** Adds the time that the machine was suspended, in which `performance.now` stands still on Linux. */
  #addSuspension(monotonicMs: number): boolean {
    if (this.#uptimeMs === undefined || this.#reference === undefined) return false;
    const leadMs = this.#uptimeMs() - monotonicMs;
    const suspendedMs = leadMs - this.#uptimeLeadMs;
    if (suspendedMs <= 0) return false;
    this.#uptimeLeadMs = leadMs;
    this.#reference = this.#reading(this.#reference.nowMs + suspendedMs, this.#reference.monotonicMs);
    return true;
  }

  /** Returns true if a new incident has begun. */
  #startIncident(): boolean {
    if (this.#isAhead) return false;
    this.#isAhead = true;
    this.#incidents += 1;
    return true;
  }

  #warn(error: ClockAheadError): void {
    try {
      this.#onWarning(error);
    } catch (thrown) {
      // The events are stored, so the save must not fail.
      process.emitWarning(`clock.onWarning threw: ${messageOf(thrown)}`);
    }
  }

  #error({ nowMs, trustedMs }: ClockReading, recordedMs: number, isStored: boolean): ClockAheadError {
    return new ClockAheadError({
      recordedAt: new Date(recordedMs),
      now: new Date(nowMs),
      expected: new Date(trustedMs),
      maxAheadMs: this.maxAheadMs,
      isStored,
    });
  }
}

function checkClockOptions(options: ClockOptions): void {
  if (typeof options !== "object" || options === null)
    throw new InvalidArgumentError("clock", options, "an object, such as { now: () => new Date() }");
  const { maxAheadMs, onJump } = options;
  for (const name of ["now", "monotonicMs", "onWarning"] as const) {
    if (!["function", "undefined"].includes(typeof options[name]))
      throw new InvalidArgumentError(`clock.${name}`, options[name], "a function");
  }
  if (maxAheadMs !== undefined) requireFromOne("clock.maxAheadMs", maxAheadMs);
  if (!["warn", "refuse", undefined].includes(onJump))
    throw new InvalidArgumentError("clock.onJump", onJump, '"warn" or "refuse"');
}

function millisecondsOf(date: Date): number {
  const ms = Number(date);
  if (!Number.isSafeInteger(ms))
    throw new InvalidArgumentError("The result of clock.now", date, "a valid Date");
  return ms;
}

/** Milliseconds since the machine started, including the time in which it was suspended. */
function systemUptimeMs(): number {
  try {
    return uptime() * 1_000;
  } catch {
    // Some sandboxes do not tell.
    return 0;
  }
}
