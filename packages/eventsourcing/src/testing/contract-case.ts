import type { ClockAheadError } from "../errors.ts";
import type { ClockOptions } from "../recorder/clock-guard.ts";
import type { Recorder } from "../recorder/recorder.ts";

/** An open recorder on an empty database of its own. Its handles have the clock that `create` was given. */
export interface RecorderUnderTest {
  readonly recorder: Recorder;
  /** Opens the same database once more, as another process would. Not needed with `reopens: false`. */
  readonly reopen?: (() => Promise<Recorder>) | undefined;
  /**
   * Resolves when what the recorder owes by itself, such as a call to who watches, must have come: after 30
   * seconds, unless given. May resolve early once `signal` is aborted.
   */
  readonly patience?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Closes every handle, those of `reopen` included, and removes the database. Some were closed before. */
  dispose(): Promise<void>;
}

/** What a case works with. */
export interface CaseSubject extends RecorderUnderTest {
  /** Stops the clock of every handle at `instant`, and the monotonic clock at `monotonicMs` if it is given. */
  setClock(instant: Date, monotonicMs?: number): void;
  /** What every handle has warned of, in order. */
  readonly warnings: readonly ClockAheadError[];
}

/** The options of a case's clock that differ from the defaults. */
export type ClockPolicy = Pick<ClockOptions, "maxAheadMs" | "onJump">;

/** The promises of DESIGN that a test can ask of one recorder, and the two that have no number. */
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
  /** A sentence that states what is promised. */
  readonly name: string;
  /** Whether the case needs `reopen`. */
  readonly reopens: boolean;
  readonly clock: ClockPolicy;
  readonly run: (subject: CaseSubject) => Promise<void>;
}

/** A case that needs one recorder. */
export function promised(
  promise: RecorderPromise,
  name: string,
  run: (recorder: Recorder, subject: CaseSubject) => Promise<void>,
  clock: ClockPolicy = {},
): RecorderContractCase {
  return { promise, name, reopens: false, clock, run: (subject) => run(subject.recorder, subject) };
}

/** A case that opens the database a second time. */
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
