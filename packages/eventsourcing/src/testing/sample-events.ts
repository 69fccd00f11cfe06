import assert from "node:assert/strict";
import { v7 as uuidv7 } from "uuid";
import type { CodedError } from "../errors.ts";
import type {
  ApplicationRecorder,
  Notification,
  StoredEvent,
  UnrecordedEvent,
} from "../recorder/recorder.ts";

export function newId(): string {
  return uuidv7();
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Returns a valid event. Unless given, its state names its originator and version. */
export function eventOf(
  originatorId: string,
  originatorVersion: number | null,
  { topic = "Sample.Happened", state }: { topic?: string; state?: Uint8Array } = {},
): UnrecordedEvent {
  return {
    eventId: newId(),
    originatorId,
    originatorVersion,
    topic,
    state: state ?? bytesOf(`${originatorId} ${originatorVersion ?? "next"}`),
  };
}

/** Returns events with the versions `first` to `last` of one originator. */
export function eventsOf(originatorId: string, first: number, last: number): UnrecordedEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => eventOf(originatorId, first + index));
}

export async function allNotifications(recorder: ApplicationRecorder): Promise<readonly Notification[]> {
  return recorder.selectNotifications({ start: 1, limit: 1_000_000 });
}

export function versionsOf(events: readonly StoredEvent[]): number[] {
  return events.map((event) => event.originatorVersion);
}

export function idsOf(notifications: readonly Notification[]): number[] {
  return notifications.map((notification) => notification.id);
}

/** Returns the numbers from 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Resolves to the error of `work`, which must be of `expected`. */
export async function rejection<E extends CodedError>(
  work: Promise<unknown>,
  expected: abstract new (...values: never[]) => E,
): Promise<E> {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome?.status !== "rejected") assert.fail(`Expected ${expected.name}, but the call resolved`);
  const error: unknown = outcome.reason;
  if (!(error instanceof expected))
    assert.fail(`Expected ${expected.name}, but the call rejected with ${error}`);
  return error;
}

/** Asserts that the events read are the ones written, byte for byte. */
export function assertStored(actual: readonly StoredEvent[], expected: readonly UnrecordedEvent[]): void {
  const describe = (event: UnrecordedEvent) =>
    `${event.originatorId} ${event.originatorVersion} ${event.topic} ${event.eventId}`;
  assert.deepEqual(actual.map(describe), expected.map(describe));
  expected.forEach((event, index) => {
    assertBytes(actual[index]?.state, event.state);
  });
}

/** Compares without listing the bytes in the error. */
export function assertBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual instanceof Uint8Array, "the state is not a Uint8Array");
  assert.equal(actual.byteLength, expected.byteLength, "the state has a different length");
  assert.equal(Buffer.compare(actual, expected), 0, "the state has different bytes");
}
