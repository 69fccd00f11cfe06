import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { VersionConflictError } from "../errors.ts";
import type { ApplicationRecorder } from "../recorder/recorder.ts";
import { eventOf, eventsOf, newId } from "./sample-events.ts";

const SAVES_PER_BURST = 60;

/** Makes 60 concurrent saves of one to four events; every fifth conflicts. Resolves to the number of recorded events. */
export async function burst(writers: readonly ApplicationRecorder[]): Promise<number> {
  const conflicting = newId();
  await writers[0]?.insertEvents([eventOf(conflicting, 1)]);
  const saves: Promise<unknown>[] = [];
  for (let index = 0; index < SAVES_PER_BURST; index++) {
    const writer = writers[index % writers.length];
    const save = eventsOf(newId(), 1, 1 + (index % 4));
    if (index % 5 === 4) save.push(eventOf(conflicting, 1));
    if (writer) saves.push(writer.insertEvents(save).then(({ length }) => length, asValue));
    if (index % 3 === 2) await setImmediate();
  }
  const outcomes = await Promise.all(saves);
  return outcomes.map(countRecorded).reduce((sum, count) => sum + count, 1);
}

/** Keeps a rejection that is awaited only at the end from being unhandled. */
function asValue(error: unknown): unknown {
  return error;
}

function countRecorded(outcome: unknown): number {
  if (typeof outcome === "number") return outcome;
  assert.ok(outcome instanceof VersionConflictError, String(outcome));
  return 0;
}
