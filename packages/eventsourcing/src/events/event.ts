import type { StandardSchemaV1 } from "@standard-schema/spec";
import { v7 as uuid7 } from "uuid";
import { clone } from "../clone.ts";
import { currentContext } from "../context.ts";
import { InvalidEventDataError, ProgrammingError } from "../errors.ts";

/** The fields of an event's data, each with a synchronous, non-transforming Standard Schema. */
export type DataShape = Readonly<Record<string, StandardSchemaV1>>;

type OptionalField<Shape extends DataShape> = {
  [Field in keyof Shape]: undefined extends StandardSchemaV1.InferOutput<Shape[Field]> ? Field : never;
}[keyof Shape];

/** The data that fits a shape; a field whose schema takes undefined may be left out. */
export type ShapeData<Shape extends DataShape> = {
  readonly [Field in Exclude<keyof Shape, OptionalField<Shape>>]: StandardSchemaV1.InferOutput<Shape[Field]>;
} & { readonly [Field in OptionalField<Shape>]?: StandardSchemaV1.InferOutput<Shape[Field]> };

/** A fact about an originator, in the past tense. */
export interface DomainEvent<Data = unknown, Topic extends string = string> {
  /** UUIDv7, made when the event was triggered. */
  readonly id: string;
  /** The topic, such as `Page.BodyUpdated`. */
  readonly type: Topic;
  readonly originatorId: string;
  /** Position in the originator's own sequence, from 1. */
  readonly originatorVersion: number;
  /** When it was triggered, by the clock of the machine that did. */
  readonly timestamp: Date;
  /** The id that joins everything of one request or save; absent on the event that began it: then its own id. */
  readonly correlationId?: string;
  /** The id of the event whose processing led to this one. */
  readonly causationId?: string;
  readonly data: Data;
}

/** An event as it is applied again: with the instant at which it was recorded, once it was. */
export interface ReplayedEvent extends DomainEvent {
  readonly recordedAt?: Date;
}

/** An entry of a log before it is recorded: its version is given by the recorder. */
export interface LogEntry<Data = unknown> extends Omit<DomainEvent<Data>, "originatorVersion"> {
  readonly originatorVersion: null;
}

/** Something that is to happen: an event without a place. Made by calling an event definition. */
export interface NewEvent<Data = unknown> {
  readonly definition: EventType;
  /** The fields of the definition, without the family's ambient ones. */
  readonly data: Data;
}

/** Turns data of one version of an event type into the next. */
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>;

/** What is known of an event type when its data's type does not matter. */
export interface EventType {
  readonly topic: string;
  /** The family's name, which is the aggregate's. */
  readonly familyName: string;
  readonly family: { readonly types: readonly EventType[] };
  /** The version of the data's shape, from 1; stored with each event. */
  readonly version: number;
  /** `upcasts[n - 1]` turns version n into n + 1; there are `version - 1` of them. */
  readonly upcasts: readonly Upcast[];
  readonly shape: DataShape;
  /** The part of the shape that whoever triggers the event gives: all but the family's ambient fields. */
  readonly own: DataShape;
  /** Returns the family's ambient fields as they are now. */
  readonly ambient: () => Record<string, unknown>;
}

/** An event type: call it with data for an newEvent, or hand it to `@event` and `aggregate`. */
export interface EventDefinition<
  Own extends DataShape,
  Ambient extends DataShape,
  Topic extends string = string,
> extends EventType {
  (data: ShapeData<Own>): NewEvent<ShapeData<Own>>;
  readonly topic: Topic;
  readonly own: Own;
  /** True of an event of this type, whose data then has this type too. */
  matches(event: DomainEvent): event is DomainEvent<ShapeData<Own> & ShapeData<Ambient>, Topic>;
}

/** The data of an event type that whoever triggers it gives: all but the ambient fields. */
export type DataOf<Definition> =
  Definition extends EventDefinition<infer Own, infer _Ambient> ? ShapeData<Own> : never;

/**
 * A recorded event of a definition or, with the ambient fields alone, of any in a family. Of several definitions it
 * is the union, which a `switch` over `event.type` takes apart and which the compiler knows to be exhausted.
 */
export type EventOf<DefinitionOrFamily> =
  DefinitionOrFamily extends EventDefinition<infer Own, infer Ambient, infer Topic>
    ? DomainEvent<ShapeData<Own> & ShapeData<Ambient>, Topic>
    : DefinitionOrFamily extends EventFamily<infer Ambient>
      ? DomainEvent<ShapeData<Ambient>>
      : never;

/** What an event type may have beside its name and shape. */
export interface EventTypeOptions {
  /**
   * Functions that bring older data up to date, oldest first: `[fromVersion1, fromVersion2]` makes the type's
   * version 3. Stored events are never rewritten.
   */
  readonly upcasts?: readonly Upcast[];
}

/** Declares event types that share a name and ambient fields. */
export interface EventFamily<Ambient extends DataShape, Name extends string = string> {
  <Own extends DataShape, TypeName extends string>(
    name: TypeName,
    shape: Own,
    options?: EventTypeOptions,
  ): EventDefinition<Own, Ambient, `${Name}.${TypeName}`>;
  readonly familyName: Name;
  readonly ambientShape: Ambient;
  /** The types declared so far, in the order of their declaration. */
  readonly types: readonly EventType[];
}

/**
 * Begins a family of event types called `name`, whose topics are `name.` and the type's own name. `ambientShape`
 * are fields that every event of it carries; `ambient()` gives their values at the moment an event is triggered,
 * in this one place for all of them.
 */
