import { setTimeout as pause } from "node:timers/promises";
import { AutoResetEvent } from "../auto-reset-event.ts";
import { RecorderClosedError, TrackingConflictError } from "../errors.ts";
import type { ApplicationRecorder } from "../recorder/recorder.ts";
import { EventLoopYielder } from "../yielding.ts";
import { BatchProcessor } from "./batch-processor.ts";
import type { EventBatches } from "./event-batches.ts";
import { EventLogCheck } from "./event-log-check.ts";
import { isDatabaseFailure } from "./failures.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { AnyProjection } from "./projection.ts";
import { TableCleanup } from "./table-cleanup.ts";
import {
  ChangeRefusedError,
  EventLogMismatchError,
  GenerationGoneError,
  LeaseLostError,
} from "./view-errors.ts";
import type { Generation, ViewStore } from "./view-store.ts";

/** The settings of `ProjectionRunnerOptions`, with their defaults filled in. */
export interface FollowerSettings {
  readonly leaseTtlMs: number;
  readonly pollIntervalMs: number;
  readonly batchIntervalMs: number;
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  readonly onError: (error: unknown, projection: string) => void;
}

export interface FollowerParts<Change> {
  readonly recorder: Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">;
  readonly batches: EventBatches;
  readonly store: ViewStore<Change>;
  /** The holder of the runner's leases. */
  readonly holder: string;
  /** Called when `failure` changes. */
  readonly onFailureChange: () => void;
}

/** An error that no event caused: see `ProjectionStatus.state`. */
export interface FollowerFailure {
  readonly state: "retrying" | "failed";
  readonly error: unknown;
}

const MAX_RETRY_DELAY_MS = 5_000;
const FAILED_RETRY_DELAY_MS = 60_000;

/** Each version has its own lease, because programs of different versions write different generations. */
export function leaseName({ name, version }: Pick<AnyProjection<unknown>, "name" | "version">): string {
  return `${name}@${version}`;
}

/**
 * Writes the active and the next generation of a view while it holds the lease. Reads their state from the store each
 * time, because another process may replace them, stop them or take over at any moment.
 */
export class ProjectionFollower<Change> {
  readonly #projection: AnyProjection<Change>;
  readonly #parts: FollowerParts<Change>;
  readonly #settings: FollowerSettings;
  readonly #lease: LeaseKeeper;
  readonly #logCheck: EventLogCheck;
  readonly #cleanup: TableCleanup;
  readonly #processor: BatchProcessor<Change>;
  readonly #stopping = new AbortController();
  /** Set by new events, `wake`, `retry` and `stop`. */
  readonly #wakeUp = new AutoResetEvent();
  /** Set by `retry` and `stop`, which alone end the delay after a failure or between two batches. */
  readonly #resume = new AutoResetEvent();
  #failures = 0;
  #failure: FollowerFailure | undefined;
  #isRunning = false;

