import assert from "node:assert/strict";
import { promised, promisedAcrossHandles, type RecorderContractCase } from "../contract-case.ts";
import { allNotifications, eventOf, eventsOf, newId, upTo } from "../sample-events.ts";

const noon = Date.UTC(2031, 4, 6, 12);
const at = (seconds: number) => new Date(noon + seconds * 1000);

/** The recording time, and finding a notification by it. */
export const instantCases: readonly RecorderContractCase[] = [
  promised("R15", "stamps each save with the recorder's clock", async (recorder, { setClock }) => {
    setClock(at(0));
    const results = await recorder.insertEvents(eventsOf(newId(), 1, 2));
    setClock(at(1.234));
    const later = await recorder.insertEvents([eventOf(newId(), 1)]);
    const expected = [at(0), at(0), at(1.234)];
    assert.deepEqual(
      [...results, ...later].map((result) => result.recordedAt),
      expected,
    );
    assert.deepEqual(
      (await allNotifications(recorder)).map((notification) => notification.recordedAt),
      expected,
    );
  }),

  promised("R15", "keeps times from decreasing when the clock goes back", async (recorder, { setClock }) => {
    for (const seconds of [0, 10, -3600, 5, 11, 10.5, -86_400]) {
      setClock(at(seconds));
      await recorder.insertEvents(eventsOf(newId(), 1, 2));
    }
    const times = (await allNotifications(recorder)).map((notification) => notification.recordedAt.getTime());
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
      "a later id has an earlier time",
    );
    assert.equal(times[0], noon);
    assert.equal(times.at(-1), at(11).getTime());
  }),

  promised(
    "R15",
    "keeps times of concurrent saves from decreasing when the clock jumps",
    async (recorder, { setClock }) => {
      const saves = upTo(20).map((n) => {
        setClock(at(n % 2 === 0 ? -n : n));
        return recorder.insertEvents([eventOf(newId(), 1)]);
      });
      const times = (await Promise.all(saves)).flat().map((result) => result.recordedAt.getTime());
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
        "a later id has an earlier time",
      );
    },
  ),

  promisedAcrossHandles(
    "R15",
    "keeps times from decreasing across processes and restarts",
    async (recorder, reopen, { setClock }) => {
      setClock(at(100));
      await recorder.insertEvents([eventOf(newId(), 1)]);
      const other = await reopen();
      setClock(at(50));
      const [second] = await other.insertEvents([eventOf(newId(), 1)]);
      assert.deepEqual(second?.recordedAt, at(100));
      setClock(at(200));
      await other.insertEvents([eventOf(newId(), 1)]);
      setClock(at(150));
      const [fourth] = await recorder.insertEvents([eventOf(newId(), 1)]);
      assert.deepEqual(fourth?.recordedAt, at(200));
    },
  ),

  promised(
    "R15",
    "finds the last notification recorded at or before an instant",
    async (recorder, { setClock }) => {
      assert.equal(await recorder.notificationIdAt(at(0)), 0);
      setClock(at(0));
      await recorder.insertEvents(eventsOf(newId(), 1, 2));
      setClock(at(10));
      await recorder.insertEvents([eventOf(newId(), 1)]);
      await recorder.insertEvents([eventOf(newId(), 1)]);
      setClock(at(5));
      await recorder.insertEvents([eventOf(newId(), 1)]);
      setClock(at(20));
      await recorder.insertEvents([eventOf(newId(), 1)]);
      const expected = new Map([
        [-86_400, 0],
        [-0.001, 0],
        [0, 2],
        [0.001, 2],
        [5, 2],
        [9.999, 2],
        [10, 5],
        [19.999, 5],
        [20, 6],
        [86_400, 6],
      ]);
      for (const [seconds, id] of expected)
        assert.equal(await recorder.notificationIdAt(at(seconds)), id, `as of ${seconds} s`);
      assert.equal(await recorder.notificationIdAt(new Date(0)), 0);
    },
  ),
];
