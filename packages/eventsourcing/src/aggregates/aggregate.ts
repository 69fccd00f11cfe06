import { v4 as uuid4 } from "uuid";
import { clone } from "../clone.ts";
import { AggregateDeadError, ProgrammingError } from "../errors.ts";
import {
  copyOfEvent,
  type DataOf,
  type DataShape,
  type DomainEvent,
  type EventDefinition,
  type EventType,
  type NewEvent,
  occur,
  type ReplayedEvent,
} from "../events/event.ts";

// Decorated classes keep their handlers in the decorators' metadata, a symbol that Node does not have yet.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for("Symbol.metadata");

/** An aggregate as plain data: what caches and snapshots hold. */
export interface AggregateState<State = unknown> {
  readonly id: string;
  /** The version of the last event applied, from 1. */
  readonly version: number;
  /** When its first event was recorded; until it is, that event's timestamp. */
  readonly createdAt: Date;
  /** The same of its last event. */
  readonly modifiedAt: Date;
  readonly state: State;
}

/** How events make state. Both skins, classes and plain functions, are one of these underneath. */
export interface AggregateDefinition<State = unknown> {
  /** The name of its event family; stored with snapshots. */
  readonly aggregateName: string;
  /** Snapshots of another schema version are ignored. Raise it whenever the state's meaning changes. */
  readonly schemaVersion: number;
  /** Its event types. */
  readonly eventTypes: readonly EventType[];
  /** Returns `current` after `events`, which follow it without a gap. `current` is left as it is. */
  replay(current: AggregateState<State> | undefined, events: readonly ReplayedEvent[]): AggregateState<State>;
}

/** What has happened to an aggregate since it was loaded or saved, for `save`. */
export interface Changes<State = unknown> {
  readonly definition: AggregateDefinition<State>;
  /** Events that are not recorded yet, in order of version. */
  readonly pending: readonly DomainEvent[];
  /** The state after them. */
  readonly aggregate: AggregateState<State>;
}

interface Bookkeeping {
  id: string;
  version: number;
  createdAt: Date;
  modifiedAt: Date;
  /** The state as it was recorded, before the pending events; undefined while the aggregate is new. */
  recorded: AggregateState<PlainState> | undefined;
  pending: DomainEvent[];
  condition: "alive" | "applying" | "saving" | "dead";
}

type PlainState = Record<string, unknown>;
type Handler = (this: Aggregate, data: unknown) => void;
type Handlers = Record<string, Handler | undefined>;
type Metadata = { [HANDLERS]?: Handlers };
const HANDLERS = Symbol("event handlers");

/** Any class made by `aggregate`. */
export type AggregateConstructor<A extends Aggregate = Aggregate> = new () => A;

// What the rest of the library does with an instance and its users do not: set by the class itself, below.
let begin: <A extends Aggregate>(type: AggregateConstructor<A>, newEvent: NewEvent, id: string) => A;
let trigger: (instance: Aggregate, newEvent: NewEvent) => void;
let replayAll: (instance: Aggregate, events: readonly ReplayedEvent[]) => void;
let memorise: (instance: Aggregate) => AggregateState<PlainState>;
/** Returns an instance with its own copy of the state of `current`, which must be one of its class. */
export let revive: <A extends Aggregate>(type: AggregateConstructor<A>, current: AggregateState) => A;
/** Takes the pending events for a save; the instance takes no command until `endSave`. */
export let beginSave: (instance: Aggregate) => Changes;
/** Ends a save: with the state that is now recorded the instance goes on; without, it is dead. */
export let endSave: (instance: Aggregate, recorded: AggregateState | undefined) => void;

/** The base of aggregates written as classes; extend `aggregate(Created)`, not this. */
export abstract class Aggregate {
  // The one private field: everything else on an instance is its state, copied and stored as plain data.
  #own: Bookkeeping | undefined;

  /** UUID of the aggregate. */
  get id(): string {
    return this.#bookkeeping.id;
  }

  /** The version of its last event, pending ones included. */
  get version(): number {
    return this.#bookkeeping.version;
  }

