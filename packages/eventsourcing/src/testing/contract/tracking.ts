import assert from "node:assert/strict";
import { TrackingConflictError, VersionConflictError } from "../../errors.ts";
import type { Recorder } from "../../recorder/recorder.ts";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import {
  allNotifications,
  assertStored,
  eventOf,
  eventsOf,
  newId,
  rejection,
  upTo,
} from "../sample-events.ts";

const name = "upstream";

/** Tracking, stored with the events that resulted. */
export const trackingCases: readonly RecorderContractCase[] = [
  promised("R10", "records events and tracking together", async (recorder) => {
    assert.equal(await recorder.maxTrackingId(name), 0);
    const save = eventsOf(newId(), 1, 2);
    const results = await recorder.insertEvents(save, { name, notificationId: 5 });
    assert.equal(results.length, 2);
    assert.equal(await recorder.maxTrackingId(name), 5);
    assertStored(await allNotifications(recorder), save);
  }),

  promised("R10", "records tracking without events", async (recorder) => {
    assert.deepEqual(await recorder.insertEvents([], { name, notificationId: 3 }), []);
    assert.equal(await recorder.maxTrackingId(name), 3);
    assert.equal(await recorder.maxNotificationId(), 0);
    await rejection(recorder.insertEvents([], { name, notificationId: 3 }), TrackingConflictError);
  }),

  promised("R10", "rejects a save for a notification that is already processed", async (recorder) => {
    await recorder.insertEvents([], { name, notificationId: 5 });
    for (const notificationId of [5, 4, 1]) {
      const save = recorder.insertEvents([eventOf(newId(), 1)], { name, notificationId });
      const error = await rejection(save, TrackingConflictError);
      assert.deepEqual(
        [error.trackingName, error.notificationId, error.lastNotificationId],
        [name, notificationId, 5],
      );
    }
    assert.equal(await recorder.maxNotificationId(), 0);
    assert.equal(await recorder.maxTrackingId(name), 5);
    await recorder.insertEvents([eventOf(newId(), 1)], { name, notificationId: 6 });
  }),

  promised("R10", "records no tracking when the events are rejected", async (recorder) => {
    const page = newId();
    await recorder.insertEvents([eventOf(page, 1)], { name, notificationId: 1 });
    const save = [eventOf(newId(), 1), eventOf(page, 1)];
    await rejection(recorder.insertEvents(save, { name, notificationId: 2 }), VersionConflictError);
    assert.equal(await recorder.maxTrackingId(name), 1);
    await recorder.insertEvents([eventOf(page, 2)], { name, notificationId: 2 });
    assert.equal(await recorder.maxTrackingId(name), 2);
  }),

  promised("R10", "tracks each name separately", async (recorder) => {
    await recorder.insertEvents([], { name: "search", notificationId: 9 });
    await recorder.insertEvents([eventOf(newId(), 1)], { name: "history", notificationId: 2 });
    await recorder.insertEvents([eventOf(newId(), 1)]);
    assert.equal(await recorder.maxTrackingId("search"), 9);
    assert.equal(await recorder.maxTrackingId("history"), 2);
    assert.equal(await recorder.maxTrackingId("Search"), 0);
  }),

  promised("R10", "lets one of several concurrent runners process each notification", async (recorder) => {
    await race([recorder, recorder, recorder]);
  }),

  promisedAcrossHandles(
    "R10",
    "lets one of two processes process each notification",
    async (recorder, reopen) => {
      await race([recorder, await reopen()]);
    },
  ),
];

async function race(runners: readonly Recorder[]): Promise<void> {
  const consequences = newId();
  for (const notificationId of upTo(10)) {
    const saves = runners.map((runner) =>
      runner.insertEvents([eventOf(consequences, null)], { name, notificationId }),
    );
    const outcomes = await Promise.allSettled(saves);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.equal(refused.length, runners.length - 1, "exactly one runner must process the notification");
    for (const { reason } of refused) assert.ok(reason instanceof TrackingConflictError, String(reason));
  }
  const [runner] = runners;
  assert.equal((await runner?.selectEvents(consequences))?.length, 10);
}
