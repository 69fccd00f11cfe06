import assert, { AssertionError } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { v4 as uuid4 } from "uuid";
import { type Aggregate, type AggregateClass, revive } from "./aggregates/aggregate.ts";
import { definitionOf } from "./aggregates/aggregate-class.ts";
import type { PlainAggregate } from "./aggregates/plain-aggregate.ts";
import { createEvent } from "./events/event.ts";
import type { DomainEvent, EventType, NewEvent } from "./events/event-type.ts";

/** What a decision of an aggregate is tested by: the events before it, the command, and what must come of it. */
export interface Specification<Subject, Result, Made> {
  /** The events that had happened, the first one included, in order. */
  given(...events: readonly [NewEvent, ...NewEvent[]]): GivenEvents<Subject, Result>;
  /** Runs a command that makes a new aggregate. */
  when(command: () => Made): DecisionOutcome;
}

/** The events that had happened, on which a command is run. */
export interface GivenEvents<Subject, Result> {
  /** Runs a command on the aggregate as it is after those events. */
  when(command: (subject: Subject) => Result): DecisionOutcome;
}

/** What came of a command, to be compared. */
export interface DecisionOutcome {
  /**
   * Passes when the command triggered exactly these events, in this order. Their own data is compared; the
   * family's ambient fields, ids and times are not.
   * @throws AssertionError showing the difference
   */
  then(...events: readonly [NewEvent, ...NewEvent[]]): void;
  /** Passes when the command triggered no event. @throws AssertionError listing those that it did */
  thenNothing(): void;
  /** Passes, and returns the error, when the command threw one of `expected`. @throws AssertionError otherwise */
  thenThrows<E extends Error>(expected: abstract new (...values: never[]) => E): E;
}

/** A decision of plain functions: the newEvents that a command comes to. */
export type Decision = readonly NewEvent[];

/**
 * Begins a test of one decision, without a database and without a framework. For an aggregate class the command
 * calls methods; for an aggregate of plain functions it gets the state and returns newEvents.
 *
 * ```ts
 * specification(Page)
 *   .given(Created({ title: "Fox", slug: "fox", body: "" }))
 *   .when((page) => page.updateTitle({ title: "The fox" }))
 *   .then(TitleUpdated({ title: "The fox" }));
 * ```
 */
export function specification<A extends Aggregate>(
  aggregateClass: AggregateClass<A>,
): Specification<A, void, A>;
export function specification<State>(
  aggregate: PlainAggregate<State>,
): Specification<State, Decision, Decision>;
export function specification(
  subject: AggregateClass | PlainAggregate<unknown>,
): Specification<Aggregate, void, Aggregate> | Specification<unknown, Decision, Decision> {
  return typeof subject === "function" ? classSpecification(subject) : plainSpecification(subject);
}

function classSpecification(type: AggregateClass): Specification<Aggregate, void, Aggregate> {
  const definition = definitionOf(type);
  return {
    given: (...events) => ({
      when: (command) =>
        outcomeOf(definition.eventTypes, () => {
          const instance = revive(definition, definition.replay(undefined, happened(events)));
          refusePromise(command(instance));
          return instance.pendingEvents;
        }),
    }),
    when: (command) => outcomeOf(definition.eventTypes, () => command().pendingEvents),
  };
}

function plainSpecification<State>(
  definition: PlainAggregate<State>,
): Specification<State, Decision, Decision> {
  return {
    given: (...events) => ({
      when: (command) =>
        outcomeOf(definition.eventTypes, () => {
          const current = definition.replay(undefined, happened(events));
          return definition.trigger(current, command(current.state)).pending;
        }),
    }),
    when: (command) => outcomeOf(definition.eventTypes, () => definition.begin(command()).pending),
  };
}

function happened(newEvents: readonly NewEvent[]): DomainEvent[] {
  const id = uuid4();
  return newEvents.map((newEvent, index) => createEvent(newEvent, id, index + 1));
}

function refusePromise(result: unknown): void {
  if (result instanceof Promise)
    throw new TypeError("A decision must be made at once; it returned a promise.");
}

function outcomeOf(types: readonly EventType[], decide: () => readonly DomainEvent[]): DecisionOutcome {
  const result = attempt(decide);
  const compare = (expected: readonly NewEvent[]) => {
    if ("error" in result) throw unexpectedError(result.error, expected);
    const actual = result.events.map((event) => seen(event.type, event.data, types));
    assertSame(
      actual,
      expected.map(({ type, data }) => seen(type.topic, data, types)),
    );
  };
  return {
    // biome-ignore lint/suspicious/noThenProperty: as in given, when, then; it takes events, and is never awaited
    then: (...events) => compare(events),
    thenNothing: () => compare([]),
    thenThrows: (expected) => {
      if (!("error" in result))
        assert.fail(`${expected.name} was expected, but the command triggered ${listed(result.events)}.`);
      const { error } = result;
      if (error instanceof expected) return error;
      throw new AssertionError({
        message: `${expected.name} was expected, but the command threw ${error}`,
        actual: error,
        expected,
      });
    },
  };
}

function attempt(
  decide: () => readonly DomainEvent[],
): { events: readonly DomainEvent[] } | { error: unknown } {
  try {
    return { events: decide() };
  } catch (error) {
    return { error };
  }
}

interface SeenEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event without what its test cannot know. */
function seen(topic: string, data: unknown, types: readonly EventType[]): SeenEvent {
  const fields = ownFields(types.find((type) => type.topic === topic));
  const own = Object.entries(data as object).filter(
    ([field, value]) => value !== undefined && (fields?.has(field) ?? true),
  );
  return { type: topic, data: Object.fromEntries(own) };
}

function ownFields(type: EventType | undefined): Set<string> | undefined {
  return type !== undefined && "own" in type ? new Set(Object.keys(type.own as object)) : undefined;
}

function assertSame(actual: readonly SeenEvent[], expected: readonly SeenEvent[]): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const difference = new AssertionError({ actual, expected, operator: "deepStrictEqual" });
  const summary = `${listed(expected)} expected, but the command triggered ${listed(actual)}.`;
  // Without an operator, with which some versions of Node would add the difference a second time.
  throw new AssertionError({ message: `${summary}\n${difference.message}`, actual, expected });
}

function unexpectedError(error: unknown, expected: readonly NewEvent[]): AssertionError {
  const events = listed(expected.map(({ type }) => ({ type: type.topic })));
  const failure = new AssertionError({ message: `${events} expected, but the command threw ${error}` });
  failure.cause = error;
  return failure;
}

function listed(events: readonly { readonly type: string }[]): string {
  return events.length === 0 ? "nothing" : events.map(({ type }) => type).join(", ");
}
