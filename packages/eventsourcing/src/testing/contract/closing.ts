import assert from "node:assert/strict";
import { RecorderClosedError } from "../../errors.ts";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import { bytesOf, eventOf, newId, rejection } from "../sample-events.ts";

/** Closing a recorder. */
export const closingCases: readonly RecorderContractCase[] = [
  promised("close", "makes every later call reject with RecorderClosedError", async (recorder) => {
    const page = newId();
    await recorder.insertEvents([eventOf(page, 1)]);
    await recorder.close();
    const snapshot = {
      originatorId: page,
      originatorVersion: 1,
      topic: "Sample.Snapshot",
      state: bytesOf(""),
    };
    const calls = [
      () => recorder.insertEvents([eventOf(page, 2)]),
      () => recorder.insertEvents([], { name: "upstream", notificationId: 1 }),
      () => recorder.selectEvents(page),
      () => recorder.selectNotifications({ start: 1, limit: 1 }),
      () => recorder.maxNotificationId(),
      () => recorder.notificationIdAt(new Date()),
      () => recorder.findNotifications([newId()]),
      () => recorder.maxTrackingId("upstream"),
      () => recorder.insertSnapshot(snapshot, 100),
      () => recorder.selectSnapshots(page),
    ];
    for (const call of calls) await rejection(call(), RecorderClosedError);
  }),

  promised("close", "can be called twice, also concurrently", async (recorder) => {
    await Promise.all([recorder.close(), recorder.close()]);
    await recorder.close();
  }),

  promised("close", "happens at the end of an `await using` block", async (recorder) => {
    await recorder[Symbol.asyncDispose]();
    await rejection(recorder.maxNotificationId(), RecorderClosedError);
  }),

  promised("close", "waits for saves in flight, and rejects later ones", async (recorder) => {
    const ended: string[] = [];
    const saving = [1, 2, 3].map(() =>
      recorder.insertEvents([eventOf(newId(), 1)]).then(() => ended.push("save")),
    );
    const closing = recorder.close().then(() => ended.push("close"));
    const rejected = rejection(recorder.insertEvents([eventOf(newId(), 1)]), RecorderClosedError);
    await Promise.all([...saving, closing, rejected]);
    assert.deepEqual(ended, ["save", "save", "save", "close"]);
  }),

  promisedAcrossHandles("close", "leaves other handles open", async (recorder, reopen) => {
    const other = await reopen();
    await recorder.close();
    await other.insertEvents([eventOf(newId(), 1)]);
    assert.equal(await other.maxNotificationId(), 1);
  }),
];
