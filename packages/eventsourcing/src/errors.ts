/**
 * The base of all errors of this library; applications may extend it. `code` is stable and for programs. The message is
 * for people: it names the failed operation, the values and the remedy. Subclasses have their values as readonly fields
 * and make their own message.
 */
export abstract class CodedError extends Error {
  /** A name in kebab-case, which never changes its meaning. */
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The aggregate is not recorded, or not at the requested version or time. */
export class AggregateNotFoundError extends CodedError {
  readonly code = "aggregate-not-found";
  readonly originatorId: string;
  readonly version: number | undefined;
  readonly at: Date | undefined;

  constructor(
    aggregateName: string,
    originatorId: string,
    { version, at }: { readonly version?: number | undefined; readonly at?: Date | undefined } = {},
  ) {
    const point = version === undefined ? (at ? ` at ${at.toISOString()}` : "") : ` at version ${version}`;
    super(`No ${aggregateName} ${originatorId}${point} is recorded.`);
    this.originatorId = originatorId;
    this.version = version;
    this.at = at;
  }
}

/** Another writer recorded this version first, or the versions before it are missing. Nothing was stored. */
export class VersionConflictError extends CodedError {
  readonly code = "version-conflict";
  readonly originatorId: string;
  readonly originatorVersion: number;
  readonly expected: number;

  /** @param expected the only version that the recorder accepts next */
  constructor(originatorId: string, originatorVersion: number, expected: number) {
    super(
      `Version ${originatorVersion} of ${originatorId} cannot be recorded: the next version is ${expected}. ` +
        "Load the aggregate again and repeat the command.",
    );
    this.originatorId = originatorId;
    this.originatorVersion = originatorVersion;
    this.expected = expected;
  }
}

/** An event with this id is recorded already: the same save was sent twice. Nothing was stored. */
export class EventAlreadyRecordedError extends CodedError {
  readonly code = "event-already-recorded";
  readonly eventId: string;

  constructor(eventId: string) {
    super(`The event ${eventId} is recorded already; an event is recorded once.`);
    this.eventId = eventId;
  }
}

/** The notification was processed before, by this or by another runner. Nothing was stored. */
export class TrackingConflictError extends CodedError {
  readonly code = "tracking-conflict";
  readonly trackingName: string;
  readonly notificationId: number;
  readonly lastNotificationId: number;

  constructor(trackingName: string, notificationId: number, lastNotificationId: number) {
    super(
      `"${trackingName}" cannot track notification ${notificationId}: it has already processed up to ${lastNotificationId}.`,
    );
    this.trackingName = trackingName;
    this.notificationId = notificationId;
    this.lastNotificationId = lastNotificationId;
  }
}

/** The connection broke during a save, so it is not known whether the events were stored. Look up `eventIds` later. */
export class OutcomeUnknownError extends CodedError {
  readonly code = "outcome-unknown";
  readonly eventIds: readonly string[];

  constructor(eventIds: readonly string[], cause: unknown) {
    super(
      `Whether the events ${eventIds.join(", ")} are recorded is not known: the connection broke, and the recorder cannot be queried.`,
      { cause },
    );
    this.eventIds = eventIds;
  }
}

/** The database failed. A failed save stored nothing. */
export class RecorderError extends CodedError {
  readonly code = "recorder-failed";

  constructor(failure: string, cause: unknown) {
    super(`${failure}: ${messageOf(cause)}`, { cause });
  }
}

/** The recorder is closed and accepts no calls. */
export class RecorderClosedError extends CodedError {
  readonly code = "recorder-closed";

  constructor() {
    super("The recorder is closed.");
  }
}

/** The database belongs to another program, or a newer version of the library wrote it. It was not changed. */
export class DatabaseRefusedError extends CodedError {
  readonly code = "database-refused";
  readonly database: string;

  constructor(database: string, reason: string) {
    super(`The database ${database} is refused: ${reason}`);
    this.database = database;
  }
}

interface ClockComparison {
  readonly recordedAt: Date;
  readonly now: Date;
  readonly expected: Date;
  readonly maxAheadMs: number;
  readonly isStored: boolean;
}

/**
 * The `recordedAt` of an event would be too far ahead of the expected time, and all later events would get no earlier
 * one. If saves are refused, nothing was stored; else this is a warning, and `isStored` is true.
 */
export class ClockAheadError extends CodedError {
  readonly code = "clock-ahead";
  /** The time that the event would get, or did get. */
  readonly recordedAt: Date;
  /** The time that the clock shows. */
  readonly now: Date;
  readonly aheadMs: number;
  readonly maxAheadMs: number;
  readonly isStored: boolean;

  /** @param values.expected the earlier of the clock's time and the time expected from other clocks */
  constructor(values: ClockComparison) {
    const { recordedAt, now, expected, maxAheadMs, isStored } = values;
    const isRecordAhead = recordedAt.getTime() - now.getTime() > maxAheadMs;
    super(`${isRecordAhead ? recordAhead(values) : clockAhead(values)}: see docs/clock.md.`);
    this.recordedAt = recordedAt;
    this.now = now;
    this.aheadMs = recordedAt.getTime() - expected.getTime();
    this.maxAheadMs = maxAheadMs;
    this.isStored = isStored;
  }
}

/** A value is over a limit; nothing was stored. */
export class LimitExceededError extends CodedError {
  readonly code = "limit-exceeded";
  readonly what: string;
  readonly actual: number;
  readonly limit: number;

