import assert from "node:assert/strict";
import { VersionConflictError } from "../../errors.ts";
import type { Recorder, UnrecordedEvent, VersionRange } from "../../recorder/recorder.ts";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import { checkRandomLists, randomBelow, randomList } from "../random-lists.ts";
import {
  allNotifications,
  assertStored,
  eventOf,
  eventsOf,
  newId,
  rejection,
  upTo,
  versionsOf,
} from "../sample-events.ts";

/** The versions of an originator: one event each, without gaps, and all events of a save or none. */
export const versionCases: readonly RecorderContractCase[] = [
  promised("R2", "rejects a second writer of the same version", async (recorder) => {
    const page = newId();
    const first = eventsOf(page, 1, 2);
    await recorder.insertEvents(first);
    const error = await rejection(recorder.insertEvents([eventOf(page, 2)]), VersionConflictError);
    assert.deepEqual([error.originatorId, error.originatorVersion, error.expected], [page, 2, 3]);
    assertStored(await recorder.selectEvents(page), first);
  }),

  promised("R2", "lets exactly one of many concurrent writers record a version", async (recorder) => {
    const page = newId();
    const saves = upTo(20).map(() => recorder.insertEvents([eventOf(page, 1)]));
    assertOneWon(await Promise.allSettled(saves));
    assert.deepEqual(versionsOf(await recorder.selectEvents(page)), [1]);
  }),

  promisedAcrossHandles(
    "R2",
    "lets exactly one of two processes record a version",
    async (recorder, reopen) => {
      const other = await reopen();
      for (const version of upTo(10)) {
        const page = newId();
        await recorder.insertEvents(eventsOf(page, 1, version));
        const saves = [recorder, other].map((handle) => handle.insertEvents([eventOf(page, version + 1)]));
        assertOneWon(await Promise.allSettled(saves));
        assert.deepEqual(versionsOf(await other.selectEvents(page)), upTo(version + 1));
      }
    },
  ),

  promised("R2", "rejects a version that would leave a gap", async (recorder) => {
    const page = newId();
    await recorder.insertEvents(eventsOf(page, 1, 2));
    const error = await rejection(recorder.insertEvents([eventOf(page, 4)]), VersionConflictError);
    assert.deepEqual([error.originatorVersion, error.expected], [4, 3]);
    await rejection(recorder.insertEvents([eventOf(page, 3), eventOf(page, 5)]), VersionConflictError);
    assert.deepEqual(versionsOf(await recorder.selectEvents(page)), [1, 2]);
  }),

  promised("R2", "rejects a first version other than 1", async (recorder) => {
    for (const version of [0, 2, -1]) {
      const page = newId();
      const error = await rejection(recorder.insertEvents([eventOf(page, version)]), VersionConflictError);
      assert.deepEqual([error.originatorVersion, error.expected], [version, 1]);
      assert.deepEqual(await recorder.selectEvents(page), []);
    }
  }),

  promised("R2", "rejects a save that contains a version twice or out of order", async (recorder) => {
    const page = newId();
    await rejection(recorder.insertEvents([eventOf(page, 1), eventOf(page, 1)]), VersionConflictError);
    await rejection(recorder.insertEvents([eventOf(page, 2), eventOf(page, 1)]), VersionConflictError);
    const event = eventOf(page, 1);
    await recorder.insertEvents([event]);
    assertStored(await allNotifications(recorder), [event]);
  }),

  promised("R3", "records all events of a save or none, across originators", async (recorder) => {
    const [page, slug, taken] = [newId(), newId(), newId()];
    const before = eventsOf(taken, 1, 1);
    await recorder.insertEvents(before);
    const save = [...eventsOf(page, 1, 3), eventOf(slug, 1), eventOf(taken, 1), eventOf(page, 4)];
    await rejection(recorder.insertEvents(save), VersionConflictError);
    assert.deepEqual(await recorder.selectEvents(page), []);
    assert.deepEqual(await recorder.selectEvents(slug), []);
    assertStored(await allNotifications(recorder), before);
  }),

  promised("R3", "records a thousand originators in one save", async (recorder) => {
    const save = upTo(1000).map(() => eventOf(newId(), 1));
    const results = await recorder.insertEvents(save);
    assert.deepEqual(
      results.map((result) => result.notificationId),
      upTo(1000),
    );
    assertStored(await allNotifications(recorder), save);
  }),

  promised("R3", "records a save that alternates between originators", async (recorder) => {
    const [page, slug] = [newId(), newId()];
    const save = [eventOf(page, 1), eventOf(slug, 1), eventOf(page, 2), eventOf(slug, 2), eventOf(page, 3)];
    const results = await recorder.insertEvents(save);
    assert.deepEqual(
      results.map((result) => result.originatorVersion),
      [1, 1, 2, 2, 3],
    );
    assertStored(await allNotifications(recorder), save);
  }),

  promised("R2", "records a random save only if each version is the next one", randomSaves),

  promised("R7", "selects events by version range, in either order, up to a limit", async (recorder) => {
    const page = newId();
    await recorder.insertEvents([...eventsOf(page, 1, 7), ...eventsOf(newId(), 1, 3)]);
    for (const range of rangesAround(7)) {
      const selected = await recorder.selectEvents(page, range);
      assert.deepEqual(versionsOf(selected), versionsIn(range, 7), JSON.stringify(range));
    }
  }),
];

