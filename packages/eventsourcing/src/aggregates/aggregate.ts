import { inspect } from "node:util";
import { clone } from "../clone.ts";
import { AggregateDeadError, ProgrammingError } from "../errors.ts";
import { copyOfEvent, createEvent } from "../events/event.ts";
import type { DomainEvent, EventType, NewEvent } from "../events/event-type.ts";
import type { DataShape } from "../events/shape.ts";
import {
  type AggregateDefinition,
  type AggregateState,
  type Changes,
  type RecordedAt,
  requireMadeByEvents,
  requireNext,
} from "./aggregate-state.ts";

export type Fields = Record<string, unknown>;
export type Handler = (this: Aggregate, data: unknown) => void;

/** How the events of an aggregate class make its state. */
export interface ClassDefinition extends AggregateDefinition<Fields> {
  readonly type: AggregateClass;
  readonly created: EventType & { readonly own: DataShape };
  /** The decorated methods by topic. */
  readonly handlers: Readonly<Record<string, Handler | undefined>>;
}

/** Required to construct an aggregate, so that only `create` and the repository can. */
export class ConstructorToken {
  readonly definition: ClassDefinition;

  constructor(definition: ClassDefinition) {
    this.definition = definition;
  }
}

/** A class that extends one made by `aggregate`. */
export type AggregateClass<A extends Aggregate = Aggregate> = new (token: ConstructorToken) => A;

/** The data of an instance beside its state. */
interface Bookkeeping {
  readonly id: string;
  readonly createdAt: Date;
  version: number;
  modifiedAt: Date;
  recordedAt: RecordedAt | undefined;
  /** A copy of the state after some event that cannot be changed through the instance. */
  checkpoint: AggregateState<Fields> | undefined;
  pending: DomainEvent[];
  /** "triggering" and "replaying": an event is being applied, for the first time or again. */
  condition: "alive" | "triggering" | "replaying" | "saving" | "dead";
}

/**
 * The number of pending events that each get a checkpoint. `save` applies later events again, so that the time for many
 * events grows with their number and not with its square.
 */
const EVENTS_WITH_CHECKPOINT = 8;

// Set by the class below, for the rest of the library only.
/** Returns a new aggregate, whose first event is pending. */
export let begin: (definition: ClassDefinition, newEvent: NewEvent, id: string) => Aggregate;
export let trigger: (instance: Aggregate, newEvent: NewEvent) => void;
/** Returns an instance with a copy of the state of `current`. */
export let revive: (definition: ClassDefinition, current: AggregateState) => Aggregate;
/** See `AggregateDefinition.replay`. */
export let replay: (
  definition: ClassDefinition,
  current: AggregateState<Fields> | undefined,
  events: readonly DomainEvent[],
) => AggregateState<Fields>;
/** Returns whether an instance has pending events, without copying them. */
export let hasPendingEvents: (instance: Aggregate) => boolean;
/** Returns the pending events for a save. The instance accepts no command until `endSave`. */
export let beginSave: (instance: Aggregate) => Changes;
/** Ends a save: the instance continues from the recorded state, or accepts no more commands if the save failed. */
export let endSave: (instance: Aggregate, recorded: AggregateState | undefined) => void;

/** The base of aggregates written as classes. Extend `aggregate(Created)`, not this class. */
export abstract class Aggregate<Event extends DomainEvent = DomainEvent> {
  // The only private fields. All other fields of an instance are its state.
  readonly #definition: ClassDefinition;
  #own: Bookkeeping | undefined;

  /** @throws ProgrammingError: use `create`, or get the aggregate from a repository */
  constructor(token: ConstructorToken) {
    if (!(token instanceof ConstructorToken)) {
      const { name } = new.target;
      throw new ProgrammingError(`${name} cannot be constructed by \`new\`; use ${name}.create(…).`);
    }
    this.#definition = token.definition;
  }

  /** UUID of the aggregate. */
  get id(): string {
    return this.#bookkeeping.id;
  }

  /** The version of its last event, pending ones included. */
  get version(): number {
    return this.#bookkeeping.version;
  }

