import type { DataShape, ShapeData } from "./shape.ts";

/** A fact about an originator, in the past tense. */
export interface DomainEvent<Data = unknown, Topic extends string = string> {
  /** UUIDv7, made when the event was triggered. */
  readonly id: string;
  /** The topic of the event's type, such as `Page.BodyUpdated`. */
  readonly type: Topic;
  /** UUID of the aggregate or log that the event belongs to. */
  readonly originatorId: string;
  /** Position in the originator's own sequence, from 1. */
  readonly originatorVersion: number;
  /** When the event was triggered, by the clock of that machine. */
  readonly timestamp: Date;
  /** Joins the events of one request or save. Absent from the event that began them, whose id it is. */
  readonly correlationId?: string;
  /** The id of the event whose processing led to this one. */
  readonly causationId?: string;
  readonly data: Data;
}

/** An entry of a log before it is recorded. The recorder gives it its version. */
export interface LogEntry<Data = unknown, Topic extends string = string>
  extends Omit<DomainEvent<Data, Topic>, "originatorVersion"> {
  readonly originatorVersion: null;
}

/** An event to be triggered: its type and data. Calling an event type returns one. */
export interface NewEvent<Event extends DomainEvent = DomainEvent> {
  readonly type: EventType<Event>;
  /** Without the family's ambient fields. */
  readonly data: object;
}

/** Turns data of one version of an event type into data of the next version. */
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>;

/** An event type, as the library uses it. `Event` is the type of its events. */
export interface EventType<Event extends DomainEvent = DomainEvent> {
  /** The stable name under which events are stored: `Family.Type`. */
  readonly topic: Event["type"];
  /** `topic`, and the topics under which the type's events were stored before it was renamed. */
  readonly topics: readonly string[];
  /** The version of the data's shape, from 1, stored with each event. */
  readonly version: number;
  /** `upcasts[n - 1]` turns version n into n + 1. */
  readonly upcasts: readonly Upcast[];
  /** All fields, ambient ones included. */
  readonly shape: DataShape;
  /** The fields that a caller gives: all but the ambient ones. */
  readonly own: DataShape;
  /** Returns the family's ambient fields for an event that is triggered now. */
  readonly ambient: () => Record<string, unknown>;
  readonly family: EventFamilyLike;
  /** Returns true if `event` is of this type, and narrows its type. */
  matches(event: DomainEvent): event is Event;
}

/** A family, where the types of its events do not matter. */
export interface EventFamilyLike<Event extends DomainEvent = DomainEvent> {
  /** The name of the family, which is the name of its aggregate. */
  readonly familyName: string;
  /** Names that the family had before. */
  readonly formerNames: readonly string[];
  /** The event types, in the order of their declaration. */
  readonly types: readonly EventType[];
  /** Returns true if `event` is of this family, and narrows its type to the union of the family's event types. */
  matches(event: DomainEvent): event is Event;
}

/** The arguments by which data is given: none where no field is required. */
export type DataArguments<Data> = Record<never, never> extends Data ? [data?: Data] : [data: Data];

/**
 * An event type of a family. Call it with data to get a new event; pass it to `@event` and `aggregate`.
 * `FamilyEvent` is the union of all events of its family.
 */
export interface EventDefinition<
  Own extends DataShape = DataShape,
  Ambient extends DataShape = DataShape,
  Topic extends string = string,
  FamilyEvent extends DomainEvent = DomainEvent,
> extends EventType<DomainEvent<ShapeData<Own> & ShapeData<Ambient>, Topic>> {
  (...data: DataArguments<ShapeData<Own>>): NewEvent<DomainEvent<ShapeData<Own> & ShapeData<Ambient>, Topic>>;
  readonly own: Own;
  readonly family: EventFamilyLike<FamilyEvent>;
}

/** The data that a caller gives to trigger an event: all fields but the ambient ones. */
export type DataOf<Definition> =
  Definition extends EventDefinition<infer Own, infer _Ambient, infer _Topic, infer _Family>
    ? ShapeData<Own>
    : never;

/**
 * The events of an event type, or of a family: a union that a `switch` over `event.type` takes apart, checked for
 * completeness by the compiler.
 */
export type EventOf<TypeOrFamily> =
  TypeOrFamily extends EventType<infer Event>
    ? Event
    : TypeOrFamily extends EventFamilyLike<infer Event>
      ? Event
      : never;
