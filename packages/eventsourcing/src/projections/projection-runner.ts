import { randomUUID } from "node:crypto";
import { InvalidArgumentError, messageOf } from "../errors.ts";
import type { Mapper } from "../events/mapper.ts";
import { requireFromOne } from "../recorder/arguments.ts";
import { Listeners } from "../recorder/listeners.ts";
import type { ApplicationRecorder } from "../recorder/recorder.ts";
import { guardedListener } from "../warnings.ts";
import { EventBatches } from "./event-batches.ts";
import { ProcessingRates } from "./processing-rates.ts";
import { type AnyProjection, checkProjections, topicsOf } from "./projection.ts";
import { type FollowerSettings, leaseName, ProjectionFollower } from "./projection-follower.ts";
import { type ProjectionStatus, statusOf } from "./projection-status.ts";
import { Rebuild, type RebuildProgress } from "./rebuild.ts";
import type { RemoteRunner, ReportedFailure } from "./remote-runner.ts";
import { RunnerLifetime, StopTimeoutError } from "./runner-lifetime.ts";
import { checkLeaseTime } from "./view-checks.ts";
import type { ViewStore } from "./view-store.ts";
import { ViewWaiter } from "./view-waiter.ts";

/** The options of a `ProjectionRunner`. */
export interface ProjectionRunnerOptions<Change> {
  /** The database of the events. `stop` leaves it open. */
  readonly recorder: Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">;
  /** The mapper of the application that records the events. */
  readonly mapper: Mapper;
  /** The database of the views. `stop` leaves it open. */
  readonly store: ViewStore<Change>;
  readonly projections: readonly AnyProjection<Change>[];
  /** The maximum number of notifications in a batch (20,000). A batch of large ones has fewer. */
  readonly batchSize?: number;
  /**
   * The approximate size of the decoded events at which a batch ends, in characters and bytes (25,000,000). Several times
   * as much is in memory.
   */
  readonly batchWeight?: number;
  /**
   * The least time from the start of a batch to the start of the next, in milliseconds (none). Saves in this time share a
   * batch, which costs less than a batch for each. An event that follows a longer pause is processed at once.
   */
  readonly batchIntervalMs?: number;
  /** How long another process waits for a runner that has died, in milliseconds: 1 to 60,000 (4,000). */
  readonly leaseTtlMs?: number;
  /** How often to try for the lease, and to read the orders of operators, in milliseconds (1,000). */
  readonly pollIntervalMs?: number;
  /** How often to process an event alone before its projection stops at it (3). */
  readonly maxAttempts?: number;
  /** The delay before the second attempt, in milliseconds (200). It grows with each further one. */
  readonly retryDelayMs?: number;
  /** How long `stop` waits for the batches under way, in milliseconds (5,000). */
  readonly stopTimeoutMs?: number;
  /**
   * Identifies the runner as the holder of leases (a random UUID). A runner that replaces one that has died can use its
   * id and need not wait for its leases to expire.
   */
  readonly holder?: string;
  /** A runner in another thread or process that does the work of this one, which is then not started. */
  readonly remote?: RemoteRunner;
  /**
   * Called when a projection stops or fails, when a database begins to fail, when a view is rebuilt because it was built
   * from another event log, and when `stop` abandons a batch. Emits a process warning by default.
   */
  readonly onError?: (error: unknown, projection: string) => void;
}

/**
 * Keeps the views of projections up to date. Any number of processes may run the same projections: each view is
 * written by the one that holds its lease, and another takes over if that dies. `status`, `waitFor`, `rebuild`,
 * `retry` and `skip` work from every process, whether or not its runner is started.
 *
 * A started runner keeps the process alive until `stop`, or until its recorder is closed.
 */
export class ProjectionRunner<Change> implements AsyncDisposable {
  readonly #recorder: ProjectionRunnerOptions<Change>["recorder"];
  readonly #store: ViewStore<Change>;
  readonly #followers: readonly ProjectionFollower<Change>[];
  readonly #waiter: ViewWaiter;
  readonly #rates = new ProcessingRates();
  readonly #lifetime = new RunnerLifetime("ProjectionRunner");
  readonly #failureListeners = new Listeners();
  readonly #remote: RemoteRunner | undefined;
  readonly #settings: ReturnType<typeof settingsOf>;

