import { describeValue, ProgrammingError } from "../errors.ts";
import { requireList } from "../recorder/arguments.ts";
import type { DomainEvent, EventDefinition, EventFamilyLike, EventType, Upcast } from "./event-type.ts";
import type { DataShape, ShapeData } from "./shape.ts";

/** Options of an event type that changed since its events were first stored. */
export interface EventTypeOptions {
  /**
   * Functions that bring stored data up to date, oldest first: with `[fromVersion1, fromVersion2]` the type is at
   * version 3. Stored events are never rewritten.
   */
  readonly upcasts?: readonly Upcast[];
  /** Names that the type had before, within the family. Events stored under them are read as events of this type. */
  readonly formerNames?: readonly string[];
}

/** An event type with options, as `eventType` returns it. */
export interface EventTypeDeclaration<Own extends DataShape = DataShape> extends EventTypeOptions {
  readonly fields: Own;
  readonly [DECLARATION]: true;
}

const DECLARATION = Symbol("event type");

/** Declares an event type that has upcasts or former names, for use in `eventFamily`. */
export function eventType<Own extends DataShape>(
  fields: Own,
  options: EventTypeOptions,
): EventTypeDeclaration<Own> {
  return { fields, ...options, [DECLARATION]: true };
}

/** The event types of a family by name, each as its fields or by `eventType`. */
export type EventTypes = Readonly<Record<string, DataShape | EventTypeDeclaration>>;

/** Fields that every event of a family carries. */
export interface AmbientFields<Ambient extends DataShape> {
  readonly fields: Ambient;
  /** Returns their values for an event that is triggered now. */
  readonly values: () => NoInfer<ShapeData<Ambient>>;
}

/** Options of a family. */
export interface EventFamilyOptions<Ambient extends DataShape> {
  /** Fields that every event of the family carries and no caller gives, such as the user who acts. */
  readonly ambient?: AmbientFields<Ambient>;
  /** Former names of the family. Events and snapshots stored under them are read as events and snapshots of this family. */
  readonly formerNames?: readonly string[];
}

type FieldsOf<Declared> =
  Declared extends EventTypeDeclaration<infer Own> ? Own : Declared extends DataShape ? Declared : never;

/** The union of a family's events. */
export type FamilyEvent<Name extends string, Types extends EventTypes, Ambient extends DataShape> = {
  [Type in keyof Types & string]: DomainEvent<
    ShapeData<FieldsOf<Types[Type]>> & ShapeData<Ambient>,
    `${Name}.${Type}`
  >;
}[keyof Types & string];

/** A closed family of event types, each a property under its name. */
export type EventFamily<
  Name extends string,
  Types extends EventTypes,
  Ambient extends DataShape = Record<never, never>,
> = EventFamilyLike<FamilyEvent<Name, Types, Ambient>> & { readonly familyName: Name } & {
  readonly [Type in keyof Types & string]: EventDefinition<
    FieldsOf<Types[Type]>,
    Ambient,
    `${Name}.${Type}`,
    FamilyEvent<Name, Types, Ambient>
  >;
};

/**
 * Declares the event types of one aggregate or log. A type named `Opened` of the family `Account` is stored under the
 * topic `Account.Opened`.
 *
 * ```ts
 * const AccountEvent = eventFamily("Account", {
 *   Opened: { owner: z.string() },
 *   Deposited: { cents: z.int().positive() },
 *   Closed: {},
 * });
 * const { Opened, Deposited, Closed } = AccountEvent;
 * ```
 *
 * @throws ProgrammingError if a name cannot be part of a topic or is used twice, or a field is declared twice
 */
export function eventFamily<
  Name extends string,
  const Types extends EventTypes,
  Ambient extends DataShape = Record<never, never>,
>(name: Name, types: Types, options: EventFamilyOptions<Ambient> = {}): EventFamily<Name, Types, Ambient> {
  requireName(name);
  const { ambient, formerNames = [] } = options;
  requireList("formerNames", formerNames).forEach(requireName);
  const all: EventType[] = [];
  const topics = new Set<string>();
  const family: EventFamilyLike = {
    familyName: name,
    formerNames,
    types: all,
    matches: (event): event is DomainEvent => all.some((type) => type.topic === event.type),
  };
  const byName: Record<string, EventType> = {};
  for (const [typeName, declared] of Object.entries(types)) {
    requireTypeName(typeName, family);
    const type = define(family, typeName, declarationOf(name, typeName, declared), ambient);
    const twice = type.topics.find((topic) => topics.has(topic));
    if (twice !== undefined) throw new ProgrammingError(`${twice} is declared twice in the family ${name}.`);
    for (const topic of type.topics) topics.add(topic);
    byName[typeName] = type;
    all.push(type);
  }
  return Object.freeze({ ...byName, ...family }) as EventFamily<Name, Types, Ambient>;
}

function define(
  family: EventFamilyLike,
  typeName: string,
  { fields, upcasts = [], formerNames = [] }: EventTypeDeclaration,
  ambient: AmbientFields<DataShape> | undefined,
): EventType {
  const ambientFields = ambient?.fields ?? {};
  requireList(`formerNames of ${family.familyName}.${typeName}`, formerNames).forEach(requireName);
  const [topic, ...formerTopics] = [family.familyName, ...family.formerNames].flatMap((familyName) =>
    [typeName, ...formerNames].map((name) => `${familyName}.${name}`),
  ) as [string, ...string[]];
  const shared = Object.keys(fields).find((field) => Object.hasOwn(ambientFields, field));
  if (shared !== undefined)
    throw new ProgrammingError(
      `${topic} declares the field "${shared}", which is an ambient field of its family.`,
    );
  requireList(`upcasts of ${topic}`, upcasts);
  const type: EventType = Object.assign((data: object = {}) => ({ type, data }), {
    topic,
    topics: [topic, ...formerTopics],
    version: upcasts.length + 1,
    upcasts,
    own: fields,
    shape: { ...fields, ...ambientFields },
    ambient: ambient?.values ?? (() => ({})),
    family,
    matches: (event: DomainEvent): event is DomainEvent => event.type === topic,
  });
  return type;
}

function declarationOf(
  family: string,
  name: string,
  declared: DataShape | EventTypeDeclaration,
): EventTypeDeclaration {
  const declaration =
    DECLARATION in declared ? (declared as EventTypeDeclaration) : eventType(declared as DataShape, {});
  requireFields(`${family}.${name}`, declaration.fields);
  return declaration;
}

function requireFields(topic: string, fields: unknown): void {
  if (typeof fields !== "object" || fields === null || "~standard" in fields) {
    throw new ProgrammingError(
      `The fields of ${topic} must be an object with a schema for each field, such as { title: z.string() }, not one schema for all of them.`,
    );
  }
  for (const [field, schema] of Object.entries(fields)) {
    const isSchema = (typeof schema === "object" || typeof schema === "function") && schema !== null;
    if (!isSchema || !("~standard" in schema))
      throw new ProgrammingError(
        `The field "${field}" of ${topic} must have a Standard Schema, such as z.string().`,
      );
  }
}

function requireName(name: unknown): void {
  if (typeof name === "string" && /^[A-Za-z][A-Za-z0-9]*$/.test(name)) return;
  throw new ProgrammingError(
    `${describeValue(name)} cannot be part of a topic. Use letters and digits only, and begin with a letter.`,
  );
}

function requireTypeName(name: string, family: EventFamilyLike): void {
  requireName(name);
  if (name in family)
    throw new ProgrammingError(`An event type cannot be called "${name}", a property of its family.`);
}
