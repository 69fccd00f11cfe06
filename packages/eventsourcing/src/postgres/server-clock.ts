import type { ClockAheadError } from "../errors.ts";
import { ClockGuard, type ClockOptions } from "../recorder/clock-guard.ts";
import type { ClockStatus } from "../recorder/recorder.ts";

/** The times that decide about one append, all in milliseconds since 1970. */
export interface AppendClock {
  /** Undefined: the server's clock is used. */
  readonly nowMs?: number | undefined;
  /** Undefined if there is nothing to expect a time from. */
  readonly expectedMs?: number | undefined;
  /** Undefined if no append is refused. */
  readonly maxAheadMs?: number | undefined;
}

/**
 * The clock that gives events their `recordedAt`: that of the option `now`, or the server's. The server's clock is
 * compared with the time that the monotonic clock of this process expects, and with the process's own clock, so that
 * a suspended process does not take the server's clock for one that has jumped.
 */
export class ServerClock {
  readonly #guard: ClockGuard;
  readonly #isOwn: boolean;

  /** @throws InvalidArgumentError */
  constructor(options: ClockOptions = {}) {
    this.#guard = new ClockGuard(options, {
      otherClockMs: options.now === undefined ? () => Date.now() : undefined,
    });
    this.#isOwn = options.now !== undefined;
  }

  /** Reads the clocks of this process just before an append is sent. */
  beforeAppend(): AppendClock {
    return {
      nowMs: this.#isOwn ? this.#guard.read().nowMs : undefined,
      expectedMs: this.#guard.expectedMs(),
      maxAheadMs: this.#guard.refuses ? this.#guard.maxAheadMs : undefined,
    };
  }

  /** Takes note of an append that stored events at `recordedMs` when the clock showed `clockMs`. */
  stored(clockMs: number, recordedMs: number): void {
    this.#guard.stored(this.#guard.read(clockMs), recordedMs);
  }

  /**
   * Returns the error of an append that the server refused. Undefined if the time is right by now: the append was under
   * way for so long that its expected time was too early.
   */
  refused(clockMs: number, recordedMs: number): ClockAheadError | undefined {
    const reading = this.#guard.read(clockMs);
    return recordedMs > reading.latestMs ? this.#guard.refused(reading, recordedMs) : undefined;
  }

  status(lastRecordedMs: number | undefined, serverMs: number): ClockStatus {
    return this.#guard.status(lastRecordedMs, this.#isOwn ? undefined : serverMs);
  }
}
