import { AutoResetEvent } from "../auto-reset-event.ts";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";
import type { Mapper } from "../events/mapper.ts";
import { requireFromOne } from "../recorder/arguments.ts";
import type { ApplicationRecorder } from "../recorder/recorder.ts";
import { EventBatches } from "./event-batches.ts";
import type { AnyProjection } from "./projection.ts";
import { type FollowerSettings, leaseName, ProjectionFollower } from "./projection-follower.ts";
import { type ProjectionStatus, Rates, statusOf } from "./projection-status.ts";
import { checkLeaseTime, type ViewStore } from "./view-store.ts";
import { ViewBehindError, ViewWaiter } from "./view-waiter.ts";

/** Whose events are followed, by which projections into which store, and with what patience. */
export interface ProjectionRunnerOptions<Change> {
  /** The events' database; it stays open when the runner stops, as the store does. */
  readonly recorder: Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">;
  /** Of the application whose events they are. */
  readonly mapper: Mapper;
  readonly store: ViewStore<Change>;
  readonly projections: readonly AnyProjection<Change>[];
  /** How many notifications are processed at a time while far behind, at most (20,000); fewer if they are large. */
  readonly batchSize?: number;
  /** How long after its last sign of life a runner is taken for dead (4,000), at most 60,000. */
  readonly leaseTtlMs?: number;
  /** How often others are asked for the lease, and what operators did is looked at (1,000). */
  readonly tickMs?: number;
  /** How often an event is tried alone before its projection stops (3). */
  readonly attempts?: number;
  /** How long to wait between the attempts, longer each time (200). */
  readonly retryPauseMs?: number;
  /**
   * Told of what goes wrong: when a projection stops, when a database begins to fail, and when a view is built again
   * as it was made of other events (`process.emitWarning`).
   */
  readonly onFailure?: (error: unknown, projection: string) => void;
}

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly done: number;
  readonly total: number;
  /** Notifications, since this rebuild was begun or found. */
  readonly ratePerSecond: number;
}

/** How often the progress of a rebuild is looked at. */
const PROGRESS_MS = 200;

/**
 * Keeps the views of `projections` up to date while started: each on its own, in the one process that has its lease.
 * What it says of them, and the orders to rebuild, retry and skip, go through the store, and so reach and describe
 * the process that does the work, whichever it is.
 */
export class ProjectionRunner<Change> {
  readonly #recorder: ProjectionRunnerOptions<Change>["recorder"];
  readonly #store: ViewStore<Change>;
  readonly #followers: readonly ProjectionFollower<Change>[];
  readonly #waiting: ViewWaiter;
  readonly #rates = new Rates();
  #started = false;