  /** The timestamp of its first event. */
  get createdAt(): Date {
    return new Date(this.#bookkeeping.createdAt);
  }

  /** The timestamp of its last event, or of the event that is being applied. */
  get modifiedAt(): Date {
    return new Date(this.#bookkeeping.modifiedAt);
  }

  /**
   * When its first and last recorded events were stored; undefined until it is saved. Not to be used where events are
   * applied, since the state must not depend on it.
   * @throws ProgrammingError while an event is applied
   */
  get recordedAt(): RecordedAt | undefined {
    const own = this.#bookkeeping;
    requireNotApplying(own, "`recordedAt` was read");
    return own.recordedAt && { first: new Date(own.recordedAt.first), last: new Date(own.recordedAt.last) };
  }

  /**
   * The events triggered since it was loaded or saved, in order.
   * @throws ProgrammingError while an event is applied
   */
  get pendingEvents(): readonly Event[] {
    const own = this.#bookkeeping;
    requireNotApplying(own, "`pendingEvents` was read");
    return own.pending.map(copyOfEvent) as DomainEvent[] as Event[];
  }

  /**
   * Applies an event: called with every event, after its `@event` method if there is one, when it is triggered and each
   * time it is replayed. Override it to change fields by a `switch` over `event.type`; do nothing else in it.
   */
  protected apply(_event: Event): void {}

  /**
   * Triggers an event: checks its data, applies it, and keeps it for `save`. If anything throws, the aggregate is as it
   * was. Methods decorated with `@event` call this.
   * @throws InvalidEventDataError; AggregateDeadError after a failed save; ProgrammingError while an event is applied or
   *   the aggregate is saved, or if a field was changed outside an event
   */
  protected trigger(newEvent: NewEvent<Event>): void {
    const own = this.#bookkeeping;
    requireAlive(own, `${newEvent.type.topic} was triggered`);
    if (own.checkpoint?.version === own.version) this.#requireUnchanged(own.checkpoint);
    const event = createEvent(newEvent as NewEvent, own.id, own.version + 1);
    try {
      this.#apply(copyOfEvent(event), "triggering");
    } catch (error) {
      this.#restore(own);
      throw error;
    }
    own.pending.push(event);
    if (own.pending.length <= EVENTS_WITH_CHECKPOINT) own.checkpoint = this.#copyOfState();
  }

  /**
   * Throws `error()` unless `condition` holds. In an `@event` method it is checked when the event is triggered, and never
   * when it is replayed, so that rules may change while recorded events stay valid.
   */
  protected ensure(condition: boolean, error: () => Error): void {
    if (!condition && this.#bookkeeping.condition !== "replaying") throw error();
  }

  /** Shows type, id, version and state in `console.log`. */
  [inspect.custom](depth: number, options: object): string {
    const own = this.#own;
    if (own === undefined) return `${this.constructor.name} under construction`;
    const pending = own.pending.length === 0 ? "" : ` (${own.pending.length} pending)`;
    const state = inspect({ ...this }, { ...options, depth: Math.max(depth, 0) });
    return `${this.constructor.name} ${own.id} version ${own.version}${pending} ${state}`;
  }

  get #bookkeeping(): Bookkeeping {
    if (this.#own === undefined)
      throw new ProgrammingError(
        `The initial values of ${this.constructor.name}'s fields must not depend on its events.`,
      );
    return this.#own;
  }

  #apply(event: DomainEvent, condition: "triggering" | "replaying"): void {
    const { created, handlers } = this.#definition;
    this.#own ??= begun(event);
    const own = this.#own;
    requireNext(this.#definition, own.version === 0 ? undefined : own, event);
    requireBeginning(created.topic, event);
    own.condition = condition;
    own.version = event.originatorVersion;
    own.modifiedAt = new Date(event.timestamp);
    if (event.originatorVersion === 1) Object.assign(this, ownData(created.own, event.data as Fields));
    refusePromise(handlers[event.type]?.call(this, event.data), event);
    refusePromise(this.apply(event as Event), event);
    own.condition = "alive";
  }

  /** Undoes an event that was applied in part. */
  #restore(own: Bookkeeping): void {
    own.condition = "dead";
    const { version, modifiedAt, state } = this.#stateOfEvents(own);
    this.#become(clone(state));
    Object.assign(own, { version, modifiedAt, condition: "alive" });
  }

  /** Returns the state that the events make, pending ones included. */
  #stateOfEvents({ checkpoint, pending }: Bookkeeping): AggregateState<Fields> {
    const later = pending.filter(({ originatorVersion }) => originatorVersion > (checkpoint?.version ?? 0));
    return checkpoint && later.length === 0 ? checkpoint : this.#definition.replay(checkpoint, later);
  }

  #copyOfState(): AggregateState<Fields> {
    return stateOf(this.#bookkeeping, clone({ ...this }) as Fields);
  }

  /** Gives the instance the fields of `state` and no others. */
  #become(state: Fields): void {
    const fields = this as unknown as Fields;
    for (const field of Object.keys(fields)) if (!Object.hasOwn(state, field)) delete fields[field];
    Object.assign(fields, state);
  }

