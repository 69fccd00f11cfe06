import { InvalidArgumentError, LimitExceededError } from "../errors.ts";
import {
  MAX_STATE_BYTES,
  type NotificationRange,
  type StoredSnapshot,
  type Tracking,
  type UnrecordedEvent,
  type VersionRange,
} from "./recorder.ts";

/** The longest topic or tracking name, in UTF-16 code units (R14). */
const MAX_NAME_LENGTH = 255;

// Lower case only, because databases compare ids as text.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// Databases replace these characters or cut a name off at them.
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u;

export function checkEvents(events: readonly UnrecordedEvent[]): void {
  for (const event of events) {
    checkId("eventId", event.eventId);
    checkId("originatorId", event.originatorId);
    if (event.originatorVersion !== null) checkInteger("originatorVersion", event.originatorVersion);
    checkName("topic", event.topic);
    checkState(event.state, "event", event.eventId);
  }
}

export function checkTracking({ name, notificationId }: Tracking): void {
  checkName("tracking name", name);
  checkInteger("tracked notificationId", notificationId, 1);
}

export function checkSnapshot(snapshot: StoredSnapshot, keepEvery: number): void {
  checkId("originatorId", snapshot.originatorId);
  checkInteger("originatorVersion", snapshot.originatorVersion, 1);
  checkName("topic", snapshot.topic);
  checkState(snapshot.state, "snapshot", snapshot.originatorId);
  checkInteger("keepEvery", keepEvery, 1);
}

export function checkVersionRange({ gt, lte, limit }: VersionRange): void {
  if (gt !== undefined) checkInteger("gt", gt);
  if (lte !== undefined) checkInteger("lte", lte);
  if (limit !== undefined) checkInteger("limit", limit, 0);
}

export function checkNotificationRange({ start, stop, limit, maxBytes }: NotificationRange): void {
  checkInteger("start", start);
  if (stop !== undefined) checkInteger("stop", stop);
  checkInteger("limit", limit, 0);
  if (maxBytes !== undefined) checkInteger("maxBytes", maxBytes, 1);
}

export function checkInstant(instant: Date): void {
  if (Number.isNaN(instant.getTime())) throw new InvalidArgumentError("instant", instant, "a valid date");
}

function checkId(what: string, id: string): void {
  if (!UUID.test(id)) throw new InvalidArgumentError(what, id, "a UUID in lower case");
}

function checkName(what: string, name: string): void {
  if (name.length === 0) throw new InvalidArgumentError(what, name, "not empty");
  if (name.length > MAX_NAME_LENGTH)
    throw new LimitExceededError(`characters of a ${what}`, name.length, MAX_NAME_LENGTH);
  if (UNSTORABLE.test(name))
    throw new InvalidArgumentError(what, name, "free of control characters and lone surrogates");
}

function checkState(state: Uint8Array, kind: string, id: string): void {
  if (state.byteLength > MAX_STATE_BYTES)
    throw new LimitExceededError(`bytes of the state of ${kind} ${id}`, state.byteLength, MAX_STATE_BYTES);
}

/** Returns `value`. @throws InvalidArgumentError unless it is a whole number from 1 */
export function requireFromOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(name, value, "a whole number from 1");
}

/** Returns `list`. @throws InvalidArgumentError unless it is an array */
export function requireList<List>(name: string, list: List): List {
  if (Array.isArray(list)) return list;
  throw new InvalidArgumentError(name, list, "an array");
}

/** @throws InvalidArgumentError */
export function checkInteger(what: string, value: number, from?: number): void {
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError(what, value, "a whole number");
  if (from !== undefined && value < from)
    throw new InvalidArgumentError(what, value, `a whole number from ${from}`);
}