export function eventFamily<Name extends string>(name: Name): EventFamily<Record<never, never>, Name>;
export function eventFamily<Ambient extends DataShape, Name extends string>(
  name: Name,
  ambientShape: Ambient,
  ambient: () => ShapeData<Ambient>,
): EventFamily<Ambient, Name>;
export function eventFamily(
  name: string,
  ambientShape: DataShape = {},
  ambient: () => Record<string, unknown> = () => ({}),
): EventFamily<DataShape> {
  requireName(name);
  const types: EventType[] = [];
  const declare = <Own extends DataShape, TypeName extends string>(
    typeName: TypeName,
    own: Own,
    { upcasts = [] }: EventTypeOptions = {},
  ) => {
    requireName(typeName);
    const topic = `${name}.${typeName}` as const;
    if (types.some((type) => type.topic === topic)) throw new ProgrammingError(`${topic} is declared twice.`);
    const shared = Object.keys(own).find((field) => Object.hasOwn(ambientShape, field));
    if (shared !== undefined) {
      throw new ProgrammingError(`${topic} cannot have a field "${shared}": its family gives it one.`);
    }
    const definition: EventDefinition<Own, DataShape, `${string}.${TypeName}`> = Object.assign(
      (data: ShapeData<Own>): NewEvent<ShapeData<Own>> => ({ definition, data }),
      {
        topic,
        familyName: name,
        family: { types },
        version: upcasts.length + 1,
        upcasts,
        own,
        shape: { ...own, ...ambientShape },
        ambient,
        matches: (
          event: DomainEvent,
        ): event is DomainEvent<ShapeData<Own> & ShapeData<DataShape>, typeof topic> => event.type === topic,
      },
    );
    types.push(definition);
    return definition;
  };
  return Object.assign(declare, { familyName: name, ambientShape, types });
}

/**
 * Makes `newEvent` a domain event, with the context and ambient fields of now, and a copy of its data. A field that
 * the event type does not have, or that only the family may give, is refused.
 * @throws InvalidEventDataError naming each field that does not fit
 */
export function occur(newEvent: NewEvent, originatorId: string, originatorVersion: number): DomainEvent;
export function occur(newEvent: NewEvent, originatorId: string, originatorVersion: null): LogEntry;
export function occur(
  { definition, data }: NewEvent,
  originatorId: string,
  originatorVersion: number | null,
): DomainEvent | LogEntry {
  const ambient = definition.ambient();
  const given = { ...(data as object) };
  const full = clone({ ...given, ...ambient });
  const issues = [
    ...Object.keys(given)
      .filter((field) => !Object.hasOwn(definition.own, field))
      .map((field) => `${field}: is not a field to be given with this event`),
    ...Object.keys(ambient)
      .filter((field) => Object.hasOwn(definition.own, field) || !Object.hasOwn(definition.shape, field))
      .map((field) => `${field}: is not an ambient field of this event`),
    ...issuesOf(definition, full, "triggered"),
  ];
  if (issues.length > 0) throw new InvalidEventDataError(definition.topic, issues);
  const { correlationId, causationId } = currentContext();
  return Object.freeze({
    id: uuid7(),
    type: definition.topic,
    originatorId,
    originatorVersion: originatorVersion as number,
    timestamp: new Date(),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
    data: Object.freeze(full),
  });
}

/** Returns a copy of `event` that whoever applies it may keep parts of, and change, without changing the event. */
export function copyOfEvent({ recordedAt: _, ...event }: ReplayedEvent): DomainEvent {
  // A state that depended on when it was recorded would be another one before that.
  return { ...event, timestamp: new Date(event.timestamp), data: clone(event.data) };
}

/**
 * Checks data that was read against the shape of `type`. A field that the shape does not have is ignored, since a
 * later program may have stored it.
 * @throws InvalidEventDataError naming each field that does not fit
 */
export function validateData(type: EventType, data: Readonly<Record<string, unknown>>): void {
  const issues = issuesOf(type, data, "read");
  if (issues.length > 0) throw new InvalidEventDataError(type.topic, issues);
}

function issuesOf(
  type: EventType,
  data: Readonly<Record<string, unknown>>,
  when: "triggered" | "read",
): readonly string[] {
  const issues: string[] = [];
  for (const [field, schema] of Object.entries(type.shape)) {
    const value = Object.hasOwn(data, field) ? data[field] : undefined;
    const result = schema["~standard"].validate(value);
    if (result instanceof Promise) {
      throw new ProgrammingError(`The schema of ${type.topic}'s "${field}" is asynchronous; it must not be.`);
    }
    for (const issue of result.issues ?? []) issues.push(`${fieldPath(field, issue)}: ${issue.message}`);
    if (when === "triggered" && result.issues === undefined && isTransformed(value, result.value)) {
      throw new ProgrammingError(
        `The schema of ${type.topic}'s "${field}" changes the value; it must only check it, since the value is stored as given.`,
      );
    }
  }
  return issues;
}

// Schemas give copies of objects, so only a simple value shows at no cost that it was changed.
function isTransformed(value: unknown, result: unknown): boolean {
  return !Object.is(value, result) && (typeof value !== "object" || value === null);
}

function fieldPath(field: string, issue: StandardSchemaV1.Issue): string {
  const inner = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  return [field, ...inner].join(".");
}

function requireName(name: string): void {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) {
    throw new ProgrammingError(
      `"${name}" cannot be part of a topic: letters and digits only, a letter first.`,
    );
  }
}
