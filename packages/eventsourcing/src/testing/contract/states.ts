import assert from "node:assert/strict";
import { LimitExceededError } from "../../errors.ts";
import { MAX_STATE_BYTES } from "../../recorder/recorder.ts";
import { promised, type RecorderContractCase } from "../contract-case.ts";
import {
  allNotifications,
  assertBytes,
  assertStored,
  bytesOf,
  eventOf,
  eventsOf,
  newId,
  rejection,
} from "../sample-events.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value);
const oneMegabyte = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31 + (index >> 8)) % 256);

/** Events are read as they were written. */
export const stateCases: readonly RecorderContractCase[] = [
  promised("R1", "reads events back in order of version, unchanged", async (recorder) => {
    const [page, other] = [newId(), newId()];
    const events = eventsOf(page, 1, 12);
    await recorder.insertEvents(events.slice(0, 5));
    await recorder.insertEvents(eventsOf(other, 1, 3));
    await recorder.insertEvents(events.slice(5));
    assertStored(await recorder.selectEvents(page), events);
  }),

  promised("R1", "reads every byte of topics and states back", async (recorder) => {
    const page = newId();
    const events = [
      eventOf(page, 1, { state: everyByte }),
      eventOf(page, 2, { state: new Uint8Array() }),
      eventOf(page, 3, { state: oneMegabyte }),
      eventOf(page, 4, {
        state: bytesOf("\u0000 a 'quoted' \"text\" \r\n 🦊 \u2028"),
        topic: "Fox.Überfall",
      }),
      eventOf(page, 5, { state: Buffer.from("part of a larger buffer").subarray(5, 7) }),
    ];
    await recorder.insertEvents(events);
    assertStored(await recorder.selectEvents(page), events);
    assertStored(await allNotifications(recorder), events);
  }),

  promised("R1", "keeps and returns states that share no bytes with the caller's", async (recorder) => {
    const page = newId();
    const state = bytesOf("as recorded");
    await recorder.insertEvents([eventOf(page, 1, { state })]);
    state.fill(0);
    const [read] = await recorder.selectEvents(page);
    assertBytes(read?.state, bytesOf("as recorded"));
    read?.state.fill(0);
    const [notification] = await allNotifications(recorder);
    assertBytes(notification?.state, bytesOf("as recorded"));
    notification?.state.fill(0);
    assertBytes((await recorder.selectEvents(page))[0]?.state, bytesOf("as recorded"));
  }),

  promised("R1", "returns no events for an unknown originator", async (recorder) => {
    await recorder.insertEvents([eventOf(newId(), 1)]);
    assert.deepEqual(await recorder.selectEvents(newId()), []);
  }),

  promised("R1", "records nothing for an empty save", async (recorder) => {
    assert.deepEqual(await recorder.insertEvents([]), []);
    assert.equal(await recorder.maxNotificationId(), 0);
  }),

  promised("R14", "records a state of the maximum size", async (recorder) => {
    const page = newId();
    const state = new Uint8Array(MAX_STATE_BYTES).fill(7);
    await recorder.insertEvents([eventOf(page, 1, { state })]);
    assertBytes((await recorder.selectEvents(page))[0]?.state, state);
  }),

  promised(
    "R14",
    "rejects a save with a state over the maximum size, and names the maximum",
    async (recorder) => {
      const page = newId();
      const tooLarge = eventOf(page, 2, { state: new Uint8Array(MAX_STATE_BYTES + 1) });
      const error = await rejection(recorder.insertEvents([eventOf(page, 1), tooLarge]), LimitExceededError);
      assert.equal(error.actual, MAX_STATE_BYTES + 1);
      assert.equal(error.limit, MAX_STATE_BYTES);
      assert.deepEqual(await recorder.selectEvents(page), []);
      await recorder.insertEvents([eventOf(page, 1)]);
    },
  ),
];
