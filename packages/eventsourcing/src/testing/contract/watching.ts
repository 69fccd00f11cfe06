import assert from "node:assert/strict";
import { RecorderClosedError } from "../../errors.ts";
import type { Recorder } from "../../recorder/recorder.ts";
import {
  promised,
  promisedAcrossHandles,
  type RecorderContractCase,
  type RecorderUnderTest,
} from "../contract-case.ts";
import { eventOf, eventsOf, newId } from "../sample-events.ts";
import { inTime } from "../sample-follower.ts";

/** Being called when something was recorded. */
export const watchingCases: readonly RecorderContractCase[] = [
  promised(
    "R9",
    "who watches is called once the events can be read, every time",
    async (recorder, subject) => {
      await heardEveryTime(subject, recorder, recorder);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "who watches is called for what other handles record, every time",
    async (recorder, reopen, subject) => {
      const other = await reopen();
      await heardEveryTime(subject, recorder, other);
      await heardEveryTime(subject, other, recorder);
    },
  ),

  promisedAcrossHandles("R9", "each of several who watch is called", async (recorder, reopen, subject) => {
    const listeners = [recorder, recorder, await reopen()].map((handle) => new Listener(subject, handle));
    for (const count of [1, 3]) {
      await recorder.insertEvents(eventsOf(newId(), 1, count));
      const last = await recorder.maxNotificationId();
      for (const listener of listeners) await listener.hears(last);
    }
  }),

  promised("R9", "who stopped watching is called no more, the others are", async (recorder, subject) => {
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    const unwatch = recorder.watch(count);
    // Added twice, so that it is called until both have stopped.
    const unwatchAgain = recorder.watch(count);
    const other = new Listener(subject, recorder);
    unwatch();
    unwatch();
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await other.hears(1);
    assert.ok(calls > 0, "one of two was stopped, and neither was called");
    unwatchAgain();
    calls = 0;
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await other.hears(2);
    assert.equal(calls, 0);
  }),

  promised(
    "R9",
    "who stops in the middle of a call takes nothing from the others",
    async (recorder, subject) => {
      const before = new Listener(subject, recorder);
      let calls = 0;
      const unwatch = recorder.watch(() => {
        calls += 1;
        unwatch();
      });
      const after = new Listener(subject, recorder);
      for (const id of [1, 2]) {
        await recorder.insertEvents([eventOf(newId(), 1)]);
        await before.hears(id);
        await after.hears(id);
      }
      assert.equal(calls, 1);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "who watches after everyone stopped is called again",
    async (recorder, reopen, subject) => {
      const other = await reopen();
      for (const id of [1, 2, 3]) {
        const listener = new Listener(subject, other);
        await recorder.insertEvents([eventOf(newId(), 1)]);
        await listener.hears(id);
        listener.stop();
      }
    },
  ),

  promised("R9", "a closed recorder calls nobody, and is watched by nobody", async (recorder) => {
    let calls = 0;
    const unwatch = recorder.watch(() => {
      calls += 1;
    });
    await recorder.close();
    calls = 0;
    unwatch();
    assert.throws(() => recorder.watch(() => {}), RecorderClosedError);
    assert.equal(calls, 0);
  }),
];

/** Saves one after another, each only when the one before was heard of. */
async function heardEveryTime(
  subject: RecorderUnderTest,
  watched: Recorder,
  writer: Recorder,
): Promise<void> {
  const listener = new Listener(subject, watched);
  const page = newId();
  for (const version of [1, 2, 3, 4]) {
    const [result] = await writer.insertEvents([eventOf(page, version)]);
    await listener.hears(result?.notificationId ?? 0);
  }
  listener.stop();
}

/** Reads when it is called, and at no other time. */
class Listener {
  readonly stop: () => void;
  readonly #subject: RecorderUnderTest;
  #lastRead = 0;
  #read = () => {};

  constructor(subject: RecorderUnderTest, recorder: Recorder) {
    this.#subject = subject;
    this.stop = recorder.watch(() => {
      // A closed recorder is read no more, and its last call is no proof of anything.
      void recorder.maxNotificationId().then(
        (last) => {
          this.#lastRead = Math.max(this.#lastRead, last);
          this.#read();
        },
        () => {},
      );
    });
  }

  /** Resolves when a read that a call led to has found `id`. */
  async hears(id: number): Promise<void> {
    const found = new Promise<void>((resolve) => {
      this.#read = () => {
        if (this.#lastRead >= id) resolve();
      };
      this.#read();
    });
    await inTime(this.#subject, found, () => `a call after ${id} was recorded`);
  }
}
