import { findDifference } from "../difference.ts";
import { describeValue, ProgrammingError } from "../errors.ts";
import type { DomainEvent, EventType } from "../events/event-type.ts";

/** An aggregate as plain data, as caches and snapshots hold it. */
export interface AggregateState<State = unknown> {
  readonly id: string;
  /** The version of the last event applied, from 1. */
  readonly version: number;
  /** The timestamp of its first event. */
  readonly createdAt: Date;
  /** The timestamp of its last event. */
  readonly modifiedAt: Date;
  readonly state: State;
  /** When its recorded events were stored; undefined if none is recorded. Not part of the state. */
  readonly recordedAt?: RecordedAt | undefined;
}

/** When the first and the last recorded event of an aggregate were stored. */
export interface RecordedAt {
  readonly first: Date;
  readonly last: Date;
}

/** How events make the state of an aggregate, written as a class or as plain functions. */
export interface AggregateDefinition<State = unknown, Event extends DomainEvent = DomainEvent> {
  /** The name of its event family; stored with snapshots. */
  readonly aggregateName: string;
  /** Names under which its snapshots may be stored as well. */
  readonly formerNames: readonly string[];
  /** Stored with snapshots, which are ignored if it is another one. */
  readonly schemaVersion: number;
  readonly eventTypes: readonly EventType<Event>[];
  /** The names of the fields of the initial state. Snapshots with other ones are ignored. */
  readonly fieldNames: readonly string[];
  /**
   * Returns the state after `events`, which follow `current` without a gap. Changes neither of them.
   * @throws ProgrammingError if an event does not follow or is of another family
   */
  replay(current: AggregateState<State> | undefined, events: readonly Event[]): AggregateState<State>;
}

/** The pending events of an aggregate, as `save` needs them. */
export interface Changes<State = unknown, Event extends DomainEvent = DomainEvent> {
  readonly definition: AggregateDefinition<State, Event>;
  /** Events that are not recorded yet, in order of version. */
  readonly pending: readonly Event[];
  /** The state after them. */
  readonly aggregate: AggregateState<State>;
}

/** A state that may have been changed outside events. */
interface StateCheck {
  /** Whose state it is. */
  readonly owner: string;
  /** The current state, and the state that the events made. */
  readonly present: unknown;
  readonly made: unknown;
  /** The name of the state in the message, if it is not an instance. */
  readonly path?: string;
  /** How the state may be changed. */
  readonly advice: string;
}

/** @throws ProgrammingError that names the first difference */
export function requireMadeByEvents({ owner, present, made, path, advice }: StateCheck): void {
  const changed = findDifference(present, made, path);
  if (changed === undefined) return;
  throw new ProgrammingError(
    `"${changed.path}" of ${owner} is ${describeValue(changed.left)}, but its events made it ` +
      `${describeValue(changed.right)}. State changes only in ${advice}.`,
  );
}

/** @throws ProgrammingError unless `event` follows `current` and is of a type that the aggregate has */
export function requireNext(
  { aggregateName, eventTypes }: Pick<AggregateDefinition, "aggregateName" | "eventTypes">,
  current: { readonly id: string; readonly version: number } | undefined,
  event: DomainEvent,
): void {
  const next = (current?.version ?? 0) + 1;
  const id = current?.id ?? event.originatorId;
  if (event.originatorId !== id || event.originatorVersion !== next) {
    throw new ProgrammingError(
      `Version ${event.originatorVersion} of ${event.originatorId} does not follow version ${next - 1} of ${id}.`,
    );
  }
  if (!eventTypes.some((type) => type.topic === event.type)) {
    throw new ProgrammingError(`${event.type} of ${id} is not an event of ${aggregateName}.`);
  }
}
