import { v4 as uuid4 } from "uuid";
import { clone, isObject, isPlainObject } from "../clone.ts";
import { describeValue, InvalidArgumentError, ProgrammingError } from "../errors.ts";
import { copyOfEvent, createEvent } from "../events/event.ts";
import type { DomainEvent, EventFamilyLike, EventType, NewEvent } from "../events/event-type.ts";
import {
  type AggregateDefinition,
  type AggregateState,
  type Changes,
  requireMadeByEvents,
  requireNext,
} from "./aggregate-state.ts";

/** An aggregate written as plain functions. */
export interface PlainAggregate<State, Event extends DomainEvent = DomainEvent>
  extends AggregateDefinition<State, Event> {
  /** Returns a new aggregate with its first events pending; the id is random unless given. */
  begin(newEvents: readonly NewEvent<Event>[], id?: string): Changes<State, Event>;
  /** Returns `current` with more pending events. */
  trigger(
    current: AggregateState<State> | Changes<State, Event>,
    newEvents: readonly NewEvent<Event>[],
  ): Changes<State, Event>;
}

/** The declaration of an aggregate of plain functions. */
export interface PlainAggregateDeclaration<State, Event extends DomainEvent> {
  /** Its event family. */
  readonly events: EventFamilyLike<Event>;
  /** The state before the first event. */
  readonly initial: State;
  /** Returns the state after `event`. Both arguments are copies, which it may change and keep. */
  readonly evolve: (state: State, event: Event) => State;
  /** Raise it when the meaning of the state changes: snapshots of another version are ignored (1). */
  readonly schemaVersion?: number;
}

/**
 * Declares an aggregate without a class: `evolve` makes its state of its events, and decisions are functions that
 * return new events.
 */
export function plainAggregate<State, Event extends DomainEvent>(
  declaration: PlainAggregateDeclaration<State, Event>,
): PlainAggregate<State, Event> {
  const { events: family, initial, evolve, schemaVersion = 1 } = declaration;
  if (typeof evolve !== "function")
    throw new InvalidArgumentError("evolve", evolve, "a function that returns the state after an event");
  const definition: PlainAggregate<State, Event> = {
    aggregateName: family.familyName,
    formerNames: family.formerNames,
    schemaVersion,
    eventTypes: family.types as readonly EventType[] as readonly EventType<Event>[],
    fieldNames: isObject(initial) && isPlainObject(initial) ? Object.keys(initial) : [],
    replay(current, events) {
      let result = current;
      let state = clone(current === undefined ? initial : current.state);
      for (const event of events) {
        requireNext(definition, result, event);
        state = evolve(state, copyOfEvent(event));
        if (state === undefined || state instanceof Promise)
          throw new ProgrammingError(
            `\`evolve\` of ${family.familyName} returned ${describeValue(state)} for ${event.type}; it must return the state.`,
          );
        result = {
          id: event.originatorId,
          version: event.originatorVersion,
          createdAt: result?.createdAt ?? new Date(event.timestamp),
          modifiedAt: new Date(event.timestamp),
          state,
        };
      }
      if (result === undefined)
        throw new ProgrammingError(`No ${family.familyName} can be made of no events.`);
      return result;
    },
    begin: (newEvents, id = uuid4()) => add(definition, { id, current: undefined, pending: [] }, newEvents),
    trigger: (current, newEvents) => {
      const { aggregate, pending } = "pending" in current ? current : { aggregate: current, pending: [] };
      return add(definition, { id: aggregate.id, current: aggregate, pending }, newEvents);
    },
  };
  return definition;
}

function add<State, Event extends DomainEvent>(
  definition: AggregateDefinition<State, Event>,
  {
    id,
    current,
    pending,
  }: {
    readonly id: string;
    readonly current: AggregateState<State> | undefined;
    readonly pending: readonly Event[];
  },
  newEvents: readonly NewEvent<Event>[],
): Changes<State, Event> {
  if (!Array.isArray(newEvents))
    throw new InvalidArgumentError("the new events", newEvents, "an array of them, as in [Closed()]");
  const original = current && takeBack(definition, current);
  const version = original?.version ?? 0;
  const events = newEvents.map(
    (newEvent, index) => createEvent(newEvent as NewEvent, id, version + index + 1) as Event,
  );
  const aggregate = { ...definition.replay(original, events), recordedAt: original?.recordedAt };
  return { definition, pending: [...pending, ...events], aggregate: giveOut(aggregate) };
}

/** The aggregates that events made, by the copies that callers have. */
const originals = new WeakMap<AggregateState, AggregateState>();

/** Returns a copy of `aggregate` for a caller, which must not change it. */
export function giveOut<State>(aggregate: AggregateState<State>): AggregateState<State> {
  const copy = clone(aggregate);
  originals.set(copy, aggregate);
  return copy;
}

/**
 * Returns the aggregate that `given` was copied from by `giveOut`, or a copy of `given` if the caller made it.
 * @throws ProgrammingError if the caller changed its state
 */
export function takeBack<State>(
  { aggregateName }: Pick<AggregateDefinition, "aggregateName">,
  given: AggregateState<State>,
): AggregateState<State> {
  const original = originals.get(given);
  if (original === undefined) return clone(given);
  requireMadeByEvents({
    owner: `${aggregateName} ${given.id}`,
    present: given.state,
    made: original.state,
    path: "state",
    advice: "`evolve`: decide on a copy",
  });
  return original as AggregateState<State>;
}
