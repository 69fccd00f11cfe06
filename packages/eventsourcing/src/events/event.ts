import { clone, cloneAsStored } from "../clone.ts";
import { currentContext } from "../context.ts";
import { describeValue, InvalidArgumentError, InvalidEventDataError } from "../errors.ts";
import { uuid7 } from "../uuid.ts";
import type { DomainEvent, EventType, LogEntry, NewEvent } from "./event-type.ts";
import { issuesOf } from "./shape.ts";

/**
 * Returns a domain event with a copy of the new event's data and the ambient fields, context and time of now.
 * @param originatorVersion null for an entry of a log, whose version the recorder gives
 * @throws InvalidEventDataError naming each field that does not fit
 */
export function createEvent(newEvent: NewEvent, originatorId: string, originatorVersion: number): DomainEvent;
export function createEvent(newEvent: NewEvent, originatorId: string, originatorVersion: null): LogEntry;
export function createEvent(
  newEvent: NewEvent,
  originatorId: string,
  originatorVersion: number | null,
): DomainEvent | LogEntry {
  requireNewEvent(newEvent);
  const { type, data } = newEvent;
  requireObject(type, data);
  const ambient = type.ambient();
  const full = cloneAsStored({ ...data, ...ambient });
  const issues: string[] = [];
  for (const field of Object.keys(data))
    if (!Object.hasOwn(type.own, field)) issues.push(`${field}: is not a field that a caller gives`);
  for (const field of Object.keys(ambient))
    if (Object.hasOwn(type.own, field) || !Object.hasOwn(type.shape, field))
      issues.push(`${field}: is not an ambient field of the family`);
  issues.push(...issuesOf(type.topic, type.shape, full, "triggered"));
  if (issues.length > 0) throw new InvalidEventDataError(type.topic, issues);
  const { correlationId, causationId } = currentContext();
  return Object.freeze({
    id: uuid7(),
    type: type.topic,
    originatorId,
    originatorVersion: originatorVersion as number,
    timestamp: new Date(),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
    data: Object.freeze(full),
  });
}

/** Returns a copy of `event` whose data and time may be kept and changed without changing the event. */
export function copyOfEvent<Event extends DomainEvent>(event: Event): Event {
  return { ...event, timestamp: new Date(event.timestamp), data: clone(event.data) };
}

function requireNewEvent(newEvent: unknown): void {
  if (typeof (newEvent as NewEvent | undefined)?.type?.topic === "string") return;
  throw new InvalidArgumentError(
    "a new event",
    newEvent,
    "the result of calling an event type, as in Closed()",
  );
}

function requireObject(type: EventType, data: unknown): void {
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return;
  const fields = Object.keys(type.own).map((field) => `"${field}"`);
  const expected =
    fields.length === 0
      ? "no fields"
      : `the ${fields.length === 1 ? "field" : "fields"} ${fields.join(", ")}`;
  throw new InvalidEventDataError(type.topic, [
    `an object with ${expected} is expected, not ${describeValue(data)}`,
  ]);
}
