import type { ClockAheadError } from "../errors.ts";
import type { ClockOptions } from "../recorder/clock-guard.ts";
import type { Recorder } from "../recorder/recorder.ts";

/** An open recorder on an empty database of its own. Its handles have the clock that `create` was given. */
export interface RecorderUnderTest {
  readonly recorder: Recorder;
  /** Opens the same database once more, as another process would. Not needed with `reopens: false`. */
  readonly reopen?: (() => Promise<Recorder>) | undefined;
  /**
   * Resolves when a call of a listener that is still missing counts as a failure (after 30 seconds). May resolve early
   * once `signal` is aborted.
   */
  readonly patience?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Closes every handle, including the handles from `reopen`, and removes the database. Some may be closed already. */
  dispose(): Promise<void>;
}

export interface CaseSubject extends RecorderUnderTest {
  /** Stops the clock of every handle at `instant`, and the monotonic clock at `monotonicMs` if it is given. */
  setClock(instant: Date, monotonicMs?: number): void;
  /** The warnings of all handles, in order. */
  readonly warnings: readonly ClockAheadError[];
}

/** The options of a case's clock that differ from the defaults. */
export type ClockPolicy = Pick<ClockOptions, "maxAheadMs" | "onJump">;

/** The promises that a test of one recorder can check. */
export type RecorderPromise =
  | "R1"
  | "R2"
  | "R3"
  | "R4"
  | "R5"
  | "R6"
  | "R7"
  | "R8"
  | "R9"
  | "R10"
  | "R11"
  | "R12"
  | "R14"
  | "R15"
  | "close"
  | "snapshots";

/** One test of the contract. It passes when `run` resolves. */
export interface RecorderContractCase {
  readonly promise: RecorderPromise;
  readonly name: string;
  /** True if the case needs `reopen`. */
  readonly reopens: boolean;
  readonly clock: ClockPolicy;
  readonly run: (subject: CaseSubject) => Promise<void>;
}

export function promised(
  promise: RecorderPromise,
  name: string,
  run: (recorder: Recorder, subject: CaseSubject) => Promise<void>,
  clock: ClockPolicy = {},
): RecorderContractCase {
  return { promise, name, reopens: false, clock, run: (subject) => run(subject.recorder, subject) };
}

/** Returns a case that opens the database a second time. */
export function promisedAcrossHandles(
  promise: RecorderPromise,
  name: string,
  run: (recorder: Recorder, reopen: () => Promise<Recorder>, subject: CaseSubject) => Promise<void>,
  clock: ClockPolicy = {},
): RecorderContractCase {
  return {
    promise,
    name,
    reopens: true,
    clock,
    run: async (subject) => {
      if (subject.reopen === undefined)
        throw new TypeError("reopen is missing; return it, or pass { reopens: false }.");
      await run(subject.recorder, subject.reopen, subject);
    },
  };
}
