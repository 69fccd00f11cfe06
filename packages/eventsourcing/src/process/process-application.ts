import type { AggregateType, EventsOf, Saveable } from "../application/aggregate-type.ts";
import {
  Application,
  type ApplicationDeclaration,
  type ApplicationOptions,
} from "../application/application.ts";
import type { Recording } from "../application/event-store.ts";
import { withContext } from "../context.ts";
import { ProgrammingError } from "../errors.ts";
import type { DomainEvent, EventOf, EventType } from "../events/event-type.ts";
import type { EventPosition, ProjectedEvent } from "../projections/projection.ts";
import type { Recorder, Tracking } from "../recorder/recorder.ts";
import { isPolicyRunning, runPolicy } from "./policy-run.ts";

/** The parts of a process application, and the upstream events that it handles. */
export interface ProcessDeclaration<
  Type extends AggregateType,
  Log extends EventType,
  Handled extends EventType,
> extends ApplicationDeclaration<Type, Log> {
  /** The types of the upstream events that `policy` receives. */
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
   * Returns the consequences of an upstream event: aggregates, changes and log entries, or `[]`. They are saved in one
   * atomic step with the event's tracking. A policy is called again after a conflict, so it must load the aggregates that
   * it changes and have no other effect. `save` and `execute` throw a ProgrammingError while it runs.
   */
  abstract policy(
    event: ProjectedEvent<Handled>,
  ): readonly Saveable<Type>[] | Promise<readonly Saveable<Type>[]>;

  /**
   * Calls `policy` with an upstream event, and saves the consequences together with the tracking under `upstreamName`,
   * so that each event is processed exactly once (R10). The consequences have the event's id as their causation id, and
   * its correlation id.
   * @throws TrackingConflictError if that event or a later one was processed before; nothing is stored
   * @throws the reason of the signal
   */
  processEvent(
    upstreamName: string,
    event: DomainEvent & EventPosition,
    {
      signal,
    }: {
      /** If it is aborted before `policy` returns, nothing is stored. */
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<readonly Recording<EventsOf<Type> | EventOf<Log>>[]> {
    const context = { causationId: event.id, correlationId: event.correlationId ?? event.id };
    return withContext(context, async () => {
      signal?.throwIfAborted();
      const consequences = await runPolicy(this, () => this.policy(event as ProjectedEvent<Handled>));
      signal?.throwIfAborted();
      if (!Array.isArray(consequences))
        throw new ProgrammingError(
          `policy of ${this.constructor.name} returned ${describe(consequences)} for ${event.type}; ` +
            "it must return an array of what to save, [] for nothing.",
        );
      return this.saveTracked({ name: upstreamName, notificationId: event.notificationId }, consequences);
    });
  }

  /**
   * Records that an upstream notification is processed, without calling `policy`.
   * @throws TrackingConflictError if that notification or a later one was processed before
   */
  async skipNotification(upstreamName: string, notificationId: number): Promise<void> {
    await this.events.put([], { name: upstreamName, notificationId });
  }

  /** Resolves to the notification id of the last event of `upstreamName` that was processed or skipped, or 0. */
  lastTrackedId(upstreamName: string): Promise<number> {
    return this.#recorder.maxTrackingId(upstreamName);
  }

  protected override async saveTracked(
    tracking: Tracking | undefined,
    items: readonly Saveable<Type>[],
  ): Promise<readonly Recording<EventsOf<Type> | EventOf<Log>>[]> {
    if (isPolicyRunning(this))
      throw new ProgrammingError(
        `${this.constructor.name} cannot save while its policy runs: the events would be recorded again ` +
          "whenever the policy is repeated. Return the aggregates from policy instead.",
      );
    return super.saveTracked(tracking, items);
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

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
