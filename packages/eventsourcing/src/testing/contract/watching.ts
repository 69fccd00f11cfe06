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

/** `watch` calls a listener after each save. */
export const watchingCases: readonly RecorderContractCase[] = [
  promised(
    "R9",
    "calls a listener after each save, when its events can be read",
    async (recorder, subject) => {
      await expectCallAfterEachSave(subject, recorder, recorder);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "calls a listener after each save of another handle",
    async (recorder, reopen, subject) => {
      const other = await reopen();
      await expectCallAfterEachSave(subject, recorder, other);
      await expectCallAfterEachSave(subject, other, recorder);
    },
  ),

  promisedAcrossHandles("R9", "calls every listener", async (recorder, reopen, subject) => {
    const listeners = [recorder, recorder, await reopen()].map((handle) => new Listener(subject, handle));
    for (const count of [1, 3]) {
      await recorder.insertEvents(eventsOf(newId(), 1, count));
      const last = await recorder.maxNotificationId();
      for (const listener of listeners) await listener.waitFor(last);
    }
  }),

  promised("R9", "stops calling a listener that is removed, and no other", async (recorder, subject) => {
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    const unwatch = recorder.watch(count);
    // The same listener, added twice.
    const unwatchAgain = recorder.watch(count);
    const other = new Listener(subject, recorder);
    unwatch();
    unwatch();
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await other.waitFor(1);
    assert.ok(calls > 0, "removing one of two registrations removed both");
    unwatchAgain();
    calls = 0;
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await other.waitFor(2);
    assert.equal(calls, 0);
  }),

  promised(
    "R9",
    "calls all others when a listener removes itself during a call",
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
        await before.waitFor(id);
        await after.waitFor(id);
      }
      assert.equal(calls, 1);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "calls a listener that is added after the last one was removed",
    async (recorder, reopen, subject) => {
      const other = await reopen();
      for (const id of [1, 2, 3]) {
        const listener = new Listener(subject, other);
        await recorder.insertEvents([eventOf(newId(), 1)]);
        await listener.waitFor(id);
        listener.stop();
      }
    },
  ),

  promised("R9", "accepts no listener after close, and calls none", async (recorder) => {
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

/** Saves one event at a time, and waits for a call after each. */
async function expectCallAfterEachSave(
  subject: RecorderUnderTest,
  watched: Recorder,
  writer: Recorder,
): Promise<void> {
  const listener = new Listener(subject, watched);
  const page = newId();
  for (const version of [1, 2, 3, 4]) {
    const [result] = await writer.insertEvents([eventOf(page, version)]);
    await listener.waitFor(result?.notificationId ?? 0);
  }
  listener.stop();
}

/** Reads the last id after each call of its listener, and at no other time. */
class Listener {
  readonly stop: () => void;
  readonly #subject: RecorderUnderTest;
  #lastRead = 0;
  #read = () => {};

  constructor(subject: RecorderUnderTest, recorder: Recorder) {
    this.#subject = subject;
    this.stop = recorder.watch(() => {
      // Rejects after the last call, which `close` makes.
      void recorder.maxNotificationId().then(
        (last) => {
          this.#lastRead = Math.max(this.#lastRead, last);
          this.#read();
        },
        () => {},
      );
    });
  }

  /** Resolves when a read after a call has found `id`. */
  async waitFor(id: number): Promise<void> {
    const found = new Promise<void>((resolve) => {
      this.#read = () => {
        if (this.#lastRead >= id) resolve();
      };
      this.#read();
    });
    await inTime(this.#subject, found, () => `a call after notification ${id}`);
  }
}
