import assert from "node:assert/strict";
import { VersionConflictError } from "../../errors.ts";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import { eventOf, eventsOf, idsOf, newId, rejection, upTo, versionsOf } from "../sample-events.ts";

/** Events without a version, which the recorder appends. */
export const logCases: readonly RecorderContractCase[] = [
  promised("R11", "gives an event without a version the next one, and returns it", async (recorder) => {
    const log = newId();
    for (const version of upTo(3)) {
      const [result] = await recorder.insertEvents([eventOf(log, null)]);
      assert.deepEqual([result?.originatorVersion, result?.notificationId], [version, version]);
    }
    assert.deepEqual(versionsOf(await recorder.selectEvents(log)), [1, 2, 3]);
  }),

  promised("R11", "accepts concurrent appends without a conflict", async (recorder) => {
    const log = newId();
    const appends = upTo(50).map(() => recorder.insertEvents([eventOf(log, null)]));
    const results = (await Promise.all(appends)).flat();
    assert.deepEqual(results.map((result) => result.originatorVersion).sort(ascending), upTo(50));
    assert.deepEqual(versionsOf(await recorder.selectEvents(log)), upTo(50));
  }),

  promisedAcrossHandles(
    "R11",
    "accepts appends from several processes without a conflict",
    async (recorder, reopen) => {
      const log = newId();
      const handles = [recorder, await reopen(), await reopen()];
      const appends = upTo(20).flatMap(() =>
        handles.map((handle) => handle.insertEvents([eventOf(log, null)])),
      );
      const results = (await Promise.all(appends)).flat();
      assert.deepEqual(results.map((result) => result.originatorVersion).sort(ascending), upTo(60));
      const notifications = await recorder.selectNotifications({ start: 1, limit: 100 });
      assert.deepEqual(versionsOf(notifications), upTo(60), "versions are not in the order of commits");
      assert.deepEqual(idsOf(notifications), upTo(60));
    },
  ),

  promised("R11", "records log entries and aggregate events in one save", async (recorder) => {
    const [page, log, slug] = [newId(), newId(), newId()];
    await recorder.insertEvents([eventOf(log, null)]);
    const save = [
      eventOf(page, 1),
      eventOf(log, null),
      eventOf(slug, 1),
      eventOf(log, null),
      eventOf(page, 2),
    ];
    const results = await recorder.insertEvents(save);
    assert.deepEqual(
      results.map((result) => result.originatorVersion),
      [1, 2, 1, 3, 2],
    );
    const found = await recorder.findNotifications(save.map((event) => event.eventId));
    assert.deepEqual(versionsOf(found), [1, 2, 1, 3, 2]);
  }),

  promised("R11", "records no log entry of a rejected save", async (recorder) => {
    const [page, log] = [newId(), newId()];
    await recorder.insertEvents([eventOf(page, 1), eventOf(log, null)]);
    const refused = [eventOf(log, null), eventOf(page, 1), eventOf(log, null)];
    await rejection(recorder.insertEvents(refused), VersionConflictError);
    assert.deepEqual(versionsOf(await recorder.selectEvents(log)), [1]);
    const [result] = await recorder.insertEvents([eventOf(log, null)]);
    assert.equal(result?.originatorVersion, 2);
  }),

  promised("R11", "accepts events with and without a version in one log", async (recorder) => {
    const log = newId();
    await recorder.insertEvents([...eventsOf(log, 1, 2), eventOf(log, null), eventOf(log, 4)]);
    await rejection(recorder.insertEvents([eventOf(log, null), eventOf(log, 5)]), VersionConflictError);
    await recorder.insertEvents([eventOf(log, null), eventOf(log, 6)]);
    assert.deepEqual(versionsOf(await recorder.selectEvents(log)), upTo(6));
  }),
];

function ascending(a: number, b: number): number {
  return a - b;
}
