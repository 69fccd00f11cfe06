import { AsyncLocalStorage } from "node:async_hooks";
import { Application, type ApplicationOptions, type Saveable } from "./application.ts";
import { withContext } from "./context.ts";
import type { DomainEvent, EventType } from "./event.ts";
import type { Recording } from "./event-store.ts";
import type { Place } from "./projection.ts";
import type { Recorder, Tracking } from "./recorder.ts";

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
  readonly #tracked: AsyncLocalStorage<Tracking>;
  readonly #recorder: Recorder;

  constructor(options: ApplicationOptions) {
    const tracked = new AsyncLocalStorage<Tracking>();
    super({ ...options, recorder: trackingRecorder(options.recorder, tracked) });
    this.handles = new.target.handles;
    this.#recorder = options.recorder;
    this.#tracked = tracked;
  }

  /**
   * Returns what follows from an upstream event: aggregates, changes and log entries, which are then saved together;
   * nothing, if nothing follows. It is called again when the save lost a race, so it loads what it needs each time,
   * and has no other effect.
   */
  abstract policy(event: DomainEvent & Place): readonly Saveable[] | Promise<readonly Saveable[]>;

  /**
   * Saves what `policy` makes of an upstream event together with its tracking under `upstreamName`: once, whatever
   * crashes (R10). The consequences have the event's id as causation id, and its correlation id.
   * @throws TrackingConflictError when that event, or a later one, was processed; nothing is stored
   */
  follow(upstreamName: string, event: DomainEvent & Place): Promise<readonly Recording[]> {
    const context = { causationId: event.id, correlationId: event.correlationId ?? event.id };
    return withContext(context, async () => {
      const consequences = await this.policy(event);
      const tracking = { name: upstreamName, notificationId: event.notificationId };
      return this.#tracked.run(tracking, () => this.save(...consequences));
    });
  }

  /** Notes that an upstream notification is processed without consequences. @throws TrackingConflictError */
  async pass(upstreamName: string, notificationId: number): Promise<void> {
    await this.#recorder.insertEvents([], { name: upstreamName, notificationId });
  }

  /** Resolves to the last notification id of `upstreamName` that had consequences or could have had, or 0. */
  position(upstreamName: string): Promise<number> {
    return this.#recorder.maxTrackingId(upstreamName);
  }
}

/** The same recorder, but for its saves, which store the tracking they run under. */
function trackingRecorder(recorder: Recorder, tracked: AsyncLocalStorage<Tracking>): Recorder {
  const insertEvents: Recorder["insertEvents"] = (events) =>
    recorder.insertEvents(events, tracked.getStore());
  return {
    insertEvents,
    selectEvents: (...args) => recorder.selectEvents(...args),
    selectNotifications: (...args) => recorder.selectNotifications(...args),
    maxNotificationId: () => recorder.maxNotificationId(),
    notificationIdAt: (...args) => recorder.notificationIdAt(...args),
    findNotifications: (...args) => recorder.findNotifications(...args),
    maxTrackingId: (...args) => recorder.maxTrackingId(...args),
    insertSnapshot: (...args) => recorder.insertSnapshot(...args),
    selectSnapshots: (...args) => recorder.selectSnapshots(...args),
    watch: (...args) => recorder.watch(...args),
    close: () => recorder.close(),
  };
}
