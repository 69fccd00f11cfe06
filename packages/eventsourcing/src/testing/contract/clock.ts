import assert from "node:assert/strict";
import { ClockAheadError } from "../../errors.ts";
import type { Recorder } from "../../recorder/recorder.ts";
import {
  type CaseSubject,
  promised,
  promisedAcrossHandles,
  type RecorderContractCase,
} from "../contract-case.ts";
import { allNotifications, eventOf, newId, rejection } from "../sample-events.ts";

const noon = Date.UTC(2031, 4, 6, 12);
const at = (seconds: number) => new Date(noon + seconds * 1000);
const HOUR = 3600;

/** Sets both clocks to the same number of seconds after noon. */
function pass(subject: CaseSubject, seconds: number): void {
  subject.setClock(at(seconds), seconds * 1000);
}

/** Records one event and resolves to its time. */
async function record(recorder: Recorder): Promise<Date | undefined> {
  const [result] = await recorder.insertEvents([eventOf(newId(), 1)]);
  return result?.recordedAt;
}

async function recordedTimes(recorder: Recorder): Promise<readonly Date[]> {
  return (await allNotifications(recorder)).map(({ recordedAt }) => recordedAt);
}

/** A clock that jumps, or is behind the recorded times. */
export const clockCases: readonly RecorderContractCase[] = [
  promised(
    "R15",
    "a jump of the clock is reported once, and its events are stored",
    async (recorder, subject) => {
      const { setClock, warnings } = subject;
      pass(subject, 0);
      await record(recorder);
      assert.equal((await recorder.clockStatus()).incidents, 0);
      setClock(at(3 * HOUR), 1000);
      assert.deepEqual(await record(recorder), at(3 * HOUR));
      setClock(at(3 * HOUR + 1), 2000);
      assert.deepEqual(await record(recorder), at(3 * HOUR + 1));
      assert.equal(warnings.length, 1);
      const [warning] = warnings;
      assert.equal(warning?.code, "clock-ahead");
      assert.equal(warning.isStored, true);
      assert.deepEqual(warning.recordedAt, at(3 * HOUR));
      assert.deepEqual(warning.now, at(3 * HOUR));
      assert.ok(Math.abs(warning.aheadMs - (3 * HOUR - 1) * 1000) < 10, `ahead by ${warning.aheadMs} ms`);
      const status = await recorder.clockStatus();
      assert.equal(status.state, "ok");
      assert.equal(status.incidents, 1);
    },
  ),

  promised(
    "R15",
    "a save is refused, and nothing of it stored, while the clock is ahead of the monotonic clock",
    async (recorder, subject) => {
      const { setClock, warnings } = subject;
      pass(subject, 0);
      assert.deepEqual(await record(recorder), at(0));
      const log = newId();
      setClock(at(3 * HOUR), 1000);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const save = recorder.insertEvents([eventOf(log, 1), eventOf(newId(), 1)], {
          name: "up",
          notificationId: 1,
        });
        const error = await rejection(save, ClockAheadError);
        assert.equal(error.isStored, false);
        assert.deepEqual(error.recordedAt, at(3 * HOUR));
      }
      assert.equal(await recorder.maxNotificationId(), 1);
      assert.equal(await recorder.maxTrackingId("up"), 0);
      assert.deepEqual(await recorder.selectEvents(log), []);
      const status = await recorder.clockStatus();
      assert.equal(status.state, "refusing");
      assert.equal(status.incidents, 1);
      assert.deepEqual(status.lastRecordedAt, at(0));
      pass(subject, 10);
      assert.equal((await recorder.clockStatus()).state, "ok");
      assert.deepEqual(await record(recorder), at(10));
      assert.deepEqual(await recordedTimes(recorder), [at(0), at(10)]);
      assert.deepEqual(warnings, []);
    },
    { onJump: "refuse" },
  ),

  promised(
    "R15",
    "a clock that keeps up with the monotonic clock has not jumped, however long nothing is recorded",
    async (recorder, subject) => {
      for (const seconds of [0, 72 * HOUR, 72 * HOUR + 1, 10_000 * HOUR]) {
        pass(subject, seconds);
        assert.deepEqual(await record(recorder), at(seconds));
      }
    },
    { onJump: "refuse" },
  ),

  promised(
    "R15",
    "a save is refused beyond the limit, and not up to it",
    async (recorder, { setClock }) => {
      setClock(at(0), 0);
      await record(recorder);
      setClock(at(5), 0);
      assert.deepEqual(await record(recorder), at(5));
      setClock(at(10.001), 0);
      await rejection(record(recorder), ClockAheadError);
      setClock(at(0), 0);
      assert.deepEqual(await record(recorder), at(5));
      setClock(at(-0.001), 0);
      await rejection(record(recorder), ClockAheadError);
    },
    { onJump: "refuse", maxAheadMs: 5_000 },
  ),

  promised(
    "R15",
    "reports a clock that was set back once each time, and how far the record is ahead",
    async (recorder, { setClock, warnings }) => {
      setClock(at(0), 0);
      await record(recorder);
      setClock(at(-2 * HOUR), 1000);
      for (let count = 0; count < 2; count += 1) assert.deepEqual(await record(recorder), at(0));
      assert.equal(warnings.length, 1);
      const status = await recorder.clockStatus();
      assert.equal(status.state, "ahead");
      assert.deepEqual(status.lastRecordedAt, at(0));
      assert.equal(status.aheadMs, 2 * HOUR * 1000);
      assert.equal(status.maxAheadMs, 60_000);
      setClock(at(1), 2 * HOUR * 1000 + 2000);
      assert.deepEqual(await record(recorder), at(1));
      assert.equal((await recorder.clockStatus()).state, "ok");
      setClock(at(-HOUR), 2 * HOUR * 1000 + 3000);
      await record(recorder);
      assert.equal(warnings.length, 2);
      assert.equal((await recorder.clockStatus()).incidents, 2);
    },
  ),

  promised(
    "R15",
    "tracking and snapshots are stored while saves are refused",
    async (recorder, subject) => {
      pass(subject, 0);
      await record(recorder);
      subject.setClock(at(HOUR), 0);
      const snapshot = {
        originatorId: newId(),
        originatorVersion: 1,
        topic: "Sample",
        state: new Uint8Array(1),
      };
      const [refused, tracking, stored] = await Promise.allSettled([
        record(recorder),
        recorder.insertEvents([], { name: "up", notificationId: 7 }),
        recorder.insertSnapshot(snapshot, 10),
      ]);
      assert.equal(refused.status, "rejected");
      assert.deepEqual(tracking, { status: "fulfilled", value: [] });
      assert.equal(stored.status, "fulfilled");
      assert.equal(await recorder.maxTrackingId("up"), 7);
      assert.equal((await recorder.selectSnapshots(snapshot.originatorId)).length, 1);
      assert.equal(await recorder.maxNotificationId(), 1);
    },
    { onJump: "refuse" },
  ),

  promisedAcrossHandles(
    "R15",
    "a process whose clock is behind the record of another one reports it",
    async (recorder, reopen, subject) => {
      pass(subject, 3 * HOUR);
      await record(recorder);
      const other = await reopen();
      pass(subject, 0);
      assert.equal((await other.clockStatus()).aheadMs, 3 * HOUR * 1000);
      for (let count = 0; count < 2; count += 1) assert.deepEqual(await record(other), at(3 * HOUR));
      assert.equal(subject.warnings.length, 1);
    },
  ),

  promisedAcrossHandles(
    "R15",
    "a process whose clock is behind the record of another one refuses saves until its clock gets there",
    async (recorder, reopen, subject) => {
      pass(subject, 3 * HOUR);
      await record(recorder);
      const other = await reopen();
      pass(subject, 0);
      const error = await rejection(record(other), ClockAheadError);
      assert.deepEqual(error.recordedAt, at(3 * HOUR));
      assert.deepEqual(error.now, at(0));
      assert.equal((await other.clockStatus()).state, "refusing");
      assert.equal(await other.maxNotificationId(), 1);
      // The first time that this process can trust is later than the one that it started with.
      subject.setClock(at(3 * HOUR), 1000);
      assert.deepEqual(await record(other), at(3 * HOUR));
    },
    { onJump: "refuse" },
  ),

  promised(
    "R15",
    "the status of an empty database is that nothing is recorded",
    async (recorder, subject) => {
      pass(subject, 0);
      assert.deepEqual(await recorder.clockStatus(), {
        state: "ok",
        lastRecordedAt: undefined,
        aheadMs: 0,
        maxAheadMs: 60_000,
        incidents: 0,
      });
    },
  ),
];