  constructor(projection: AnyProjection<Change>, parts: FollowerParts<Change>, settings: FollowerSettings) {
    const { recorder, batches, store, holder } = parts;
    const { leaseTtlMs, pollIntervalMs, maxAttempts, retryDelayMs } = settings;
    const onError = (error: unknown) => settings.onError(error, projection.name);
    this.#projection = projection;
    this.#parts = parts;
    this.#settings = settings;
    this.#lease = new LeaseKeeper(store, { name: leaseName(projection), holder }, leaseTtlMs);
    this.#logCheck = new EventLogCheck(recorder, pollIntervalMs);
    this.#cleanup = new TableCleanup(store, projection.name, { delayMs: pollIntervalMs, onError });
    this.#processor = new BatchProcessor(projection, {
      batches,
      store,
      leaseKeeper: this.#lease,
      eventIdAt: (notificationId) => this.#logCheck.eventIdAt(notificationId),
      maxAttempts,
      retryDelayMs,
      onError,
      signal: this.#stopping.signal,
    });
  }

  get projection(): AnyProjection<Change> {
    return this.#projection;
  }

  get holdsLease(): boolean {
    return this.#lease.isHeld;
  }

  /** Undefined while the follower works, and in a follower without the lease. */
  get failure(): FollowerFailure | undefined {
    return this.#failure;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Resolves when the follower has stopped and released its lease. */
  async run(): Promise<void> {
    this.#isRunning = true;
    await this.#run();
    this.#isRunning = false;
  }

  /** Makes the follower read the store at once. */
  wake(): void {
    this.#wakeUp.set();
  }

  /** Makes the follower try again at once after a failure. */
  retry(): void {
    this.#recover();
    this.#wakeUp.set();
    this.#resume.set();
  }

  stop(): void {
    this.#stopping.abort();
    this.#wakeUp.set();
    this.#resume.set();
  }

  /** Releases the lease, so that the batch under way cannot be written and another process may take over. */
  abandon(): void {
    void this.#lease.release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const yielder = new EventLoopYielder();
    let unwatch: (() => void) | undefined;
    while (!signal.aborted) {
      await yielder.step();
      this.#wakeUp.reset();
      this.#resume.reset();
      let hasMore = false;
      const nextBatchAt = performance.now() + this.#settings.batchIntervalMs;
      try {
        unwatch ??= this.#parts.recorder.watch(() => this.#wakeUp.set());
        hasMore = await this.#step();
        this.#recover();
      } catch (error) {
        hasMore = await this.#handle(error);
      }
      if (signal.aborted) break;
      if (this.#failure !== undefined) await this.#resume.wait(this.#retryDelayMs());
      else if (!hasMore) await this.#wakeUp.wait(this.#settings.pollIntervalMs);
      else if (performance.now() < nextBatchAt) await this.#resume.wait(nextBatchAt - performance.now());
    }
    unwatch?.();
    await this.#lease.release();
    this.#recover();
  }

  #retryDelayMs(): number {
    if (this.#failure?.state === "failed") return FAILED_RETRY_DELAY_MS;
    return Math.min(this.#settings.retryDelayMs * 2 ** this.#failures, MAX_RETRY_DELAY_MS);
  }

  #recover(): void {
    this.#failures = 0;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#parts.onFailureChange();
  }

  /** Resolves to whether to continue at once. */
  async #handle(error: unknown): Promise<boolean> {
    if (error instanceof LeaseLostError) this.#lease.lose();
    else if (error instanceof RecorderClosedError) this.#stopping.abort();
    // Another process or an operator was faster; the next step reads what they wrote.
    else if (error instanceof TrackingConflictError || error instanceof GenerationGoneError) return true;
    else await this.#fail(error);
    return false;
  }

  async #fail(error: unknown): Promise<void> {
    const state = isDatabaseFailure(error) ? "retrying" : "failed";
    if (this.#failure?.state !== state) this.#settings.onError(error, this.#projection.name);
    this.#failures += 1;
    this.#failure = { state, error };
    this.#parts.onFailureChange();
    // A database that was away may be another one when it returns.
    this.#logCheck.reset();
    this.#parts.batches.reset();
    // Another process, such as one with the right to create tables, may succeed where this one failed.
    if (state === "failed") await this.#lease.release();
  }

  /** Resolves to whether there may be more to do at once. */
  async #step(): Promise<boolean> {
    const { recorder, store } = this.#parts;
    if (!this.#lease.isHeld) {
      if (!(await this.#lease.acquire())) return false;
      // The previous holder may have been killed before it removed tables.
      this.#cleanup.request();
      this.#logCheck.reset();
    }
    const generations = await this.#ownGenerations();
    const lastId = await recorder.maxNotificationId();
    let hasMoved = false;
    for (const generation of await this.#matchingGenerations(generations, lastId)) {
      if (generation.stopped !== undefined) continue;
      if (generation.position < lastId) {
        await this.#processor.process(generation, lastId);
        hasMoved = true;
      } else if (!generation.active) {
        await store.activate(generation, this.#lease.lease);
        this.#cleanup.request();
        hasMoved = true;
      }
      if (this.#stopping.signal.aborted) break;
    }
    await this.#cleanup.run();
    return hasMoved;
  }

  /** Resolves to the generations of this version of the projection. Creates one if there is none. */
  async #ownGenerations(): Promise<readonly Generation[]> {
    const { name, version } = this.#projection;
    const all = await this.#parts.store.generations(name);
    const own = all.filter((generation) => generation.version === version);
    if (own.length > 0) return own;
    // A newer program has taken over, and an older one must not replace its view.
    if (all.some((generation) => generation.active && generation.version > version)) return [];
    return [await this.#create()];
  }

  #create(): Promise<Generation> {
    const view = this.#projection;
    if (view.create === undefined) return this.#parts.store.create(view);
    return this.#parts.store.create({
      name: view.name,
      version: view.version,
      tables: view.tables,
      create: (table) => {
        try {
          return view.create?.(table) ?? [];
        } catch (error) {
          throw new ChangeRefusedError(view.name, error);
        }
      },
    });
  }

  /**
   * Leaves out generations that were built from another event log. Discards those that are being built, and creates
   * one to replace an active one.
   */
  async #matchingGenerations(
    generations: readonly Generation[],
    lastId: number,
  ): Promise<readonly Generation[]> {
    const matching: Generation[] = [];
    let isPending = false;
    for (const generation of generations) {
      const match = await this.#checkLog(generation, lastId);
      if (match === "match") matching.push(generation);
      else if (match === "pending") isPending = true;
      else if (!generation.active) {
        await this.#parts.store.discard(generation, this.#lease.lease);
        this.#cleanup.request();
      }
    }
    const isComplete = matching.length === generations.length || matching.some(({ active }) => !active);
    return isPending || isComplete ? matching : [...matching, await this.#create()];
  }

  async #checkLog(generation: Generation, lastId: number) {
    const { match, isNew } = await this.#logCheck.check(generation, lastId);
    if (match === "mismatch" && isNew) {
      this.#parts.batches.reset();
      const { view, position } = generation;
      this.#settings.onError(new EventLogMismatchError(view, position), view);
      // Limits how often a database that answers differently each time causes a rebuild.
      const { signal } = this.#stopping;
      await pause(this.#settings.retryDelayMs, undefined, { signal }).catch(() => {});
    }
    return match;
  }
}
