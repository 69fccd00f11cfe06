import { afterEach, expect, it, vi } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "../../../../test/postgres-schemas.ts";
import { ClockAheadError } from "../errors.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { eventOf, newId, rejection } from "../testing/sample-events.ts";
import { type PostgresRecorderOptions, postgresRecorder } from "./index.ts";

const HOUR_MS = 3_600_000;

const schemas: NewSchema[] = [];
const recorders: Recorder[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const recorder of recorders.splice(0)) await recorder.close();
  await dropSchemas(schemas.splice(0));
});

async function open(clock: PostgresRecorderOptions["clock"] & object): Promise<Recorder> {
  const schema = schemas[0] ?? newSchema();
  schemas[0] = schema;
  const recorder = await postgresRecorder({ ...schema, clock });
  recorders.push(recorder);
  return recorder;
}

const record = (recorder: Recorder) => recorder.insertEvents([eventOf(newId(), 1)]);

/** Sets the clock of this process and leaves the server's. */
function setOwnClock(aheadMs: number): void {
  const realNow = Date.now.bind(Date);
  const start = realNow();
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + aheadMs);
  expect(Date.now() - start).toBeGreaterThanOrEqual(aheadMs);
}

it("refuses saves until the server's clock and that of this process agree", async () => {
  const recorder = await open({ onJump: "refuse" });
  setOwnClock(-3 * HOUR_MS);
  const error = await rejection(record(recorder), ClockAheadError);
  expect(Math.round(error.aheadMs / HOUR_MS)).toBe(3);
  expect(await recorder.clockStatus()).toMatchObject({
    state: "refusing",
    lastRecordedAt: undefined,
    incidents: 1,
  });
  expect(await recorder.maxNotificationId()).toBe(0);
  vi.restoreAllMocks();
  expect(await record(recorder)).toMatchObject([{ notificationId: 1 }]);
  expect(await recorder.clockStatus()).toMatchObject({ state: "ok", incidents: 1 });
});

it("ignores that the clock of this process was set back once it knows the server's", async () => {
  const recorder = await open({ onJump: "refuse" });
  await record(recorder);
  setOwnClock(-3 * HOUR_MS);
  expect(await record(recorder)).toMatchObject([{ notificationId: 2 }]);
  vi.restoreAllMocks();
  setOwnClock(3 * HOUR_MS);
  expect(await record(recorder)).toMatchObject([{ notificationId: 3 }]);
});

it("sends a save again that was refused because it took long", async () => {
  const noon = Date.UTC(2031, 4, 6, 12);
  let [seconds, isSlow, sent] = [0, false, 0];
  const recorder = await open({
    onJump: "refuse",
    now: () => new Date(noon + seconds * 1000),
    // The clock is read before a save is sent and after its answer.
    monotonicMs: () => {
      sent += 1;
      return isSlow && sent <= 2 ? 0 : seconds * 1000;
    },
  });
  await record(recorder);
  [seconds, isSlow, sent] = [90, true, 0];
  const [result] = await record(recorder);
  expect(result).toMatchObject({ notificationId: 2, recordedAt: new Date(noon + 90_000) });
  expect(sent).toBeGreaterThan(4);
  expect(await recorder.clockStatus()).toMatchObject({ incidents: 0 });
});

it("keeps its connection after a refusal", async () => {
  let seconds = 0;
  const noon = Date.UTC(2031, 4, 6, 12);
  const now = () => new Date(noon + seconds * 1000);
  const recorder = await open({ onJump: "refuse", now, monotonicMs: () => 0 });
  await record(recorder);
  seconds = 3_600;
  const refusals = [newId(), newId()].map((id) =>
    rejection(recorder.insertEvents([eventOf(id, 1)]), ClockAheadError),
  );
  for (const { recordedAt } of await Promise.all(refusals)) expect(recordedAt).toEqual(now());
  seconds = 1;
  expect(await record(recorder)).toMatchObject([{ notificationId: 2, recordedAt: now() }]);
});
