import assert from "node:assert/strict";
import type { Recorder, StoredSnapshot, VersionRange } from "../../recorder/recorder.ts";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import { checkRandomLists, randomBelow, randomList } from "../random-lists.ts";
import { assertBytes, bytesOf, newId, upTo } from "../sample-events.ts";

/** Snapshots, which are thinned as new ones are stored. */
export const snapshotCases: readonly RecorderContractCase[] = [
  promised("snapshots", "are read back unchanged", async (recorder) => {
    const page = newId();
    const state = Uint8Array.from({ length: 256 }, (_, value) => value);
    const snapshot = {
      originatorId: page,
      originatorVersion: 5,
      topic: "Page.Snapshot",
      state: state.slice(),
    };
    await recorder.insertSnapshot(snapshot, 100);
    snapshot.state.fill(0);
    const [read, ...more] = await recorder.selectSnapshots(page);
    assert.equal(more.length, 0);
    assert.deepEqual([read?.originatorId, read?.originatorVersion, read?.topic], [page, 5, "Page.Snapshot"]);
    assertBytes(read?.state, state);
    assert.deepEqual(await recorder.selectSnapshots(newId()), []);
  }),

  promised("snapshots", "replace one of the same version", async (recorder) => {
    const page = newId();
    await recorder.insertSnapshot(snapshotOf(page, 3, "first"), 1);
    await recorder.insertSnapshot(snapshotOf(page, 4, "other"), 1);
    await recorder.insertSnapshot(snapshotOf(page, 3, "second"), 1);
    const snapshots = await recorder.selectSnapshots(page);
    assert.deepEqual(
      snapshots.map(({ originatorVersion, state }) => [originatorVersion, new TextDecoder().decode(state)]),
      [
        [3, "second"],
        [4, "other"],
      ],
    );
  }),

  promised("snapshots", "are selected by version range, in either order, up to a limit", async (recorder) => {
    const page = newId();
    for (const version of upTo(6)) await recorder.insertSnapshot(snapshotOf(page, version), 1);
    const select = (range: VersionRange) => versions(recorder, page, range);
    assert.deepEqual(await select({}), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(await select({ desc: true, limit: 1 }), [6]);
    assert.deepEqual(await select({ lte: 4, desc: true, limit: 1 }), [4]);
    assert.deepEqual(await select({ gt: 2, lte: 5 }), [3, 4, 5]);
    assert.deepEqual(await select({ gt: 2, limit: 2 }), [3, 4]);
    assert.deepEqual(await select({ gt: 6 }), []);
    assert.deepEqual(await select({ limit: 0 }), []);
  }),

  promised(
    "snapshots",
    "are removed but for the newest and the first at or after each multiple of keepEvery",
    async (recorder) => {
      const page = newId();
      await recorder.insertSnapshot(snapshotOf(page, 100), 100);
      for (let version = 105; version <= 330; version += 5) {
        await recorder.insertSnapshot(snapshotOf(page, version), 100);
        await recorder.insertSnapshot(snapshotOf(newId(), version), 100);
      }
      assert.deepEqual(await versions(recorder, page), [100, 200, 300, 330]);
      await recorder.insertSnapshot(snapshotOf(page, 412), 100);
      await recorder.insertSnapshot(snapshotOf(page, 415), 100);
      assert.deepEqual(await versions(recorder, page), [100, 200, 300, 412, 415]);
    },
  ),

  promised("snapshots", "are thinned by that rule at random versions", thinning),

  promisedAcrossHandles("snapshots", "are visible to another process", async (recorder, reopen) => {
    const page = newId();
    const other = await reopen();
    await recorder.insertSnapshot(snapshotOf(page, 5), 100);
    assert.deepEqual(await versions(other, page), [5]);
  }),
];

function snapshotOf(originatorId: string, originatorVersion: number, state = "state"): StoredSnapshot {
  return { originatorId, originatorVersion, topic: "Page.Snapshot", state: bytesOf(state) };
}

async function versions(recorder: Recorder, originatorId: string, range?: VersionRange): Promise<number[]> {
  const snapshots = await recorder.selectSnapshots(originatorId, range);
  return snapshots.map((snapshot) => snapshot.originatorVersion);
}

async function thinning(recorder: Recorder): Promise<void> {
  const keepEvery = 10;
  await checkRandomLists(
    () => randomList(1, 15, () => 1 + randomBelow(60)),
    async (inserted) => {
      const page = newId();
      let expected: number[] = [];
      for (const version of inserted) {
        await recorder.insertSnapshot(snapshotOf(page, version), keepEvery);
        expected = thinned([...new Set([...expected, version])], keepEvery);
      }
      assert.deepEqual(await versions(recorder, page), expected);
    },
  );
}

function thinned(snapshotVersions: readonly number[], keepEvery: number): number[] {
  const ascending = [...snapshotVersions].sort((a, b) => a - b);
  const newest = ascending.at(-1);
  const multiples = upTo(10).map((n) => n * keepEvery);
  const firsts = multiples.map((multiple) => ascending.find((version) => version >= multiple));
  return ascending.filter((version) => version === newest || firsts.includes(version));
}