  /** @throws ProgrammingError when two projections have one name */
  constructor(options: ProjectionRunnerOptions<Change>) {
    const { recorder, mapper, store, projections } = options;
    this.#recorder = recorder;
    this.#store = store;
    this.#waiting = new ViewWaiter(store);
    requireDifferentNames(projections);
    const topics = new Set(projections.flatMap(({ handles }) => handles.flatMap(({ topics }) => topics)));
    const { maxBatchSize, ...settings } = settingsOf(options);
    const batches = new EventBatches(recorder, mapper, { topics: [...topics], maxSize: maxBatchSize });
    this.#followers = projections.map(
      (projection) => new ProjectionFollower(projection, { recorder, batches, store }, settings),
    );
  }

  /** Begins to keep the views. Keeps no idle process alive. @throws ProgrammingError when called twice */
  start(): void {
    if (this.#started) throw new ProgrammingError("A runner of projections is started once.");
    this.#started = true;
    for (const follower of this.#followers) follower.start();
  }

  /** Resolves when the batches under way are stored and the leases are given back. */
  async stop(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.stop()));
  }

  /**
   * Resolves when the active views of `names` have processed the notification, in whatever process. All the
   * projections of this runner by default: `undefined` for `names`.
   * @throws ViewBehindError after `timeoutMs`, or at once when a view is stopped before it; the signal's reason
   */
  waitFor(
    names: readonly string[] | undefined,
    notificationId: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const views = names ?? this.#followers.map(({ projection }) => projection.name);
    for (const view of views) this.#follower(view);
    return this.#waiting.wait(views, notificationId, options);
  }

  /**
   * Builds a view again from the first event, beside the one there is, which is read and kept up to date meanwhile,
   * and resolves when it has taken its place. A rebuild that is under way already is joined. The work is done by the
   * runner that has the lease, here or elsewhere: one must be started. Aborting ends the wait, not the rebuild.
   * @throws ViewBehindError when the new view stops at an event
   */
  async rebuild(
    name: string,
    {
      onProgress,
      signal,
    }: { readonly onProgress?: (progress: RebuildProgress) => void; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const follower = this.#follower(name);
    let begun = await this.#store.create(follower.projection);
    follower.wake();
    let total = await this.#recorder.maxNotificationId();
    const startedAt = performance.now();
    const wakeUp = new AutoResetEvent();
    const report = (done: number, of: number): void => {
      const seconds = Math.max((performance.now() - startedAt) / 1_000, 0.001);
      onProgress?.({ done, total: of, ratePerSecond: Math.max(0, done - begun.position) / seconds });
    };
    for (;;) {
      signal?.throwIfAborted();
      const generations = await this.#store.generations(name);
      const generation = generations.find(({ number }) => number === begun.number);
      if (generation === undefined) {
        // Yet a later one took its place,
        if (generations.some(({ active, number }) => active && number > begun.number)) break;
        // or it was of other events than those that are recorded.
        begun = await this.#store.create(follower.projection);
        total = await this.#recorder.maxNotificationId();
        continue;
      }
      if (generation.active && generation.position >= total) break;
      if (generation.stopped) throw new ViewBehindError(name, total, generation);
      report(generation.position, Math.max(total, generation.position));
      await wakeUp.wait(PROGRESS_MS);
    }
    report(total, total);
  }

  /** Resolves to how each projection is doing, in their order. */
  async status(): Promise<readonly ProjectionStatus[]> {
    const [last, generations] = await Promise.all([
      this.#recorder.maxNotificationId(),
      this.#store.generations(),
    ]);
    this.#rates.keep(generations);
    return Promise.all(
      this.#followers.map(async ({ projection, holdsLease }) => {
        const own = generations.filter(({ view }) => view === projection.name);
        const holder = await this.#store.leaseHolder(leaseName(projection));
        const runner = holdsLease ? "here" : holder === undefined ? "none" : "elsewhere";
        return statusOf(projection, { generations: own, last, runner }, this.#rates);
      }),
    );
  }

  /** Lets a projection that is stopped try its poisonous event again. */
  async retry(name: string): Promise<void> {
    const follower = this.#follower(name);
    await this.#store.retry(name);
    follower.wake();
  }

  /** Lets a projection that is stopped at this notification go on without it. @throws InvalidArgumentError */
  async skip(name: string, notificationId: number): Promise<void> {
    const follower = this.#follower(name);
    const generations = await this.#store.generations(name);
    const ids = generations.flatMap(({ stopped }) => (stopped ? [stopped.notificationId] : []));
    if (!ids.includes(notificationId)) {
      const where = ids.length === 0 ? "but it is not stopped" : ids.join(" or ");
      const expected = `the one that "${name}" is stopped at, ${where}`;
      throw new InvalidArgumentError("notificationId", notificationId, expected);
    }
    await this.#store.skip(name, notificationId);
    follower.wake();
  }

  #follower(name: string): ProjectionFollower<Change> {
    const follower = this.#followers.find(({ projection }) => projection.name === name);
    if (follower !== undefined) return follower;
    const names = this.#followers.map(({ projection }) => projection.name);
    throw new InvalidArgumentError("the name of a projection", name, `one of ${names.join(", ")}`);
  }
}

function settingsOf(
  options: Partial<ProjectionRunnerOptions<unknown>>,
): FollowerSettings & { readonly maxBatchSize: number } {
  const { leaseTtlMs = 4_000 } = options;
  checkLeaseTime("leaseTtlMs", leaseTtlMs);
  return {
    leaseTtlMs,
    maxBatchSize: requireFromOne("batchSize", options.batchSize ?? 20_000),
    tickMs: requireFromOne("tickMs", options.tickMs ?? 1_000),
    attempts: requireFromOne("attempts", options.attempts ?? 3),
    retryPauseMs: options.retryPauseMs ?? 200,
    onFailure: guarded(options.onFailure ?? warn),
  };
}

/** Whoever is told must not end what goes on. */
function guarded(tell: FollowerSettings["onFailure"]): FollowerSettings["onFailure"] {
  return (error, projection) => {
    try {
      tell(error, projection);
    } catch (failure) {
      process.emitWarning(failure instanceof Error ? failure : String(failure));
    }
  };
}

function requireDifferentNames(projections: readonly AnyProjection<unknown>[]): void {
  const names = projections.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ProgrammingError(`Two projections are called "${twice}".`);
}

function warn(error: unknown, projection: string): void {
  const message = error instanceof Error ? error.message : String(error);
  process.emitWarning(`The projection "${projection}" met a failure: ${message}`);
}
