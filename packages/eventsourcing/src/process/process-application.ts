import type { AggregateType, EventsOf, Saveable } from "../application/aggregate-type.ts";
import {
  Application,
  type ApplicationDeclaration,
  type ApplicationOptions,
} from "../application/application.ts";
import type { Recording } from "../application/event-store.ts";
import { withContext } from "../context.ts";
import type { DomainEvent, EventOf, EventType } from "../events/event-type.ts";
import type { EventPosition, ProjectedEvent } from "../projections/projection.ts";
import type { Recorder } from "../recorder/recorder.ts";

/** Declares what a process application is made of, and which events of its upstream it handles. */
export interface ProcessDeclaration<
  Type extends AggregateType,
  Log extends EventType,
  Handled extends EventType,
> extends ApplicationDeclaration<Type, Log> {
  /** The types of the upstream events that `policy` is called with. */
  readonly handles: readonly Handled[];
}

/**
 * The base of applications whose events are consequences of another application's events. Extend
 * `processApplication({ … })`; a `ProcessRunner` follows the upstream and calls `policy`.
 */
export abstract class ProcessApplication<
  Type extends AggregateType = AggregateType,
  Log extends EventType = EventType,
  Handled extends EventType = EventType,
> extends Application<Type, Log> {
  readonly handles: readonly Handled[];
  readonly #recorder: Recorder;

  constructor(declaration: ProcessDeclaration<Type, Log, Handled>, options: ApplicationOptions) {
    super(declaration, options);
    this.handles = declaration.handles;
    this.#recorder = options.recorder;
  }

  /**
   * Returns the consequences of an upstream event: aggregates, changes and log entries, which are saved in one step.
   * Called again when another writer was faster, so it must load what it changes each time and have no other effect.
   */
  abstract policy(
    event: ProjectedEvent<Handled>,
  ): readonly Saveable<Type>[] | Promise<readonly Saveable<Type>[]>;

  /**
   * Saves the consequences of an upstream event together with its tracking under `upstreamName`, exactly once (R10).
   * They carry the event's id as causation id, and its correlation id.
   * @throws TrackingConflictError if that event, or a later one, was processed already; nothing is stored
   */
  follow(
    upstreamName: string,
    event: DomainEvent & EventPosition,
  ): Promise<readonly Recording<EventsOf<Type> | EventOf<Log>>[]> {
    const context = { causationId: event.id, correlationId: event.correlationId ?? event.id };
    return withContext(context, async () => {
      const consequences = await this.policy(event as ProjectedEvent<Handled>);
      return this.saveTracked({ name: upstreamName, notificationId: event.notificationId }, consequences);
    });
  }

  /** Stores that an upstream notification was processed without consequences. @throws TrackingConflictError */
  async pass(upstreamName: string, notificationId: number): Promise<void> {
    await this.events.put([], { name: upstreamName, notificationId });
  }

  /** Resolves to the last notification id of `upstreamName` that is tracked, or 0. */
  position(upstreamName: string): Promise<number> {
    return this.#recorder.maxTrackingId(upstreamName);
  }
}

/** The class that `processApplication` returns, to be extended. */
export type ProcessApplicationBase<
  Type extends AggregateType,
  Log extends EventType,
  Handled extends EventType,
> = abstract new (options: ApplicationOptions) => ProcessApplication<Type, Log, Handled>;

/**
 * Returns a class to extend: a process application that handles these events of its upstream.
 *
 * ```ts
 * class Welcoming extends processApplication({ aggregates: [Letter], handles: [Registered] }) {
 *   policy(event: EventOf<typeof Registered>) {
 *     return [Letter.create({ to: event.originatorId })];
 *   }
 * }
 * ```
 */
export function processApplication<
  Handled extends EventType,
  Type extends AggregateType = never,
  Log extends EventType = never,
>(declaration: ProcessDeclaration<Type, Log, Handled>): ProcessApplicationBase<Type, Log, Handled> {
  abstract class Declared extends ProcessApplication<Type, Log, Handled> {
    constructor(options: ApplicationOptions) {
      super(declaration, options);
    }
  }
  return Declared;
}
