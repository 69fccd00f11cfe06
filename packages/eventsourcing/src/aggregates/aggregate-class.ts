import { v4 as uuid4 } from "uuid";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";
import type { DataArguments, DomainEvent, EventDefinition, EventType } from "../events/event-type.ts";
import type { DataShape, ShapeData } from "../events/shape.ts";
import {
  type Aggregate,
  Aggregate as AggregateBaseClass,
  type AggregateClass,
  begin,
  type ClassDefinition,
  type ConstructorToken,
  construct,
  type Handler,
  replay,
  trigger,
} from "./aggregate.ts";
import { findPrivateField } from "./private-fields.ts";

// Decorated classes keep their handlers in the decorators' metadata, for which Node has no symbol yet.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for("Symbol.metadata");

type Handlers = Record<string, Handler | undefined>;
type Metadata = { [HANDLERS]?: Handlers };
const HANDLERS = Symbol("event handlers");

/** The class that `aggregate` returns, to be extended. */
export interface AggregateBase<Own extends DataShape, Event extends DomainEvent> {
  new (
    token: ConstructorToken,
  ): Aggregate<Event> & { -readonly [Field in keyof ShapeData<Own>]: ShapeData<Own>[Field] };
  /**
   * Returns a new aggregate, whose first event is pending. Its id is `id`, else the one that `options.id` makes of the
   * data, else random.
   */
  create<A extends Aggregate>(
    this: AggregateClass<A>,
    ...arguments_: [...data: DataArguments<ShapeData<Own>>, id?: string]
  ): A;
}

/** Options of an aggregate class. */
export interface AggregateOptions<Data> {
  /** Returns the id of a new aggregate (a random UUID). */
  readonly id?: (data: Data) => string;
  /** Raise it when the meaning of a field changes: snapshots of another version are ignored (1). */
  readonly schemaVersion?: number;
}

interface Declaration {
  readonly created: EventType & { readonly own: DataShape };
  readonly schemaVersion: number;
}

const declarations = new WeakMap<object, Declaration>();
const definitions = new WeakMap<object, ClassDefinition>();

/**
 * Returns a class to extend: an aggregate whose first event is of the type `created`. The data of that event become
 * its fields and the parameter of `create`.
 *
 * Fields of the subclass need initial values that depend on nothing, hold plain data, and are not `#private`.
 */
export function aggregate<
  Own extends DataShape,
  Ambient extends DataShape,
  Topic extends string,
  Event extends DomainEvent,
>(
  created: EventDefinition<Own, Ambient, Topic, Event>,
  options: AggregateOptions<ShapeData<Own>> = {},
): AggregateBase<Own, Event> {
  requireEventType("aggregate", created);
  const base = class extends AggregateBaseClass {
    static create(data: ShapeData<Own> = {} as ShapeData<Own>, id?: string): Aggregate {
      const newEvent = (created as unknown as (data: unknown) => Parameters<typeof begin>[1])(data);
      // biome-ignore lint/complexity/noThisInStatic: the subclass that `create` was called on
      return begin(definitionOf(this), newEvent, id ?? options.id?.(data) ?? uuid4());
    }
  };
  declarations.set(base, {
    created: created as unknown as Declaration["created"],
    schemaVersion: options.schemaVersion ?? 1,
  });
  return base as unknown as AggregateBase<Own, Event>;
}

/**
 * Makes a method trigger an event of `type`. A call checks its argument as the event's data and then runs the method's
 * body, which applies the event to the fields; the body runs again whenever the event is replayed. The body must depend
 * on nothing but the fields and its argument. Use `this.ensure` in it for rules that hold when the event is triggered.
 */
export function event<
  Own extends DataShape,
  Ambient extends DataShape,
  Topic extends string,
  Event extends DomainEvent,
