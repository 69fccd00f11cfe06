import { CodedError, type DomainEvent, type Mapper, type Notification } from "@palimpsest/eventsourcing";

/** Returns the JSON of a notification. Of an event that cannot be read, it has the error, so that clients read on. */
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