  /** @throws InvalidArgumentError, ProgrammingError for options or projections that cannot work */
  constructor(options: ProjectionRunnerOptions<Change>) {
    const { recorder, mapper, store, projections } = options;
    checkProjections(projections, mapper);
    const settings = settingsOf(options);
    const topics = new Set(projections.flatMap(({ handles }) => topicsOf(handles)));
    const batches = new EventBatches(recorder, mapper, {
      topics: [...topics],
      maxSize: settings.batchSize,
      maxWeight: settings.batchWeight,
    });
    const onFailureChange = () => this.#failureListeners.notify();
    const parts = { recorder, batches, store, holder: options.holder ?? randomUUID(), onFailureChange };
    this.#recorder = recorder;
    this.#store = store;
    this.#remote = options.remote;
    this.#settings = settings;
    this.#followers = projections.map((projection) => new ProjectionFollower(projection, parts, settings));
    this.#waiter = new ViewWaiter(store, {
      of: (view) => this.#failureOf(view),
      watch: (listener) => this.#remote?.watch(listener) ?? this.#failureListeners.add(listener),
    });
  }

  /** The failures of projections in this runner, by view, for a `RemoteRunner`. */
  get failures(): Readonly<Record<string, ReportedFailure>> {
    return Object.fromEntries(
      this.#followers.flatMap(({ projection: { name }, failure }) =>
        failure === undefined ? [] : [[name, { state: failure.state, error: messageOf(failure.error) }]],
      ),
    );
  }

  /**
   * Calls `listener` soon after any process has written a view, and when `failures` has changed. The function returned
   * ends the calls.
   */
  watch(listener: () => void): () => void {
    const unwatch = [this.#store.watch(listener), this.#failureListeners.add(listener)];
    return () => {
      for (const end of unwatch) end();
    };
  }

  /** Makes all projections read the recorder and the store at once. */
  wake(): void {
    for (const follower of this.#followers) follower.wake();
  }

  /** Starts to write the views. @throws ProgrammingError if called twice */
  start(): void {
    this.#lifetime.start(() => Promise.all(this.#followers.map((follower) => follower.run())));
  }

  /**
   * Resolves when the batches under way are written and the leases are released. After `stopTimeoutMs` the other batches
   * are abandoned: `onError` gets a StopTimeoutError, and their changes are not stored.
   */
  stop(): Promise<void> {
    for (const follower of this.#followers) follower.stop();
    return this.#lifetime.stop(this.#settings.stopTimeoutMs, () => {
      for (const follower of this.#followers.filter(({ isRunning }) => isRunning)) this.#abandon(follower);
    });
  }

  /** As `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when the active generations of the views `names` have processed the notification, in any process.
   * `undefined` for `names` waits for all projections of this runner.
   * @throws ViewBehindError after `timeoutMs`, or at once if a view is stopped before the notification, or has failed in
   *   this process
   * @throws the reason of the signal
   */
  waitFor(
    names: readonly string[] | undefined,
    notificationId: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const views = names ?? this.#followers.map(({ projection }) => projection.name);
    for (const view of views) this.#follower(view);
    return this.#waiter.wait(views, notificationId, options);
  }

  /**
   * Rebuilds a view from the first event, and resolves when the new generation has replaced the active one, which
   * queries read until then. Joins a rebuild that is under way. The runner that holds the lease does the work, in this
   * process or another, so one must be started. The signal ends the wait, not the rebuild.
   * @throws ViewBehindError if the new generation stops at an event, or the view has failed in this process
   * @throws the reason of the signal
   */
  async rebuild(
    name: string,
    {
      onProgress,
      signal,
    }: { readonly onProgress?: (progress: RebuildProgress) => void; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const follower = this.#follower(name);
    const failure = () => this.#failureOf(name);
    const parts = { store: this.#store, recorder: this.#recorder, failure, onProgress, signal };
    const rebuild = new Rebuild(follower.projection, parts);
    const target = await rebuild.begin();
    (this.#remote ?? follower).wake();
    await rebuild.waitFor(target);
  }

  /** Resolves to the status of each projection, in the order of the options. */
  async status(): Promise<readonly ProjectionStatus[]> {
    const [lastId, generations] = await Promise.all([
      this.#recorder.maxNotificationId(),
      this.#store.generations(),
    ]);
    this.#rates.retain(generations);
    return Promise.all(
      this.#followers.map(async ({ projection, holdsLease, failure: ownFailure }) => {
        const own = generations.filter(({ view }) => view === projection.name);
        const holder = await this.#store.leaseHolder(leaseName(projection));
        const isHere = holdsLease || (holder !== undefined && holder === this.#remote?.holder);
        const runner = isHere ? "here" : holder === undefined ? "none" : "elsewhere";
        const failure = ownFailure ?? this.#remote?.failureOf(projection.name);
        return statusOf(projection, { generations: own, lastId, runner, failure }, this.#rates);
      }),
    );
  }

  /**
   * Makes a projection that is stopped process its failed event again. One that has failed in this process tries again
   * at once.
   */
  async retry(name: string): Promise<void> {
    const follower = this.#follower(name);
    await this.#store.retry(name);
    follower.retry();
    this.#remote?.retry(name);
  }

  /**
   * Makes a projection that is stopped at this notification continue without it.
   * @throws InvalidArgumentError if it is not stopped there
   */
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
    follower.retry();
    this.#remote?.retry(name);
  }

  #abandon(follower: ProjectionFollower<Change>): void {
    follower.abandon();
    const { stopTimeoutMs, onError } = this.#settings;
    const { name } = follower.projection;
    const reason = "a batch is still being processed, or a database does not answer";
    onError(new StopTimeoutError(`The projection "${name}"`, stopTimeoutMs, reason), name);
  }

  #follower(name: string): ProjectionFollower<Change> {
    const follower = this.#followers.find(({ projection }) => projection.name === name);
    if (follower !== undefined) return follower;
    const names = this.#followers.map(({ projection }) => projection.name);
    throw new InvalidArgumentError("the name of a projection", name, `one of ${names.join(", ")}`);
  }

  #failureOf(name: string): unknown {
    const { failure } = this.#follower(name);
    if (failure?.state === "failed") return failure.error ?? new Error("unknown error");
    const remote = this.#remote?.failureOf(name);
    return remote?.state === "failed" ? new Error(remote.error) : undefined;
  }
}

