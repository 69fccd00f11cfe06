import assert from "node:assert/strict";
import { EventAlreadyRecordedError, VersionConflictError } from "../../errors.ts";
import { promised, type RecorderContractCase } from "../contract-case.ts";
import {
  allNotifications,
  assertStored,
  eventOf,
  eventsOf,
  newId,
  rejection,
  upTo,
} from "../sample-events.ts";

/** Event ids, by which a caller that lost its connection finds out whether a save was recorded. */
export const identityCases: readonly RecorderContractCase[] = [
  promised("R6", "finds no event of a rejected save", async (recorder) => {
    const page = newId();
    const recorded = eventOf(page, 1);
    await recorder.insertEvents([recorded]);
    const refused = [eventOf(newId(), 1), eventOf(page, 1)];
    await rejection(recorder.insertEvents(refused), VersionConflictError);
    const eventIds = [...refused, recorded].map((event) => event.eventId);
    assertStored(await recorder.findNotifications(eventIds), [recorded]);
    await recorder.insertEvents(refused.slice(0, 1));
    assertStored(await recorder.findNotifications(eventIds), [recorded, ...refused.slice(0, 1)]);
  }),

  promised("R6", "finds events by id, in the order of notifications", async (recorder) => {
    const events = eventsOf(newId(), 1, 6);
    await recorder.insertEvents(events);
    const [first, , third, , , sixth] = events;
    assert.ok(first && third && sixth);
    const eventIds = [sixth.eventId, newId(), first.eventId, third.eventId, first.eventId];
    const found = await recorder.findNotifications(eventIds);
    assertStored(found, [first, third, sixth]);
    const all = await allNotifications(recorder);
    assert.deepEqual(found, [all[0], all[2], all[5]]);
    assert.deepEqual(await recorder.findNotifications([]), []);
    assert.deepEqual(await recorder.findNotifications([newId(), newId()]), []);
  }),

  promised("R6", "finds two thousand events in one call", async (recorder) => {
    const save = upTo(2000).map(() => eventOf(newId(), 1));
    await recorder.insertEvents(save);
    assertStored(await recorder.findNotifications(save.map((event) => event.eventId).reverse()), save);
  }),

  promised("R6", "rejects an event id that is already recorded", async (recorder) => {
    const [page, slug] = [newId(), newId()];
    const recorded = eventOf(page, 1);
    await recorder.insertEvents([recorded]);
    const again = { ...eventOf(page, 2), eventId: recorded.eventId };
    const error = await rejection(
      recorder.insertEvents([eventOf(slug, 1), again]),
      EventAlreadyRecordedError,
    );
    assert.equal(error.eventId, recorded.eventId);
    assertStored(await allNotifications(recorder), [recorded]);
  }),

  promised(
    "R6",
    "rejects a repeated save as already recorded, not as a version conflict",
    async (recorder) => {
      const save = eventsOf(newId(), 1, 2);
      await recorder.insertEvents(save);
      await rejection(recorder.insertEvents(save), EventAlreadyRecordedError);
      assertStored(await allNotifications(recorder), save);
    },
  ),

  promised("R6", "records a log entry once when two concurrent saves contain it", async (recorder) => {
    const event = eventOf(newId(), null);
    const sends = [recorder.insertEvents([event]), recorder.insertEvents([event])];
    const outcomes = await Promise.allSettled(sends);
    const [refused, ...more] = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.equal(more.length, 0, "both were rejected");
    assert.ok(refused?.reason instanceof EventAlreadyRecordedError, String(refused?.reason));
    assert.equal((await allNotifications(recorder)).length, 1);
  }),

  promised("R6", "rejects a save that contains an event id twice", async (recorder) => {
    const page = newId();
    const event = eventOf(page, 1);
    const save = [event, { ...eventOf(page, 2), eventId: event.eventId }];
    await rejection(recorder.insertEvents(save), EventAlreadyRecordedError);
    assert.equal(await recorder.maxNotificationId(), 0);
    await recorder.insertEvents([event]);
  }),
];
