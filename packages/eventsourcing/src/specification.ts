import { AssertionError } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { v4 as uuid4 } from "uuid";
import { type Aggregate, type AggregateClass, beginSave, revive } from "./aggregates/aggregate.ts";
import { definitionOf } from "./aggregates/aggregate-class.ts";
import type { AggregateState } from "./aggregates/aggregate-state.ts";
import { giveOut, type PlainAggregate } from "./aggregates/plain-aggregate.ts";
import { InvalidArgumentError, ProgrammingError } from "./errors.ts";
import { createEvent } from "./events/event.ts";
import type { DomainEvent, EventType, NewEvent } from "./events/event-type.ts";

/** Tests decisions of an aggregate class. */
export interface AggregateSpecification<A extends Aggregate, Event extends DomainEvent> {
  /** Begins without events: the command makes the aggregate. */
  (): { when(command: () => A): Outcome<Event> };
  /**
   * Begins with the aggregate that these events make, in this order.
   * @throws ProgrammingError or InvalidEventDataError for events that an aggregate cannot have
   */
  (
    ...events: SomeEvents<Event>
  ): {
    /** Runs `command` on the aggregate. */
    // biome-ignore lint/suspicious/noConfusingVoidType: a command of one expression returns what its method does
    when(command: (aggregate: A) => void | A): Outcome<Event>;
  };
}

/** Tests decisions of an aggregate of plain functions. */
export interface PlainSpecification<State, Event extends DomainEvent> {
  /** Begins without events: the command returns the first ones. */
  (): { when(command: () => readonly NewEvent<Event>[]): Outcome<Event> };
  /**
   * Begins with the state that these events make, in this order.
   * @throws ProgrammingError or InvalidEventDataError for events that an aggregate cannot have
   */
  (
    ...events: SomeEvents<Event>
  ): {
    /** Runs `command`, which gets the same arguments as in `execute`, and applies the events it returns. */
    when(
      command: (state: State, aggregate: AggregateState<State>) => readonly NewEvent<Event>[],
    ): Outcome<Event>;
  };
}

/** The outcome of a command: events or an error. */
export interface Outcome<Event extends DomainEvent> {
  /**
   * Passes if the command triggered exactly these events in this order; without arguments, if it triggered none.
   * Compares their types and data, without ambient fields, ids and times.
   * @throws AssertionError showing the difference
   */
  then(...events: readonly NewEvent<Event>[]): void;
  /**
   * Passes if the command threw an instance of `expected`, and returns that error.
   * @throws AssertionError
   */
  throws<E extends Error>(expected: abstract new (...values: never[]) => E): E;
}

type SomeEvents<Event extends DomainEvent> = readonly [NewEvent<Event>, ...NewEvent<Event>[]];

/** The union of events of an aggregate class. */
type EventOfAggregate<A extends Aggregate> = A["pendingEvents"][number];

/**
 * Returns a function that begins a test of one decision: given events, when a command runs, then it triggers these
 * events. Needs no application, recorder or test runner. The command is synchronous.
 *
 * ```ts
 * const given = specification(Lamp);
 * given(Made(), SwitchedOn()).when((lamp) => lamp.turnOff()).then(SwitchedOff());
 * given(Made()).when((lamp) => lamp.turnOff()).then();
 * given(Made(), Broken()).when((lamp) => lamp.turnOn()).throws(LampBrokenError);
 * given().when(() => Lamp.create()).then(Made());
 * ```
 */
export function specification<A extends Aggregate>(
  aggregate: AggregateClass<A>,
): AggregateSpecification<A, EventOfAggregate<A>>;
export function specification<State, Event extends DomainEvent>(
  aggregate: PlainAggregate<State, Event>,
): PlainSpecification<State, Event>;
export function specification(aggregate: AggregateClass | PlainAggregate<unknown>): unknown {
  const { eventTypes, replay, decide } =
    typeof aggregate === "function" ? classSubject(aggregate) : plainSubject(aggregate);
  return (...events: readonly NewEvent[]) => {
    requireNewEvents("given", events);
    const current = events.length === 0 ? undefined : replay(undefined, eventsOf(events));
    return {
      when(command: Command) {
        if (typeof command !== "function")
          throw new InvalidArgumentError("the argument of when", command, "a function");
        return outcomeOf(eventTypes, () => decide(current, command));
      },
    };
  };
}

type Command = (...arguments_: unknown[]) => unknown;

interface Subject {
  readonly eventTypes: readonly EventType[];
  readonly replay: PlainAggregate<unknown>["replay"];
  /** Runs a command on a copy of `current`. */
  readonly decide: (current: AggregateState | undefined, command: Command) => readonly DomainEvent[];
}

