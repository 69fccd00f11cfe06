import { Aggregate, type AggregateClass } from "../aggregates/aggregate.ts";
import { definitionOf } from "../aggregates/aggregate-class.ts";
import type { AggregateDefinition, AggregateState, Changes } from "../aggregates/aggregate-state.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { DomainEvent, LogEntry } from "../events/event-type.ts";

// biome-ignore-start lint/suspicious/noExplicitAny: definitions are contravariant in their state and events
/** An aggregate class, or an aggregate of plain functions. */
export type AggregateType = AggregateClass<any> | AggregateDefinition<any, any>;
// biome-ignore-end lint/suspicious/noExplicitAny: see above

/** What loading an aggregate of this type gives: an instance, or the state of a plain aggregate. */
export type Loaded<Type> =
  Type extends AggregateClass<infer A>
    ? A
    : Type extends AggregateDefinition<infer State, infer _Event>
      ? AggregateState<State>
      : never;

/** The union of the events of an aggregate type. */
export type EventsOf<Type> =
  Type extends AggregateClass<infer A>
    ? A extends Aggregate<infer Event>
      ? Event
      : never
    : Type extends AggregateDefinition<infer _State, infer Event>
      ? Event
      : never;

/** The name of an aggregate type: the name of its event family. */
export type AggregateName<Type> =
  EventsOf<Type> extends DomainEvent<unknown, infer Topic>
    ? Topic extends `${infer Name}.${string}`
      ? Name
      : string
    : string;

/** What `save` accepts: an aggregate, changes of a plain one, an entry of a log. */
export type Saveable<Type = AggregateType> =
  | (Type extends AggregateClass<infer A> ? A : never)
  | (Type extends AggregateDefinition<infer State, infer Event> ? Changes<State, Event> : never)
  | LogEntry;

/** @throws InvalidArgumentError unless `type` is an aggregate class or a plain aggregate */
export function definitionOfType(type: AggregateType, example: string): AggregateDefinition {
  if (typeof type === "function" && type.prototype instanceof Aggregate) return definitionOf(type);
  if (typeof type === "object" && type !== null && "replay" in type) return type;
  throw new InvalidArgumentError(
    "the type of the aggregate",
    type,
    `an aggregate class or a plain aggregate, as in ${example}`,
  );
}