  /** When its first event was recorded; until it is, that event's timestamp. */
  get createdAt(): Date {
    return new Date(this.#bookkeeping.createdAt);
  }

  /** When its last event was recorded; until it is, that event's timestamp. */
  get modifiedAt(): Date {
    return new Date(this.#bookkeeping.modifiedAt);
  }

  /** The events triggered since it was loaded or saved, in order. */
  get pendingEvents(): readonly DomainEvent[] {
    return [...this.#bookkeeping.pending];
  }

  /**
   * Called after every event, its own handler first, when triggered and when replayed. Does nothing by itself. The
   * correlation id of the event may not be there before it is saved.
   */
  protected apply(_event: DomainEvent): void {}

  /**
   * Triggers an event: it is validated, applied and pending. If anything throws, the aggregate is what its events
   * before made it. `@event` methods call this; call it for an event type that has no method.
   */
  protected trigger(newEvent: NewEvent): void {
    const own = this.#bookkeeping;
    requireAlive(own, `${newEvent.definition.topic} was triggered`);
    const event = occur(newEvent, own.id, own.version + 1);
    try {
      this.#replay(event);
    } catch (error) {
      this.#restore(own);
      throw error;
    }
    own.pending.push(event);
  }

  /** Undoes a half-applied event by applying those before it anew, so that triggering needs no copy of the state. */
  #restore(own: Bookkeeping): void {
    own.condition = "dead";
    const { version, modifiedAt, state } = stateOf(this.constructor as AggregateConstructor, own);
    become(this, clone(state));
    Object.assign(own, { version, modifiedAt, condition: "alive" });
  }

  get #bookkeeping(): Bookkeeping {
    if (this.#own === undefined) {
      throw new ProgrammingError(`A ${this.constructor.name} was made with \`new\`; use its \`create\`.`);
    }
    return this.#own;
  }

  #replay(event: ReplayedEvent): void {
    this.#own ??= newborn(event);
    const own = this.#own;
    const definition = definitionOf(this.constructor as AggregateConstructor);
    requireNext(definition, own.version === 0 ? undefined : own, event);
    requireBeginning(definition.created.topic, event);
    own.condition = "applying";
    own.version = event.originatorVersion;
    own.modifiedAt = event.recordedAt ?? event.timestamp;
    const copy = copyOfEvent(event);
    if (event.originatorVersion === 1) Object.assign(this, ownData(definition.created, copy));
    refusePromise(definition.handlers[event.type]?.call(this, copy.data), event);
    refusePromise(this.apply(copy), event);
    own.condition = "alive";
  }

  static {
    begin = (type, newEvent, id) => {
      const instance = new type();
      const event = occur(newEvent, id, 1);
      instance.#replay(event);
      instance.#bookkeeping.pending.push(event);
      return instance;
    };
    trigger = (instance, newEvent) => instance.trigger(newEvent);
    revive = (type, current) => {
      const instance = new type();
      become(instance, clone(current.state));
      const { id, version, createdAt, modifiedAt } = current;
      instance.#own = {
        id,
        version,
        createdAt,
        modifiedAt,
        recorded: current as AggregateState<PlainState>,
        pending: [],
        condition: "alive",
      };
      return instance;
    };
    replayAll = (instance, events) => {
      for (const event of events) instance.#replay(event);
    };
    memorise = (instance) => {
      const { id, version, createdAt, modifiedAt } = instance.#bookkeeping;
      return { id, version, createdAt, modifiedAt, state: clone({ ...instance }) };
    };
    beginSave = (instance) => {
      const own = instance.#bookkeeping;
      requireAlive(own, "save was called");
      const type = instance.constructor as AggregateConstructor;
      // Not what the instance holds now: whatever was assigned to it outside of an event is never recorded.
      const changes = { definition: definitionOf(type), pending: own.pending, aggregate: stateOf(type, own) };
      own.condition = "saving";
      return changes;
    };
    endSave = (instance, recorded) => {
      const own = instance.#bookkeeping;
      own.condition = recorded === undefined ? "dead" : "alive";
      if (recorded === undefined) return;
      const { createdAt, modifiedAt } = recorded;
      Object.assign(own, { recorded, pending: [], createdAt, modifiedAt });
    };
  }
}

/** The class that `aggregate` returns, to be extended. */
export interface AggregateBase<Created> {
  new (): Aggregate & { -readonly [Field in keyof DataOf<Created>]: DataOf<Created>[Field] };
  /** Makes a new aggregate; its first event is pending. Its id is `id`, or what `options.id` makes, or random. */
  create<A extends Aggregate>(this: new () => A, data: DataOf<Created>, id?: string): A;
}

interface Declaration {
  readonly created: EventType & { readonly own: DataShape };
  readonly schemaVersion: number;
}

const declarations = new WeakMap<object, Declaration>();
const definitions = new WeakMap<object, ClassDefinition>();

/**
 * Returns a class to extend: an aggregate that begins with the event `created`, in whose `create` and fields the
 * data of that event appear with their types.
 *
 * `options.id` makes the id of a new aggregate from that data; without it ids are random. `options.schemaVersion`
 * (1) is to be raised when the fields change their meaning: older snapshots are then ignored.
 *
 * Fields of a subclass have constant initial values, hold plain data, and are never `#private`.
 */
export function aggregate<Own extends DataShape, Ambient extends DataShape>(
  created: EventDefinition<Own, Ambient>,
  options: {
    readonly id?: (data: DataOf<EventDefinition<Own, Ambient>>) => string;
    readonly schemaVersion?: number;
  } = {},
): AggregateBase<EventDefinition<Own, Ambient>> {
  const base = class extends Aggregate {
    static create<A extends Aggregate>(
      this: new () => A,
      data: DataOf<EventDefinition<Own, Ambient>>,
      id?: string,
    ): A {
      // biome-ignore lint/complexity/noThisInStatic: the class that create was called on, which extends this one
      return begin(this, created(data), id ?? options.id?.(data) ?? uuid4());
    }
  };
  declarations.set(base, { created, schemaVersion: options.schemaVersion ?? 1 });
  return base as unknown as AggregateBase<EventDefinition<Own, Ambient>>;
}