function classSubject(type: AggregateClass): Subject {
  const definition = definitionOf(type);
  return {
    eventTypes: definition.eventTypes,
    replay: definition.replay as Subject["replay"],
    decide(current, command) {
      if (current === undefined) {
        const made = resultOf(command());
        if (made instanceof type) return beginSave(made).pending;
        throw new MisuseError(`A command without given events must return a new ${type.name}.`);
      }
      const instance = revive(definition, current);
      resultOf(command(instance));
      // Refuses what a save would refuse, such as a field changed outside an event.
      return beginSave(instance).pending;
    },
  };
}

function plainSubject({ eventTypes, replay, begin, trigger }: PlainAggregate<unknown>): Subject {
  return {
    eventTypes,
    replay,
    decide(current, command) {
      const copy = current && giveOut(current);
      const newEvents = resultOf(copy === undefined ? command() : command(copy.state, copy));
      if (!Array.isArray(newEvents))
        throw new MisuseError("A command of a plain aggregate must return an array of new events.");
      if (newEvents.length === 0) return [];
      return (copy === undefined ? begin(newEvents) : trigger(copy, newEvents)).pending;
    },
  };
}

/** A wrong test rather than an outcome, so `throws` never accepts it. */
class MisuseError extends ProgrammingError {}

function resultOf(result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  // Its rejection would be unhandled.
  result.catch(() => {});
  throw new MisuseError(
    "The command returned a promise. Decisions are synchronous; await other work before them.",
  );
}

function requireNewEvents(name: string, events: readonly unknown[]): void {
  for (const event of events) {
    if (typeof event === "object" && event !== null && "type" in event && "data" in event) continue;
    throw new InvalidArgumentError(`an argument of ${name}`, event, "a new event, such as Opened({ … })");
  }
}

function eventsOf(newEvents: readonly NewEvent[]): DomainEvent[] {
  const id = uuid4();
  return newEvents.map((newEvent, index) => createEvent(newEvent, id, index + 1));
}

type Result = { readonly events: readonly DomainEvent[] } | { readonly error: unknown };

function attempt(decide: () => readonly DomainEvent[]): Result {
  try {
    return { events: decide() };
  } catch (error) {
    if (error instanceof MisuseError) throw error;
    return { error };
  }
}

function outcomeOf(types: readonly EventType[], decide: () => readonly DomainEvent[]): Outcome<DomainEvent> {
  const result = attempt(decide);
  return {
    // biome-ignore lint/suspicious/noThenProperty: as in given, when, then; an `await` of it is refused
    then(...events) {
      requireNewEvents("then", events);
      if ("error" in result) throw unexpectedError(result.error, events);
      assertSame(
        result.events.map(({ type, data }) => comparable(type, data, types)),
        events.map(({ type, data }) => comparable(type.topic, data, types)),
      );
    },
    throws(expected) {
      if ("events" in result)
        throw new AssertionError({
          message: `${expected.name} expected, but the command triggered ${listed(result.events)}.`,
        });
      const { error } = result;
      if (error instanceof expected) return error;
      throw failureBecauseOf(error, expected.name);
    },
  };
}

interface ComparableEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function comparable(topic: string, data: unknown, types: readonly EventType[]): ComparableEvent {
  const own = types.find((type) => type.topic === topic)?.own;
  const fields = Object.entries(data as object).filter(
    ([field, value]) => value !== undefined && (own === undefined || Object.hasOwn(own, field)),
  );
  return { type: topic, data: Object.fromEntries(fields) };
}

function assertSame(actual: readonly ComparableEvent[], expected: readonly ComparableEvent[]): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const difference = new AssertionError({ actual, expected, operator: "deepStrictEqual" });
  const summary = `${listed(expected)} expected, but the command triggered ${listed(actual)}.`;
  // Without an operator, with which some versions of Node would add the difference a second time.
  throw new AssertionError({ message: `${summary}\n${difference.message}`, actual, expected });
}

function unexpectedError(error: unknown, expected: readonly NewEvent[]): AssertionError {
  return failureBecauseOf(error, listed(expected.map(({ type }) => ({ type: type.topic }))));
}

function failureBecauseOf(error: unknown, expected: string): AssertionError {
  const failure = new AssertionError({ message: `${expected} expected, but the command threw ${error}` });
  failure.cause = error;
  return failure;
}

function listed(events: readonly { readonly type: string }[]): string {
  return events.length === 0 ? "nothing" : events.map(({ type }) => type).join(", ");
}