  /** @param what names the value and its unit, "bytes of the state of event …" */
  constructor(what: string, actual: number, limit: number) {
    super(`${actual} ${what}: at most ${limit} are allowed.`);
    this.what = what;
    this.actual = actual;
    this.limit = limit;
  }
}

/** An argument does not have a documented value. Nothing was done. */
export class InvalidArgumentError extends CodedError {
  readonly code = "invalid-argument";
  readonly #argument: string;

  /** @param expected completes "… must be" */
  constructor(name: string, value: unknown, expected: string) {
    super(`${name} must be ${expected}; it is ${describeValue(value)}.`);
    this.#argument = name;
  }

  /** The name of the argument. */
  get argument(): string {
    return this.#argument;
  }
}

/** The data of an event does not fit its type, when it is triggered or when it is read. */
export class InvalidEventDataError extends CodedError {
  readonly code = "invalid-event-data";
  readonly topic: string;
  readonly issues: readonly string[];
  /** The id of the stored event that was read; undefined for an event that was triggered. */
  readonly eventId: string | undefined;

  constructor(
    topic: string,
    issues: readonly string[],
    stored?: { readonly eventId: string; readonly version: number },
  ) {
    const source = stored && ` stored as event ${stored.eventId} in version ${stored.version} of its type`;
    super(
      `The data of ${topic}${source ?? ""} is not valid: ${issues.join("; ")}.` +
        (stored ? " If the event type has changed, give it an upcast from that version." : ""),
    );
    this.topic = topic;
    this.issues = issues;
    this.eventId = stored?.eventId;
  }
}

/** No event type of the application has this topic. */
export class UnknownTopicError extends CodedError {
  readonly code = "unknown-topic";
  readonly topic: string;

  constructor(topic: string) {
    super(
      `No event type of the application has the topic "${topic}". Declare its aggregate in \`aggregates\` or its log's ` +
        "event type in `logEvents`; if the type was renamed, list its old name in `formerNames`.",
    );
    this.topic = topic;
  }
}

/** The stored event has a later version of its type than this program knows. */
export class EventVersionUnknownError extends CodedError {
  readonly code = "event-version-unknown";
  readonly topic: string;
  readonly eventVersion: number;
  readonly knownVersion: number;

  constructor(topic: string, eventVersion: number, knownVersion: number) {
    super(
      `An event ${topic} was stored in version ${eventVersion} of its type; this program knows versions up to ${knownVersion}. Update the program.`,
    );
    this.topic = topic;
    this.eventVersion = eventVersion;
    this.knownVersion = knownVersion;
  }
}

/** Stored bytes cannot be read: they are damaged, encrypted with an unknown key, or of another program. */
export class UnreadableStateError extends CodedError {
  readonly code = "unreadable-state";

  constructor(owner: string, reason: string, cause?: unknown) {
    super(`The stored state of ${owner} cannot be read: ${reason}`, { cause });
  }
}

/** A save of the aggregate failed, so its state may differ from the recorded events. Load it again. */
export class AggregateDeadError extends CodedError {
  readonly code = "aggregate-dead";
  readonly originatorId: string;

  constructor(originatorId: string) {
    super(`A save of the aggregate ${originatorId} failed. Load the aggregate again before using it.`);
    this.originatorId = originatorId;
  }
}

/** A program uses the library wrongly; the message says how to correct it. */
export class ProgrammingError extends CodedError {
  readonly code = "programming-error";
}

function recordAhead({ recordedAt, now, isStored }: ClockComparison): string {
  const less = durationOf(recordedAt.getTime() - now.getTime());
  return (
    `The last event was recorded at ${recordedAt.toISOString()}, but the clock shows ${now.toISOString()}, ${less} less. ` +
    (isStored
      ? "Until the clock passes that time, all new events get it. Set the clock right, or correct the recorded times"
      : "Nothing was stored. Set the clock right, wait until it passes that time, or correct the recorded times")
  );
}

function clockAhead({ now, expected, isStored }: ClockComparison): string {
  const more = durationOf(now.getTime() - expected.getTime());
  return (
    `The clock shows ${now.toISOString()}, ${more} more than expected. ` +
    (isStored
      ? "The events were stored, and no later event gets an earlier time. If the clock is wrong, set it right and correct the recorded times"
      : "Nothing was stored. Set the clock right or, if it is right, restart the process")
  );
}

const DURATIONS = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
] as const;

function durationOf(ms: number): string {
  const [unit, unitMs] = DURATIONS.find(([, least]) => ms >= 2 * least) ?? ["seconds", 1_000];
  return `${Math.round(ms / unitMs)} ${unit}`;
}

/** Returns the message of an error, or anything else that was thrown as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns a short description of a value for an error message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Promise) return "a promise (an `await` may be missing)";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
  const { name = "Object" } = (value.constructor ?? {}) as { name?: string };
  return name === "Object" ? "an object" : `an instance of ${name}`;
}