/**
 * Makes a method the way an event happens. Calling it triggers an event of `definition` with its argument as data;
 * the method's body applies that event, then and whenever it is read back. The body must do nothing else.
 */
export function event<Own extends DataShape, Ambient extends DataShape>(
  definition: EventDefinition<Own, Ambient>,
) {
  type Method<This> = (this: This, data: DataOf<EventDefinition<Own, Ambient>>) => void;
  return <This extends Aggregate>(
    method: Method<This>,
    context: ClassMethodDecoratorContext<This, Method<This>>,
  ) => {
    // A subclass's metadata inherit those of its base, so its own methods go before the base's.
    const metadata = context.metadata as Metadata;
    if (!Object.hasOwn(metadata, HANDLERS)) metadata[HANDLERS] = Object.create(metadata[HANDLERS] ?? null);
    const handlers = metadata[HANDLERS] as Handlers;
    if (Object.hasOwn(handlers, definition.topic)) {
      throw new ProgrammingError(`Two methods of one class are for ${definition.topic}.`);
    }
    handlers[definition.topic] = method as unknown as Handler;
    return function triggerEvent(this: This, data: DataOf<EventDefinition<Own, Ambient>>): void {
      trigger(this, definition(data));
    };
  };
}

interface ClassDefinition extends AggregateDefinition<PlainState> {
  readonly created: Declaration["created"];
  /** By topic. */
  readonly handlers: Handlers;
}

/** Returns how the events of an aggregate class make state. @throws ProgrammingError for any other class */
export function definitionOf(type: AggregateConstructor): ClassDefinition {
  let definition = definitions.get(type);
  if (definition === undefined) {
    definition = define(type, declarationOf(type));
    definitions.set(type, definition);
  }
  return definition;
}

function declarationOf(type: AggregateConstructor): Declaration {
  for (let base: unknown = type; typeof base === "function"; base = Object.getPrototypeOf(base)) {
    const declaration = declarations.get(base);
    if (declaration !== undefined) return declaration;
  }
  throw new ProgrammingError(`${type.name} does not extend a class that \`aggregate\` made.`);
}

function define(type: AggregateConstructor, { created, schemaVersion }: Declaration): ClassDefinition {
  const taken = Object.keys(created.own).find((field) => field in type.prototype);
  if (taken !== undefined) {
    throw new ProgrammingError(
      `${created.topic} has a field "${taken}", a name that ${type.name} uses itself.`,
    );
  }
  const metadata = (type as { [Symbol.metadata]?: Metadata | null })[Symbol.metadata];
  return {
    aggregateName: created.familyName,
    schemaVersion,
    eventTypes: created.family.types,
    created,
    handlers: metadata?.[HANDLERS] ?? {},
    replay(current, events) {
      const instance = current === undefined ? new type() : revive(type, current);
      replayAll(instance, events);
      return memorise(instance);
    },
  };
}

function newborn({ originatorId, timestamp, recordedAt = timestamp }: ReplayedEvent): Bookkeeping {
  return {
    id: originatorId,
    version: 0,
    createdAt: recordedAt,
    modifiedAt: recordedAt,
    recorded: undefined,
    pending: [],
    condition: "alive",
  };
}

/** Returns the state that the events make, those pending included. */
function stateOf(type: AggregateConstructor, { recorded, pending }: Bookkeeping): AggregateState<PlainState> {
  return recorded && pending.length === 0 ? recorded : definitionOf(type).replay(recorded, pending);
}

/** Gives `instance` the fields of `state` and no others. */
function become(instance: Aggregate, state: unknown): void {
  for (const field of Object.keys(instance)) delete (instance as unknown as PlainState)[field];
  Object.assign(instance, state);
}

function requireAlive({ id, condition }: Bookkeeping, what: string): void {
  if (condition === "dead") throw new AggregateDeadError(id);
  if (condition === "applying") throw new ProgrammingError(`${what} while an event of ${id} is applied.`);
  if (condition === "saving") {
    throw new ProgrammingError(`${what} while ${id} is being saved: wait for that save to end.`);
  }
}

function requireBeginning(created: string, event: DomainEvent): void {
  if ((event.type === created) === (event.originatorVersion === 1)) return;
  throw new ProgrammingError(
    `${event.type} cannot be version ${event.originatorVersion} of ${event.originatorId}: version 1, and no other, is ${created}.`,
  );
}

function refusePromise(result: unknown, { type }: DomainEvent): void {
  if (!(result instanceof Promise)) return;
  // What it may fail with later is of no interest beside this.
  result.catch(() => {});
  throw new ProgrammingError(`What applies ${type} is asynchronous; events are applied at once.`);
}

function ownData(created: Declaration["created"], { data }: DomainEvent): PlainState {
  const fields = Object.keys(created.own).filter((field) => Object.hasOwn(data as object, field));
  return Object.fromEntries(fields.map((field) => [field, (data as PlainState)[field]]));
}

/** Checks that `event` is the one that follows `current`, and is of a type the aggregate knows. */
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
