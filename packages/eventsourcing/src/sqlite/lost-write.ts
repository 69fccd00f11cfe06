import { OutcomeUnknownError, RecorderError } from "../errors.ts";
import type { AppendResult } from "../recorder/recorder.ts";
import type { Write } from "./batch.ts";
import type { Reader } from "./reader.ts";

/**
 * Looks up a write whose thread ended without an answer (R6), and returns its results if it is stored. The thread's
 * transaction is over, so what is not stored now is not stored later.
 *
 * @throws RecorderError: nothing is stored. OutcomeUnknownError: the database cannot be read.
 */
export function findLostWrite(
  write: Write,
  reader: Pick<Reader, "notificationsOf" | "maxTrackingId">,
  cause: unknown,
): readonly AppendResult[] {
  if (write.kind === "snapshot") throw new RecorderError("The snapshot was not stored", cause);
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
  throw new RecorderError("The save was not stored", cause);
}
