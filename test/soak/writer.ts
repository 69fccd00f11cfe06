import {
  OutcomeUnknownError,
  type Recorder,
  RecorderError,
  type UnrecordedEvent,
} from "@palimpsest/eventsourcing";
import { eventOf, newId } from "../../packages/eventsourcing/src/testing/sample-events.ts";

/** The outcome of each save, by event id. */
export interface Fates {
  /** With their notification ids. */
  readonly acknowledged: Map<string, number>;
  readonly refused: Set<string>;
  readonly unknown: Set<string>;
}

/**
 * Saves versioned events of its own originator, and with every second event an entry of a log that all writers share.
 * If a save is stored twice, or stored although it was reported as failed, the next save ends the writer with a version
 * conflict.
 */
export async function write(
  recorder: Recorder,
  logId: string,
  fates: Fates,
  signal: AbortSignal,
): Promise<void> {
  const originatorId = newId();
  for (let version = 1; !signal.aborted; ) {
    const events = [eventOf(originatorId, version)];
    if (version % 2 === 0) events.push(eventOf(logId, null));
    if (await save(recorder, events, fates)) version += 1;
  }
}

/** Resolves to whether the events are stored. */
async function save(recorder: Recorder, events: readonly UnrecordedEvent[], fates: Fates): Promise<boolean> {
  const eventIds = events.map(({ eventId }) => eventId);
  try {
    const placements = await recorder.insertEvents(events);
    for (const [index, { notificationId }] of placements.entries())
      fates.acknowledged.set(eventIds[index] ?? "", notificationId);
    return true;
  } catch (error) {
    if (!(error instanceof RecorderError || error instanceof OutcomeUnknownError)) throw error;
    const isUnknown = error instanceof OutcomeUnknownError;
    for (const eventId of eventIds) (isUnknown ? fates.unknown : fates.refused).add(eventId);
    return isUnknown && (await recorder.findNotifications(eventIds)).length > 0;
  }
}
