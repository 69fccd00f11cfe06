import type { Recorder } from "../recorder/recorder.ts";

/** A recorder on a database of its own, as the contract suite wants it: empty, open, its clock in our hands. */
export interface RecorderUnderTest {
  readonly recorder: Recorder;
  /** Opens the same database once more, as another process would. Not needed with `reopens: false`. */
  readonly reopen?: (() => Promise<Recorder>) | undefined;
  /**
   * Resolves when what the recorder owes by itself, such as a call to who watches, must have come: after 30
   * seconds, unless given. May resolve early once `signal` is aborted.
   */
  readonly patience?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Stops the clock of every handle, also of those opened later, at `instant`. */
  setClock(instant: Date): void;
  /** Closes every handle, those of `reopen` included, and removes the database. Some were closed before. */
  dispose(): Promise<void>;
}

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
  readonly run: (subject: RecorderUnderTest) => Promise<void>;
}

/** A case that needs one recorder. */
export function promised(
  promise: RecorderPromise,
  name: string,
  run: (recorder: Recorder, subject: RecorderUnderTest) => Promise<void>,
): RecorderContractCase {
  return { promise, name, reopens: false, run: (subject) => run(subject.recorder, subject) };
}

/** A case that opens the database a second time. */
export function promisedAcrossHandles(
  promise: RecorderPromise,
  name: string,
  run: (recorder: Recorder, reopen: () => Promise<Recorder>, subject: RecorderUnderTest) => Promise<void>,
): RecorderContractCase {
  return {
    promise,
    name,
    reopens: true,
    run: async (subject) => {
      if (subject.reopen === undefined)
        throw new TypeError("reopen is missing; return it, or pass { reopens: false }.");
      await run(subject.recorder, subject.reopen, subject);
    },
  };
}
