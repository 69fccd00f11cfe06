import { Application, type ApplicationOptions, type Saveable } from "../application/application.ts";
import type { Recording } from "../application/event-store.ts";
import { withContext } from "../context.ts";
import type { DomainEvent, EventType } from "../events/event.ts";
import type { EventPosition } from "../projections/projection.ts";
import type { Recorder } from "../recorder/recorder.ts";

/**
 * The base of applications whose events are consequences of another application's. A subclass says in `handles` which
 * events it follows, and in `policy` what follows from one; a `ProcessRunner` does the following.
 *
 * ```ts
 * class Welcoming extends ProcessApplication {
 *   static override readonly aggregates = [Letter];
 *   static override readonly handles = [Registered];
 *   policy(event: ProjectedEvent<typeof Registered>) {
 *     return [Letter.write({ to: event.originatorId })];
 *   }
 * }
 * ```
 */
export abstract class ProcessApplication extends Application {
  /** The types of the upstream events that `policy` is given. */
  static readonly handles: readonly EventType[] = [];

  readonly handles: readonly EventType[];
  readonly #recorder: Recorder;

  constructor(options: ApplicationOptions) {
    super(options);
    this.handles = new.target.handles;
    this.#recorder = options.recorder;
  }

  /**
   * Returns what follows from an upstream event: aggregates, changes and log entries, which are then saved together;
   * nothing, if nothing follows. It is called again when the save lost a race, so it loads what it needs each time,
   * and has no other effect.
   */
  abstract policy(event: DomainEvent & EventPosition): readonly Saveable[] | Promise<readonly Saveable[]>;

  /**
   * Saves what `policy` makes of an upstream event together with its tracking under `upstreamName`: once, whatever
   * crashes (R10). The consequences have the event's id as causation id, and its correlation id.
   * @throws TrackingConflictError when that event, or a later one, was processed; nothing is stored
   */
  follow(upstreamName: string, event: DomainEvent & EventPosition): Promise<readonly Recording[]> {
    const context = { causationId: event.id, correlationId: event.correlationId ?? event.id };
    return withContext(context, async () => {
      const consequences = await this.policy(event);
      return this.saveTracked({ name: upstreamName, notificationId: event.notificationId }, consequences);
    });
  }

  /** Notes that an upstream notification is processed without consequences. @throws TrackingConflictError */
  async pass(upstreamName: string, notificationId: number): Promise<void> {
    await this.events.put([], { name: upstreamName, notificationId });
  }

  /** Resolves to the last notification id of `upstreamName` that had consequences or could have had, or 0. */
  position(upstreamName: string): Promise<number> {
    return this.#recorder.maxTrackingId(upstreamName);
  }
}
