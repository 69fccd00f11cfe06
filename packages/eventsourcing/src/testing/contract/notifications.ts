import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { VersionConflictError } from "../../errors.ts";
import type { ApplicationRecorder, NotificationRange } from "../../recorder/recorder.ts";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import { burst } from "../sample-burst.ts";
import {
  allNotifications,
  assertBytes,
  assertStored,
  eventOf,
  eventsOf,
  idsOf,
  newId,
  rejection,
  upTo,
} from "../sample-events.ts";

/** The order of all notifications, and selecting from it. */
export const notificationCases: readonly RecorderContractCase[] = [
  promised("R4", "numbers notifications from 1 without gaps, in the order of the saves", async (recorder) => {
    assert.equal(await recorder.maxNotificationId(), 0);
    assert.deepEqual(await allNotifications(recorder), []);
    const [page, slug] = [newId(), newId()];
    const saves = [eventsOf(page, 1, 2), [eventOf(slug, 1)], [eventOf(page, 3), eventOf(slug, 2)]];
    const ids: number[] = [];
    for (const save of saves) {
      for (const result of await recorder.insertEvents(save)) ids.push(result.notificationId);
      assert.equal(await recorder.maxNotificationId(), ids.length);
    }
    assert.deepEqual(ids, [1, 2, 3, 4, 5]);
    const notifications = await allNotifications(recorder);
    assert.deepEqual(idsOf(notifications), ids);
    assertStored(notifications, saves.flat());
  }),

  promised("R4", "uses no id for a rejected save", async (recorder) => {
    const page = newId();
    await recorder.insertEvents([eventOf(page, 1)]);
    const refused = [eventOf(newId(), 1), eventOf(page, 1)];
    await rejection(recorder.insertEvents(refused), VersionConflictError);
    const [result] = await recorder.insertEvents([eventOf(page, 2)]);
    assert.equal(result?.notificationId, 2);
    assert.equal(await recorder.maxNotificationId(), 2);
  }),

  promised(
    "R4",
    "shows every id once and in order to a reader that polls during writes",
    async (recorder) => {
      await followDuring(recorder, burst([recorder]));
    },
  ),

  promisedAcrossHandles(
    "R4",
    "shows every id of several writers to a reader in another process",
    async (recorder, reopen) => {
      const [writer, reader] = [await reopen(), await reopen()];
      await followDuring(reader, burst([recorder, writer]));
      assert.equal(await recorder.maxNotificationId(), await writer.maxNotificationId());
    },
  ),

  promised(
    "R4",
    "returns an originator's events as the same notifications",
    async (recorder, { setClock }) => {
      const [page, slug] = [newId(), newId()];
      for (const version of upTo(4)) {
        setClock(new Date(Date.UTC(2031, 4, 6) + version * 1001));
        await recorder.insertEvents([eventOf(slug, version), eventOf(page, version)]);
      }
      const all = await allNotifications(recorder);
      for (const originator of [page, slug]) {
        const own = all.filter(({ originatorId }) => originatorId === originator);
        assert.deepEqual(await recorder.selectEvents(originator), own);
        const later = await recorder.selectEvents(originator, { gt: 1, lte: 3 });
        assert.deepEqual(later, own.slice(1, 3));
      }
    },
  ),

  promised("R8", "selects by exact topic, and applies the limit afterwards", async (recorder) => {
    const page = newId();
    const topics = [
      "Page.Created",
      "Page.BodyUpdated",
      "Page.TitleUpdated",
      "Page.BodyUpdated",
      "page.bodyupdated",
    ];
    await recorder.insertEvents(topics.map((topic, index) => eventOf(page, index + 1, { topic })));
    const select = async (range: Partial<NotificationRange>) =>
      idsOf(await recorder.selectNotifications({ start: 1, limit: 10, ...range }));
    assert.deepEqual(await select({ topics: ["Page.BodyUpdated"] }), [2, 4]);
    assert.deepEqual(await select({ topics: ["Page.TitleUpdated", "Page.Created"] }), [1, 3]);
    assert.deepEqual(await select({ topics: ["Page.BodyUpdated"], limit: 1 }), [2]);
    assert.deepEqual(await select({ topics: ["Page.BodyUpdated"], start: 3, stop: 4 }), [4]);
    assert.deepEqual(await select({ topics: ["Page", "%", "Page.%"] }), []);
    assert.deepEqual(await select({ topics: [...topics, ...upTo(1000).map((n) => `Other.${n}`)] }), upTo(5));
  }),

  promised("R8", "returns no notifications for a limit of 0 or an empty list of topics", async (recorder) => {
    await recorder.insertEvents(eventsOf(newId(), 1, 3));
    assert.deepEqual(await recorder.selectNotifications({ start: 1, limit: 0 }), []);
    assert.deepEqual(await recorder.selectNotifications({ start: 1, limit: 10, topics: [] }), []);
  }),

  promised(
    "R8",
    "ends a selection with the notification that reaches maxBytes, and returns at least one",
    async (recorder) => {
      const page = newId();
      const sizes = [100, 50, 10_000, 0, 150, 3_000_000, 1];
      const topicOf = (size: number) => (size < 100 ? "Small" : "Large");
      const events = sizes.map((size, index) =>
        eventOf(page, index + 1, { topic: topicOf(size), state: new Uint8Array(size).fill(index) }),
      );
      await recorder.insertEvents(events);
      const select = async (range: Partial<NotificationRange>) => {
        const selected = await recorder.selectNotifications({ start: 1, limit: 10, ...range });
        for (const { id, state } of selected)
          assertBytes(state, new Uint8Array(sizes[id - 1] ?? 0).fill(id - 1));
        return idsOf(selected);
      };
      assert.deepEqual(await select({ maxBytes: 1 }), [1]);
      assert.deepEqual(await select({ maxBytes: 100 }), [1]);
      assert.deepEqual(await select({ maxBytes: 101 }), [1, 2]);
      assert.deepEqual(await select({ maxBytes: 151 }), [1, 2, 3]);
      assert.deepEqual(await select({ maxBytes: 10_151 }), [1, 2, 3, 4, 5]);
      assert.deepEqual(await select({ start: 4, maxBytes: 1 }), [4, 5]);
      assert.deepEqual(await select({ start: 4, maxBytes: 151 }), [4, 5, 6]);
      assert.deepEqual(await select({ start: 6, maxBytes: 100 }), [6]);
      assert.deepEqual(await select({ maxBytes: 1_000_000_000 }), upTo(7));
      assert.deepEqual(await select({ maxBytes: 10_151, limit: 2 }), [1, 2]);
      assert.deepEqual(await select({ maxBytes: 10_151, stop: 3 }), [1, 2, 3]);
      assert.deepEqual(await select({ maxBytes: 51, topics: ["Small"] }), [2, 4, 7]);
      assert.deepEqual(await select({ maxBytes: 51, topics: ["Large"], start: 2 }), [3]);
      assert.deepEqual(await select({ maxBytes: 10_001, topics: ["Large"], start: 2 }), [3, 5]);
      assert.deepEqual(await select({ maxBytes: 1, limit: 0 }), []);
      assert.deepEqual(await select({ maxBytes: 1, topics: [] }), []);
    },
  ),
];

/** Polls until all is read, and checks at every poll that no id is missing. */
async function followDuring(reader: ApplicationRecorder, writing: Promise<number>): Promise<void> {
  let written = false;
  const end = Promise.allSettled([writing]).then(() => {
    written = true;
  });
  const seen: number[] = [];
  try {
    for (let isLastPoll = false; !isLastPoll; ) {
      isLastPoll = written;
      const last = await reader.maxNotificationId();
      const batch = idsOf(await reader.selectNotifications({ start: seen.length + 1, limit: 1000 }));
      assert.deepEqual(batch, upTo(seen.length + batch.length).slice(seen.length), "an id is missing");
      seen.push(...batch);
      assert.ok(seen.length >= last, "maxNotificationId is ahead of the notifications that can be read");
      await setImmediate();
    }
  } finally {
    await end;
  }
  assert.equal(seen.length, await writing);
}