function settingsOf(
  options: Pick<
    ProjectionRunnerOptions<unknown>,
    | "leaseTtlMs"
    | "batchSize"
    | "batchWeight"
    | "batchIntervalMs"
    | "pollIntervalMs"
    | "maxAttempts"
    | "retryDelayMs"
    | "stopTimeoutMs"
    | "onError"
  >,
): FollowerSettings & {
  readonly batchSize: number;
  readonly batchWeight: number;
  readonly stopTimeoutMs: number;
} {
  const { leaseTtlMs = 4_000, onError = warn } = options;
  checkLeaseTime("leaseTtlMs", leaseTtlMs);
  return {
    leaseTtlMs,
    batchSize: requireFromOne("batchSize", options.batchSize ?? 20_000),
    batchWeight: requireFromOne("batchWeight", options.batchWeight ?? 25_000_000),
    batchIntervalMs:
      options.batchIntervalMs === undefined ? 0 : requireFromOne("batchIntervalMs", options.batchIntervalMs),
    pollIntervalMs: requireFromOne("pollIntervalMs", options.pollIntervalMs ?? 1_000),
    maxAttempts: requireFromOne("maxAttempts", options.maxAttempts ?? 3),
    retryDelayMs: requireFromOne("retryDelayMs", options.retryDelayMs ?? 200),
    stopTimeoutMs: requireFromOne("stopTimeoutMs", options.stopTimeoutMs ?? 5_000),
    onError: guardedListener(onError),
  };
}

function warn(error: unknown, projection: string): void {
  process.emitWarning(`Projection "${projection}": ${messageOf(error)}`);
}
