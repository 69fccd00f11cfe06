import type { Mapper, Notification } from "@palimpsest/eventsourcing";

/** A notification as administrators see it: where it stands, and what the event says. */
export function notificationJson(mapper: Mapper, notification: Notification) {
  const { timestamp, data } = mapper.toDomainEvent(notification);
  const { id, eventId, originatorId, originatorVersion, topic, recordedAt } = notification;
  return {
    id,
    eventId,
    originatorId,
    originatorVersion,
    topic,
    timestamp: timestamp.toISOString(),
    recordedAt: recordedAt.toISOString(),
    data,
  };
}
