import { OutcomeUnknownError, RecorderError } from "../errors.ts";
import type { AppendResult } from "../recorder/recorder.ts";
import type { Write } from "./batch.ts";
import type { Reader } from "./reader.ts";

/**
 * Finds out what became of a write whose thread ended without an answer (R6), and returns its results when it
 * was stored. The thread's transaction is over, so what is not stored now never will be.
 *
 * @throws RecorderError: nothing is stored. OutcomeUnknownError: the database cannot be asked.
 */
export function settleLostWrite(
  write: Write,
  reader: Pick<Reader, "notificationsOf" | "maxTrackingId">,
  lost: unknown,
): readonly AppendResult[] {
  if (write.kind === "snapshot") throw new RecorderError("The snapshot was not stored", lost);
  const { events, tracking } = write;
  const eventIds = events.map(({ eventId }) => eventId);
  try {
    const byEventId = new Map(
      reader.notificationsOf(eventIds).map((notification) => [notification.eventId, notification]),
    );
    const results = eventIds.flatMap((eventId) => {
      const found = byEventId.get(eventId);
      if (found === undefined) return [];
      const { id, originatorVersion, recordedAt } = found;
      return [{ notificationId: id, originatorVersion, recordedAt }];
    });
    const tracked = tracking === undefined || reader.maxTrackingId(tracking.name) >= tracking.notificationId;
    if (tracked && results.length === events.length) return results;
  } catch (error) {
    throw new OutcomeUnknownError(eventIds, error);
  }
  throw new RecorderError("The save was not stored", lost);
}
