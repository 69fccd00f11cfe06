import { CodedError, type DomainEvent, type Mapper, type Notification } from "@palimpsest/eventsourcing";

/**
 * Returns the JSON of a notification. If the event cannot be read, the JSON contains the error instead, so that clients
 * can continue.
 */
export function notificationJson(mapper: Mapper, notification: Notification) {
  const { id, eventId, originatorId, originatorVersion, topic, recordedAt } = notification;
  return {
    id,
    eventId,
    originatorId,
    originatorVersion,
    topic,
    recordedAt: recordedAt.toISOString(),
    ...dataOf(() => mapper.toDomainEvent(notification)),
  };
}

function dataOf(read: () => DomainEvent) {
  try {
    const { timestamp, data } = read();
    return { timestamp: timestamp.toISOString(), data };
  } catch (error) {
    const code = error instanceof CodedError ? error.code : "unreadable-state";
    return { timestamp: null, data: null, error: code };
  }
}
