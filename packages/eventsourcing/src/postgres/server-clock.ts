import type { ClockAheadError } from "../errors.ts";
import { ClockGuard, type ClockOptions } from "../recorder/clock-guard.ts";
import type { ClockStatus } from "../recorder/recorder.ts";

/** The times that the server needs to check one append. Milliseconds since 1970, except `maxAheadMs`. */
export interface AppendClock {
  /** The clock's time. Undefined: the server's clock is used. */
  readonly nowMs?: number | undefined;
  /** The expected time. Undefined before the first reading of a clock. */
  readonly expectedMs?: number | undefined;
  /** How far events may be ahead of both times. Undefined: any distance. */
  readonly maxAheadMs?: number | undefined;
}

/**
 * Checks the clock that gives events their `recordedAt`: the option `now`, or the server's clock. The server's clock
 * is also compared with the system clock of this process, so that it does not seem to jump after the process was
 * suspended.
 */
export class ServerClock {
  readonly #guard: ClockGuard;
  readonly #isServers: boolean;

  /** @throws InvalidArgumentError */
  constructor(options: ClockOptions = {}) {
    this.#guard = new ClockGuard(options, {
      otherClockMs: options.now === undefined ? () => Date.now() : undefined,
    });
    this.#isServers = options.now === undefined;
  }

  beforeAppend(): AppendClock {
    return {
      nowMs: this.#isServers ? undefined : this.#guard.read().nowMs,
      expectedMs: this.#guard.expectedMs(),
      maxAheadMs: this.#guard.refuses ? this.#guard.maxAheadMs : undefined,
    };
  }

  /** Records that an append stored events at `recordedMs` when the clock showed `clockMs`. */
  stored(clockMs: number, recordedMs: number): void {
    this.#guard.stored(this.#guard.read(clockMs), recordedMs);
  }

  /**
   * Returns the error of an append that the server refused. Undefined if the append took so long that its expected
   * time was too early, and a new one would be accepted.
   */
  refused(clockMs: number, recordedMs: number): ClockAheadError | undefined {
    const reading = this.#guard.read(clockMs);
    return recordedMs > reading.latestMs ? this.#guard.refused(reading, recordedMs) : undefined;
  }

  status(lastRecordedMs: number | undefined, serverMs: number): ClockStatus {
    return this.#guard.status(lastRecordedMs, this.#isServers ? serverMs : undefined);
  }
}
