import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { RecorderClosedError } from "../../errors.ts";
import type { Recorder } from "../../recorder/recorder.ts";
import {
  promised,
  promisedAcrossHandles,
  type RecorderContractCase,
  type RecorderUnderTest,
} from "../contract-case.ts";
import { burst } from "../sample-burst.ts";
import { eventOf, eventsOf, newId, rejection, upTo } from "../sample-events.ts";
import { following } from "../sample-follower.ts";

/** `subscribe`, which uses `watch` and `selectNotifications`. What it does beside them is tested with it. */
export const subscriptionCases: readonly RecorderContractCase[] = [
  promised(
    "R9",
    "delivers existing notifications, then new ones, in order and once",
    async (recorder, subject) => {
      await expectExistingThenNew(subject, recorder, recorder);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "delivers new notifications of another handle",
    async (recorder, reopen, subject) => {
      const other = await reopen();
      await expectExistingThenNew(subject, recorder, other);
    },
  ),

  promised(
    "R9",
    "delivers every id once and in order to subscriptions that start during a burst",
    async (recorder, subject) => {
      await followBurst(subject, [recorder], [recorder, recorder, recorder, recorder]);
    },
  ),

  promisedAcrossHandles(
    "R9",
    "delivers every id of several writers once and in order in several processes",
    async (recorder, reopen, subject) => {
      const [writer, reader] = [await reopen(), await reopen()];
      await followBurst(subject, [recorder, writer], [reader, recorder, reader, writer]);
    },
  ),

  promised("R9", "starts at the given id, also beyond the last one", async (recorder, subject) => {
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

  promised(
    "R9",
    "delivers existing and new notifications of the given topics only",
    async (recorder, subject) => {
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
    },
  ),

  promised(
    "R9",
    "delivers every notification in batches that large states shorten",
    async (recorder, subject) => {
      const sizes = [10, 10, 500, 10, 600, 10, 10, 10];
      const events = sizes.map((size, index) =>
        eventOf(newId(), 1, { topic: index % 2 === 0 ? "Even" : "Odd", state: new Uint8Array(size) }),
      );
      await recorder.insertEvents(events);
      await following(subject, async (follow) => {
        assert.deepEqual(await follow(recorder, { batchBytes: 500 }).take(8), upTo(8));
        const even = follow(recorder, { batchBytes: 500, topics: ["Even"] });
        assert.deepEqual(await even.take(4), [1, 3, 5, 7]);
        assert.deepEqual(await follow(recorder, { batchBytes: 1, topics: ["Odd"] }).take(4), [2, 4, 6, 8]);
      });
    },
  ),

  promised("R9", "ends with RecorderClosedError when the recorder is closed", async (recorder, subject) => {
    await recorder.insertEvents(eventsOf(newId(), 1, 3));
    await following(subject, async (follow) => {
      const [waiting, midBatch] = [follow(recorder), follow(recorder, { batchSize: 2 })];
      await waiting.take(3);
      await midBatch.take(1);
      const ended = rejection(waiting.hasEnded(), RecorderClosedError);
      await Promise.all([ended, recorder.close()]);
      // The rest of a batch that was read is delivered.
      assert.deepEqual(await midBatch.take(1), [2]);
      await rejection(midBatch.hasEnded(), RecorderClosedError);
      await rejection(follow(recorder).hasEnded(), RecorderClosedError);
    });
  }),
];

/** Saves only while all subscriptions wait, so that each save is delivered by a call of their listeners. */
async function expectExistingThenNew(
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
      // The answer comes after the subscriptions have read that there are no more.
      await Promise.race([taking, reader.maxNotificationId()]);
      await writer.insertEvents(eventsOf(newId(), 1, count));
      const expected = upTo(last + count).slice(last);
      assert.deepEqual(await taking, [expected, expected]);
      last += count;
    }
  });
}

const TAKEN_DURING_BURST = 20;

/** Records one more event at the end, which shows that none is delivered twice. */
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
      const ids = await follower.take(TAKEN_DURING_BURST);
      ids.push(...(await follower.take((await writing) - TAKEN_DURING_BURST)));
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