  #requireUnchanged({ id, state }: AggregateState<Fields>): void {
    requireMadeByEvents({
      owner: `${this.constructor.name} ${id}`,
      present: { ...this },
      made: state,
      advice: "methods decorated with @event, or in apply",
    });
  }

  static {
    begin = (definition, newEvent, id) => {
      const instance = construct(definition);
      const event = createEvent(newEvent, id, 1);
      instance.#apply(copyOfEvent(event), "triggering");
      const own = instance.#bookkeeping;
      own.pending.push(event);
      own.checkpoint = instance.#copyOfState();
      return instance;
    };
    trigger = (instance, newEvent) => instance.trigger(newEvent);
    revive = (definition, current) => {
      const instance = new definition.type(new ConstructorToken(definition));
      instance.#become(clone(current.state) as Fields);
      const { id, version, createdAt, modifiedAt, recordedAt } = current;
      const checkpoint = current as AggregateState<Fields>;
      instance.#own = {
        id,
        version,
        createdAt,
        modifiedAt,
        recordedAt,
        checkpoint,
        pending: [],
        condition: "alive",
      };
      return instance;
    };
    replay = (definition, current, events) => {
      const instance = current === undefined ? construct(definition) : revive(definition, current);
      for (const event of events) instance.#apply(copyOfEvent(event), "replaying");
      // The instance is not used again, so its state needs no copy.
      if (instance.#own !== undefined) return stateOf(instance.#own, { ...instance });
      throw new ProgrammingError(`No ${definition.aggregateName} can be made of no events.`);
    };
    hasPendingEvents = (instance) => instance.#bookkeeping.pending.length > 0;
    beginSave = (instance) => {
      const own = instance.#bookkeeping;
      requireAlive(own, "save was called");
      const { id, version, createdAt, modifiedAt, state } = instance.#stateOfEvents(own);
      const aggregate = { id, version, createdAt, modifiedAt, state, recordedAt: own.recordedAt };
      instance.#requireUnchanged(aggregate);
      own.condition = "saving";
      return { definition: instance.#definition, pending: own.pending, aggregate };
    };
    endSave = (instance, recorded) => {
      const own = instance.#bookkeeping;
      own.condition = recorded === undefined ? "dead" : "alive";
      if (recorded === undefined) return;
      own.recordedAt = recorded.recordedAt;
      own.checkpoint = recorded as AggregateState<Fields>;
      own.pending = [];
    };
  }
}

/** Returns an instance with its own copies of the initial values, which may be values of a module. */
export function construct(definition: ClassDefinition): Aggregate {
  const instance = new definition.type(new ConstructorToken(definition));
  return Object.assign(instance, clone({ ...instance }));
}

function begun({ originatorId, timestamp }: DomainEvent): Bookkeeping {
  return {
    id: originatorId,
    version: 0,
    createdAt: new Date(timestamp),
    modifiedAt: new Date(timestamp),
    recordedAt: undefined,
    checkpoint: undefined,
    pending: [],
    condition: "alive",
  };
}

function stateOf({ id, version, createdAt, modifiedAt }: Bookkeeping, state: Fields): AggregateState<Fields> {
  return { id, version, createdAt, modifiedAt, state, recordedAt: undefined };
}

function requireAlive(own: Bookkeeping, what: string): void {
  requireNotApplying(own, what);
  if (own.condition === "dead") throw new AggregateDeadError(own.id);
  if (own.condition === "saving")
    throw new ProgrammingError(`${what} while ${own.id} is being saved. Await that save first.`);
}

function requireNotApplying({ id, condition }: Bookkeeping, what: string): void {
  if (condition === "triggering" || condition === "replaying")
    throw new ProgrammingError(`${what} while an event of ${id} is applied.`);
}

function requireBeginning(created: string, event: DomainEvent): void {
  if ((event.type === created) === (event.originatorVersion === 1)) return;
  throw new ProgrammingError(
    `${event.type} cannot be version ${event.originatorVersion} of ${event.originatorId}: version 1, and no other, is ${created}.`,
  );
}

function refusePromise(result: unknown, { type }: DomainEvent): void {
  if (!(result instanceof Promise)) return;
  // Its rejection would be unhandled.
  result.catch(() => {});
  throw new ProgrammingError(
    `The method that applies ${type} is asynchronous; events are applied synchronously.`,
  );
}

/** Returns the fields of `data` that a caller gave, without the ambient ones. */
function ownData(own: DataShape, data: Fields): Fields {
  const fields = Object.keys(own).filter((field) => Object.hasOwn(data, field));
  return Object.fromEntries(fields.map((field) => [field, data[field]]));
}
