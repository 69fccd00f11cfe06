import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import {
  CodedError,
  EventAlreadyRecordedError,
  TrackingConflictError,
  VersionConflictError,
} from "../../errors.ts";
import type { AppendResult, Recorder } from "../../recorder/recorder.ts";
import { promised, type RecorderContractCase } from "../contract-case.ts";
import { checkRandomLists, randomBelow, randomList } from "../random-lists.ts";
import { allNotifications, eventOf, eventsOf, idsOf, newId, upTo, versionsOf } from "../sample-events.ts";

/** Concurrent saves of one handle. */
export const concurrencyCases: readonly RecorderContractCase[] = [
  promised("R12", "records concurrent saves in the order of the calls", async (recorder) => {
    const page = newId();
    const saves = upTo(40).flatMap((version) => [
      recorder.insertEvents([eventOf(page, version)]),
      recorder.insertEvents([eventOf(newId(), 1)]),
    ]);
    const ids = (await Promise.all(saves)).flat().map((result) => result.notificationId);
    assert.deepEqual(ids, upTo(80));
    assert.deepEqual(versionsOf(await recorder.selectEvents(page)), upTo(40));
  }),

  promised("R12", "rejects a save without affecting concurrent ones", async (recorder) => {
    const [page, name] = [newId(), "upstream"];
    const recorded = eventOf(page, 1);
    await recorder.insertEvents([recorded], { name, notificationId: 1 });
    const outcomes = await Promise.allSettled([
      recorder.insertEvents([eventOf(page, 2)]),
      recorder.insertEvents([eventOf(newId(), 1), eventOf(page, 2)]),
      recorder.insertEvents([eventOf(page, 3)]),
      recorder.insertEvents([eventOf(page, 4)], { name, notificationId: 1 }),
      recorder.insertEvents([eventOf(page, 4)], { name, notificationId: 2 }),
      recorder.insertEvents([{ ...eventOf(page, 5), eventId: recorded.eventId }]),
      recorder.insertEvents(eventsOf(page, 5, 6)),
    ]);
    const refusals = [VersionConflictError, TrackingConflictError, EventAlreadyRecordedError];
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
    );
    outcomes
      .filter((outcome) => outcome.status === "rejected")
      .forEach(({ reason }, index) => {
        const expected = refusals[index];
        assert.ok(expected && reason instanceof expected, String(reason));
      });
    assert.deepEqual(versionsOf(await recorder.selectEvents(page)), upTo(6));
    assert.equal((await allNotifications(recorder)).length, 6);
    assert.equal(await recorder.maxTrackingId(name), 2);
  }),

  promised("R12", "gives concurrent saves the outcomes of the same saves in sequence", asOneAfterAnother),
];

interface PlannedEvent {
  readonly originator: number;
  readonly version: number | null;
}
interface PlannedSave {
  readonly events: readonly PlannedEvent[];
  readonly pausesBefore: boolean;
}

/** A rejection as a value, so that none is unhandled while other saves run. */
interface Refusal {
  readonly reason: unknown;
}

/** Makes random saves twice, first overlapping, then one after another, and compares outcomes and stored events. */
async function asOneAfterAnother(recorder: Recorder): Promise<void> {
  const event = () => ({
    originator: randomBelow(3),
    version: randomBelow(4) === 0 ? null : 1 + randomBelow(6),
  });
  const save = () => ({ events: randomList(1, 2, event), pausesBefore: randomBelow(4) === 0 });
  await checkRandomLists(
    () => randomList(2, 20, save),
    async (plan) => {
      const overlapping = await outcomesOf(recorder, plan, false);
      const sequential = await outcomesOf(recorder, plan, true);
      assert.deepEqual(overlapping, sequential);
    },
  );
}

/** Makes the saves, and returns outcomes and stored events with ids replaced by indexes, which can be compared. */
async function outcomesOf(
  recorder: Recorder,
  plan: readonly PlannedSave[],
  waits: boolean,
): Promise<unknown> {
  const originators = [newId(), newId(), newId()];
  const before = await recorder.maxNotificationId();
  const saves: Promise<readonly AppendResult[] | Refusal>[] = [];
  for (const { events, pausesBefore } of plan) {
    if (pausesBefore) await setImmediate();
    const save = events.map(({ originator, version }) =>
      eventOf(originators[originator] ?? newId(), version),
    );
    const outcome = recorder.insertEvents(save).catch((reason: unknown) => ({ reason }));
    saves.push(outcome);
    if (waits) await outcome;
  }
  const outcomes = await Promise.all(saves);
  const stored = await recorder.selectNotifications({ start: before + 1, limit: 1000 });
  const ids = idsOf(stored);
  return {
    outcomes: outcomes.map((outcome) =>
      "reason" in outcome
        ? codeOf(outcome.reason)
        : outcome.map((result) => [ids.indexOf(result.notificationId), result.originatorVersion]),
    ),
    stored: stored.map((event) => [originators.indexOf(event.originatorId), event.originatorVersion]),
  };
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof CodedError, String(error));
  return error.code;
}
