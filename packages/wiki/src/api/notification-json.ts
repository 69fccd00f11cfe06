import { CodedError, type DomainEvent, type Mapper, type Notification } from "@palimpsest/eventsourcing";

/**
 * A notification as administrators see it: where it stands, and what the event says. Of one that cannot be read, why:
 * it must not end the log for those who read on.
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
    ...whatItSays(() => mapper.toDomainEvent(notification)),
  };
}

function whatItSays(read: () => DomainEvent) {
  try {
    const { timestamp, data } = read();
    return { timestamp: timestamp.toISOString(), data };
  } catch (error) {
    const code = error instanceof CodedError ? error.code : "unreadable-state";
    return { timestamp: null, data: null, error: code };
  }
}