function assertOneWon(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(outcomes.length - refused.length, 1, "exactly one save must succeed");
  for (const { reason } of refused) assert.ok(reason instanceof VersionConflictError, String(reason));
}

/** Saves one after another, and compares with a model that counts the versions of each originator. */
async function randomSaves(recorder: Recorder): Promise<void> {
  // The next version 6 times of 8, a version that exists, or a gap.
  const offsets = [1, 1, 1, 1, 1, 1, 0, 2];
  const step = () => ({ originator: randomBelow(3), offset: offsets[randomBelow(offsets.length)] ?? 1 });
  const saves = () => randomList(1, 12, () => randomList(1, 6, step));
  await checkRandomLists(saves, async (plan) => {
    const originators = [newId(), newId(), newId()];
    const before = await recorder.maxNotificationId();
    let stored: UnrecordedEvent[] = [];
    for (const steps of plan) {
      const save: UnrecordedEvent[] = [];
      let valid = true;
      for (const { originator, offset } of steps) {
        const originatorId = originators[originator] ?? newId();
        const last = [...stored, ...save].filter((event) => event.originatorId === originatorId).length;
        valid &&= offset === 1;
        save.push(eventOf(originatorId, last + offset));
      }
      if (valid) await recorder.insertEvents(save);
      else await rejection(recorder.insertEvents(save), VersionConflictError);
      if (valid) stored = [...stored, ...save];
    }
    const found = await recorder.selectNotifications({ start: before + 1, limit: 1000 });
    assertStored(found, stored);
  });
}

/** Returns every combination of bounds inside and outside 1 to `last`, limits from 0, and orders. */
function rangesAround(last: number): VersionRange[] {
  const bounds = [undefined, 0, 1, 3, last - 1, last, last + 5];
  const limits = [undefined, 0, 1, 3, last, last + 5];
  return bounds.flatMap((gt) =>
    bounds.flatMap((lte) =>
      limits.flatMap((limit) =>
        [false, true].map((desc) => ({
          ...(gt !== undefined && { gt }),
          ...(lte !== undefined && { lte }),
          ...(limit !== undefined && { limit }),
          desc,
        })),
      ),
    ),
  );
}

function versionsIn(
  { gt = 0, lte = Number.MAX_SAFE_INTEGER, desc, limit }: VersionRange,
  last: number,
): number[] {
  const versions = upTo(last).filter((version) => version > gt && version <= lte);
  return (desc ? versions.reverse() : versions).slice(0, limit);
}