>(type: EventDefinition<Own, Ambient, Topic, Event>) {
  requireEventType("@event", type);
  return <This extends Aggregate<Event>, Method extends (this: This, data: ShapeData<Own>) => void>(
    method: ReturnType<Method> extends void ? Method : never,
    context: ClassMethodDecoratorContext<This, Method>,
  ): Method => {
    // The metadata of a subclass inherit the metadata of its base class.
    const metadata = context.metadata as Metadata;
    if (!Object.hasOwn(metadata, HANDLERS)) metadata[HANDLERS] = Object.create(metadata[HANDLERS] ?? null);
    const handlers = metadata[HANDLERS] as Handlers;
    if (Object.hasOwn(handlers, type.topic))
      throw new ProgrammingError(`Two methods of one class are decorated with @event(${type.topic}).`);
    handlers[type.topic] = method as unknown as Handler;
    const newEvent = type as unknown as (data: unknown) => Parameters<typeof trigger>[1];
    function triggerEvent(this: This, data?: unknown): void {
      if (!((this as unknown) instanceof AggregateBaseClass))
        throw new ProgrammingError(
          `${String(context.name)} was called without its aggregate. Call it as a method, or bind it to the aggregate.`,
        );
      trigger(this as unknown as Aggregate, newEvent(data));
    }
    return triggerEvent as unknown as Method;
  };
}

/**
 * Returns how the events of an aggregate class make its state.
 * @throws ProgrammingError if the class does not extend one made by `aggregate`, or its declaration is wrong
 */
export function definitionOf(type: AggregateClass): ClassDefinition {
  let definition = definitions.get(type);
  if (definition === undefined) {
    definition = define(type, declarationOf(type));
    definitions.set(type, definition);
  }
  return definition;
}

function declarationOf(type: AggregateClass): Declaration {
  for (let base: unknown = type; typeof base === "function"; base = Object.getPrototypeOf(base)) {
    const declaration = declarations.get(base);
    if (declaration !== undefined) return declaration;
    if (base === AggregateBaseClass) break;
    refusePrivateField(base);
  }
  throw new ProgrammingError(`${type.name} does not extend a class made by \`aggregate\`.`);
}

function define(type: AggregateClass, { created, schemaVersion }: Declaration): ClassDefinition {
  const taken = Object.keys(created.own).find((field) => field in type.prototype);
  if (taken !== undefined) {
    throw new ProgrammingError(
      `${created.topic} has a field "${taken}", which ${type.name} has already as a property or method. Rename one of them.`,
    );
  }
  const metadata = (type as { [Symbol.metadata]?: Metadata | null })[Symbol.metadata];
  const handlers = metadata?.[HANDLERS] ?? {};
  const { family } = created;
  for (const topic in handlers) {
    if (!family.types.some((eventType) => eventType.topic === topic))
      throw new ProgrammingError(
        `${type.name} has a method for ${topic}, which is not an event of ${family.familyName}.`,
      );
  }
  let fieldNames: readonly string[] | undefined;
  const definition: ClassDefinition = {
    type,
    aggregateName: family.familyName,
    formerNames: family.formerNames,
    schemaVersion,
    eventTypes: family.types,
    get fieldNames() {
      fieldNames ??= Object.keys(construct(definition));
      return fieldNames;
    },
    created,
    handlers,
    replay: (current, events) => replay(definition, current, events),
  };
  return definition;
}

/** A copy of the state does not hold private fields, so they would be lost when the aggregate is loaded. */
function refusePrivateField(type: { readonly name: string }): void {
  const field = findPrivateField(Function.prototype.toString.call(type));
  if (field === undefined) return;
  throw new ProgrammingError(
    `The field "${field}" of ${type.name} would be lost when it is loaded, since #private fields cannot be copied or ` +
      "stored. Declare it as `protected`.",
  );
}

function requireEventType(name: string, type: unknown): void {
  if (typeof type === "function" && "topic" in type && "family" in type) return;
  throw new InvalidArgumentError(
    `the argument of ${name}`,
    type,
    "an event type of a family, such as AccountEvent.Opened",
  );
}
