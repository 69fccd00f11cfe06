import assert from "node:assert/strict";
import { VersionConflictError } from "../../errors.ts";
import { promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import {
  allNotifications,
  assertStored,
  eventOf,
  eventsOf,
  newId,
  rejection,
  upTo,
} from "../sample-events.ts";

/** Acknowledged saves are visible to a second handle and kept when the recorder is reopened. */
export const durabilityCases: readonly RecorderContractCase[] = [
  promisedAcrossHandles(
    "R5",
    "shows an acknowledged save to another process at once",
    async (recorder, reopen) => {
      const other = await reopen();
      const page = newId();
      for (const version of upTo(10)) {
        const [result] = await recorder.insertEvents([eventOf(page, version)], {
          name: "upstream",
          notificationId: version,
        });
        assert.equal(await other.maxNotificationId(), result?.notificationId);
        assert.equal((await other.selectEvents(page)).length, version);
        assert.equal(await other.maxTrackingId("upstream"), version);
      }
    },
  ),

  promisedAcrossHandles("R5", "keeps an acknowledged save after close", async (recorder, reopen) => {
    const save = [...eventsOf(newId(), 1, 3), eventOf(newId(), 1)];
    const results = await recorder.insertEvents(save, { name: "upstream", notificationId: 7 });
    await recorder.close();
    const reopened = await reopen();
    const notifications = await allNotifications(reopened);
    assertStored(notifications, save);
    assert.deepEqual(
      notifications.map(({ id, originatorVersion, recordedAt }) => ({ id, originatorVersion, recordedAt })),
      results.map(({ notificationId: id, ...rest }) => ({ id, ...rest })),
    );
    assert.equal(await reopened.maxTrackingId("upstream"), 7);
  }),

  promisedAcrossHandles(
    "R5",
    "records saves that are in flight when it is closed",
    async (recorder, reopen) => {
      const save = upTo(20).map(() => eventOf(newId(), 1));
      const saving = save.map((event) => recorder.insertEvents([event]));
      await Promise.all([...saving, recorder.close()]);
      const reopened = await reopen();
      const found = await reopened.findNotifications(save.map((event) => event.eventId));
      assert.equal(found.length, save.length);
    },
  ),

  promisedAcrossHandles(
    "R5",
    "continues with the next id and versions when reopened",
    async (recorder, reopen) => {
      const [page, log] = [newId(), newId()];
      await recorder.insertEvents([...eventsOf(page, 1, 2), eventOf(log, null)]);
      await recorder.close();
      const reopened = await reopen();
      const results = await reopened.insertEvents([eventOf(page, 3), eventOf(log, null)]);
      assert.deepEqual(
        results.map(({ notificationId, originatorVersion }) => [notificationId, originatorVersion]),
        [
          [4, 3],
          [5, 2],
        ],
      );
      await rejection(reopened.insertEvents([eventOf(page, 2)]), VersionConflictError);
    },
  ),
];
