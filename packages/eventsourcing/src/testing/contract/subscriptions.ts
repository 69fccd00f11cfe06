import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { RecorderClosedError } from "../../errors.ts";
import type { NotificationRange, Recorder } from "../../recorder/recorder.ts";
import {
  promised,
  promisedAcrossHandles,
  type RecorderContractCase,
  type RecorderUnderTest,
} from "../contract-case.ts";
import { burst } from "../sample-burst.ts";
import { eventOf, eventsOf, newId, rejection, upTo } from "../sample-events.ts";
import { following } from "../sample-follower.ts";

/** Following, by `subscribe`. */
export const subscriptionCases: readonly RecorderContractCase[] = [
  promised("R9", "a follower catches up, then goes on live, in order and once", async (recorder, subject) => {
    await catchesUpAndGoesOn(subject, recorder, recorder);
  }),

  promisedAcrossHandles(
    "R9",
    "a follower goes on live with what another handle records",
    async (recorder, reopen, subject) => {
      const other = await reopen();
      await catchesUpAndGoesOn(subject, recorder, other);
    },
  ),

  promised(
    "R9",
    "followers that start in the middle of a burst see every id once and in order",
    async (recorder, subject) => {
      await followBurst(subject, [recorder], [recorder, recorder, recorder, recorder]);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "followers in several processes see every id of a burst of several once and in order",
    async (recorder, reopen, subject) => {
      const [writer, reader] = [await reopen(), await reopen()];
      await followBurst(subject, [recorder, writer], [reader, recorder, reader, writer]);
    },
  ),

  promised("R9", "a follower starts where it is told, also beyond the end", async (recorder, subject) => {
    await recorder.insertEvents(eventsOf(newId(), 1, 5));
    await following(subject, async (follow) => {
      assert.deepEqual(await follow(recorder, { start: 3 }).take(3), [3, 4, 5]);
      const taking = Promise.all([
        follow(recorder, { start: 8 }).take(2),
        follow(recorder, { start: 6 }).take(1),
      ]);
      for (const _ of upTo(4)) await recorder.insertEvents([eventOf(newId(), 1)]);
      assert.deepEqual(await taking, [[8, 9], [6]]);
    });
  }),

  promised("R9", "only the topics asked for are given, live as well", async (recorder, subject) => {
    const record = (...topics: string[]) =>
      recorder.insertEvents(topics.map((topic) => eventOf(newId(), 1, { topic })));
    await record("Seldom", "Often", "Often", "Seldom");
    await following(subject, async (follow) => {
      const seldom = follow(recorder, { topics: ["Seldom"], batchSize: 1 });
      const both = follow(recorder, { topics: ["Seldom", "Often"] });
      assert.deepEqual(await seldom.take(2), [1, 4]);
      assert.deepEqual(await both.take(4), upTo(4));
      await record("Often", "Other");
      await record("Other", "Seldom");
      assert.deepEqual(await seldom.take(1), [8]);
      assert.deepEqual(await both.take(2), [5, 8]);
    });
  }),

  promised(
    "R9",
    "what a filter passed over is not read again, and nothing is read without a call",
    async (recorder, subject) => {
      const log = new ReadingLog(recorder);
      await following(subject, async (follow) => {
        const seldom = follow(log, { topics: ["Seldom"], batchSize: 2 });
        for (const round of upTo(4)) {
          const event = eventOf(newId(), 1, { topic: "Seldom" });
          await recorder.insertEvents([event, ...eventsOf(newId(), 1, 9)]);
          assert.deepEqual(await seldom.take(1), [10 * round - 9]);
        }
      });
      let next = 1;
      for (const { start, stop } of log.ranges) {
        assert.equal(start, next);
        assert.ok(stop !== undefined && stop >= start, "a range is read to an end known before");
        next = stop + 1;
      }
      // To find out that there is no more takes one look, and each call another one.
      assert.ok(log.looks <= 1 + log.calls + log.ranges.length, `${log.looks} looks, ${log.calls} calls`);
    },
  ),

  promised("R9", "a slow follower is read nothing that it did not ask for", async (recorder, subject) => {
    const log = new ReadingLog(recorder);
    await recorder.insertEvents(eventsOf(newId(), 1, 5));
    await following(subject, async (follow) => {
      const slow = follow(log, { batchSize: 3 });
      assert.deepEqual([log.looks, log.watching], [0, 0]);
      assert.deepEqual(await slow.take(1), [1]);
      await following(subject, async (followToo) => {
        const other = followToo(recorder);
        await recorder.insertEvents(eventsOf(newId(), 1, 4));
        // Another one was called, and has read it all, by the time that this one asks again.
        assert.deepEqual(await other.take(9), upTo(9));
      });
      assert.deepEqual(await slow.take(2), [2, 3]);
      assert.equal(log.ranges.length, 1);
      assert.deepEqual(await slow.take(1), [4]);
      assert.equal(log.ranges.length, 2);
      assert.deepEqual(await slow.take(5), [5, 6, 7, 8, 9]);
      assert.ok(log.ranges.every(({ limit }) => limit === 3));
    });
  }),

  promised(
    "R9",
    "a batch of large notifications is short, and nothing is left out",
    async (recorder, subject) => {
      const log = new ReadingLog(recorder);
      const sizes = [10, 10, 500, 10, 600, 10, 10, 10];
      const events = sizes.map((size, index) =>
        eventOf(newId(), 1, { topic: index % 2 === 0 ? "Even" : "Odd", state: new Uint8Array(size) }),
      );
      await recorder.insertEvents(events);
      await following(subject, async (follow) => {
        assert.deepEqual(await follow(log, { batchBytes: 500 }).take(8), upTo(8));
        assert.deepEqual(
          log.ranges.map(({ start, stop }) => [start, stop]),
          [
            [1, 8],
            [4, 8],
            [6, 8],
          ],
        );
        const even = follow(recorder, { batchBytes: 500, topics: ["Even"] });
        assert.deepEqual(await even.take(4), [1, 3, 5, 7]);
        assert.deepEqual(await follow(recorder, { batchBytes: 1, topics: ["Odd"] }).take(4), [2, 4, 6, 8]);
      });
    },
  ),

  promised("R9", "a follower that is aborted ends quietly, whatever it does", async (recorder, subject) => {
    const log = new ReadingLog(recorder);
    await recorder.insertEvents(eventsOf(newId(), 1, 3));
    await following(subject, async (follow) => {
      const [waiting, slow, reading, unstarted] = [follow(log), follow(log), follow(log), follow(log)];
      await waiting.take(3);
      const waited = waiting.hasEnded();
      await slow.take(1);
      const read = reading.hasEnded();
      for (const follower of [waiting, slow, reading, unstarted]) follower.abort();
      assert.deepEqual(await Promise.all([waited, read]), [true, true]);
      for (const follower of [slow, unstarted, waiting]) assert.ok(await follower.hasEnded());
      assert.equal(log.watching, 0);
      assert.ok(await follow(recorder, { signal: AbortSignal.abort() }).hasEnded());
    });
  }),

  promised("R9", "a follower that leaves watches no more", async (recorder, subject) => {
    const log = new ReadingLog(recorder);
    await recorder.insertEvents(eventsOf(newId(), 1, 3));
    await following(subject, async (follow) => {
      const follower = follow(log);
      await follower.take(2);
      assert.equal(log.watching, 1);
      await follower.leave();
      assert.equal(log.watching, 0);
    });
  }),

  promised(
    "R9",
    "closing the recorder ends those who follow with RecorderClosedError",
    async (recorder, subject) => {
      await recorder.insertEvents(eventsOf(newId(), 1, 3));
      await following(subject, async (follow) => {
        const [waiting, slow] = [follow(recorder), follow(recorder, { batchSize: 2 })];
        await waiting.take(3);
        await slow.take(1);
        const ended = rejection(waiting.hasEnded(), RecorderClosedError);
        await Promise.all([ended, recorder.close()]);
        // What was read before is given; the next batch cannot be read.
        assert.deepEqual(await slow.take(1), [2]);
        await rejection(slow.hasEnded(), RecorderClosedError);
        await rejection(follow(recorder).hasEnded(), RecorderClosedError);
      });
    },
  ),
];

/** Each live save when all wait for it, and the one before was given: none is found by luck. */
async function catchesUpAndGoesOn(
  subject: RecorderUnderTest,
  reader: Recorder,
  writer: Recorder,
): Promise<void> {
  await writer.insertEvents(eventsOf(newId(), 1, 7));
  await following(subject, async (follow) => {
    const followers = [follow(reader, { batchSize: 3 }), follow(reader, { batchSize: 7 })];
    for (const follower of followers) assert.deepEqual(await follower.take(7), upTo(7));
    let last = 7;
    for (const count of [1, 2, 1, 4, 1, 1, 3, 1]) {
      const taking = Promise.all(followers.map((follower) => follower.take(count)));
      // Answered after the followers were told that there is no more.
      await Promise.race([taking, reader.maxNotificationId()]);
      await writer.insertEvents(eventsOf(newId(), 1, count));
      const expected = upTo(last + count).slice(last);
      assert.deepEqual(await taking, [expected, expected]);
      last += count;
    }
  });
}

const FIRST_PART = 20;

/** The last event, recorded when all else was given, shows that nothing is given twice. */
async function followBurst(
  subject: RecorderUnderTest,
  writers: readonly Recorder[],
  readers: readonly Recorder[],
): Promise<void> {
  await following(subject, async (follow) => {
    const writing = burst(writers);
    const followers = readers.map(async (reader, index) => {
      for (let turn = 0; turn < index * 4; turn++) await setImmediate();
      const follower = follow(reader, { batchSize: 1 + index * 13 });
      const ids = await follower.take(FIRST_PART);
      ids.push(...(await follower.take((await writing) - FIRST_PART)));
      return { follower, ids };
    });
    const [count, ...followed] = await Promise.all([writing, ...followers]).finally(() =>
      Promise.allSettled([writing, ...followers]),
    );
    for (const { ids } of followed) assert.deepEqual(ids, upTo(count));
    await writers[0]?.insertEvents([eventOf(newId(), 1)]);
    for (const { follower } of followed) assert.deepEqual(await follower.take(1), [count + 1]);
  });
}

/** Passes everything on to a recorder, and counts it. */
class ReadingLog {
  /** What was selected, in the order of the calls. */
  readonly ranges: NotificationRange[] = [];
  /** How often the last id was asked for. */
  looks = 0;
  /** How often a listener was called. */
  calls = 0;
  /** How many listeners there are. */
  watching = 0;
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  selectNotifications(range: NotificationRange) {
    this.ranges.push(range);
    return this.#recorder.selectNotifications(range);
  }

  maxNotificationId() {
    this.looks += 1;
    return this.#recorder.maxNotificationId();
  }

  watch(listener: () => void): () => void {
    const unwatch = this.#recorder.watch(() => {
      this.calls += 1;
      listener();
    });
    this.watching += 1;
    return () => {
      this.watching -= 1;
      unwatch();
    };
  }
}
