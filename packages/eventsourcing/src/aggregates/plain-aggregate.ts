import { v4 as uuid4 } from "uuid";
import { clone } from "../clone.ts";
import { ProgrammingError } from "../errors.ts";
import { copyOfEvent, type DomainEvent, type EventType, type NewEvent, occur } from "../events/event.ts";
import { type AggregateDefinition, type AggregateState, type Changes, requireNext } from "./aggregate.ts";

/** An aggregate of plain functions. */
export interface PlainAggregate<State> extends AggregateDefinition<State> {
  /** Begins a new aggregate with its first events; the id is random unless given. */
  begin(newEvents: readonly NewEvent[], id?: string): Changes<State>;
  /** Adds events to one that was loaded, or to changes not yet saved. */
  trigger(current: AggregateState<State> | Changes<State>, newEvents: readonly NewEvent[]): Changes<State>;
}

/**
 * Declares an aggregate of plain functions: `evolve` returns the state after an event, and is given copies, which it
 * may change and keep; `initial` is the state before the first. Decisions are functions from a state to newEvents.
 */
export function plainAggregate<State>(declaration: {
  readonly events: { readonly familyName: string; readonly types: readonly EventType[] };
  readonly initial: State;
  readonly evolve: (state: State, event: DomainEvent) => State;
  readonly schemaVersion?: number;
}): PlainAggregate<State> {
  const { events: family, initial, evolve, schemaVersion = 1 } = declaration;
  const definition: PlainAggregate<State> = {
    aggregateName: family.familyName,
    schemaVersion,
    get eventTypes() {
      return family.types;
    },
    replay(current, events) {
      let result = current;
      let state = clone(current === undefined ? initial : current.state);
      for (const event of events) {
        requireNext(definition, result, event);
        state = evolve(state, copyOfEvent(event));
        result = {
          id: event.originatorId,
          version: event.originatorVersion,
          createdAt: result?.createdAt ?? event.recordedAt ?? event.timestamp,
          modifiedAt: event.recordedAt ?? event.timestamp,
          state,
        };
      }
      if (result === undefined)
        throw new ProgrammingError(`A ${family.familyName} cannot be made of no events.`);
      return result;
    },
    begin: (newEvents, id = uuid4()) => add(definition, { id, current: undefined, pending: [] }, newEvents),
    trigger: (current, newEvents) =>
      "pending" in current
        ? add(
            definition,
            { id: current.aggregate.id, current: current.aggregate, pending: current.pending },
            newEvents,
          )
        : add(definition, { id: current.id, current, pending: [] }, newEvents),
  };
  return definition;
}

function add<State>(
  definition: AggregateDefinition<State>,
  {
    id,
    current,
    pending,
  }: { id: string; current: AggregateState<State> | undefined; pending: readonly DomainEvent[] },
  newEvents: readonly NewEvent[],
): Changes<State> {
  const version = current?.version ?? 0;
  const events = newEvents.map((newEvent, index) => occur(newEvent, id, version + index + 1));
  return { definition, pending: [...pending, ...events], aggregate: definition.replay(current, events) };
}
