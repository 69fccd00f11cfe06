import { setTimeout as pause } from "node:timers/promises";
import type { ApplicationRecorder } from "../recorder/recorder.ts";
import type { AnyProjection } from "./projection.ts";
import type { Generation, ViewStore } from "./view-store.ts";
import { ViewBehindError } from "./view-waiter.ts";

/** The progress of a rebuild. */
export interface RebuildProgress {
  /** The last notification id that is processed, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Notifications per second since `rebuild` was called. */
  readonly ratePerSecond: number;
}

interface RebuildOptions<Change> {
  readonly store: Pick<ViewStore<Change>, "create" | "generations">;
  readonly recorder: Pick<ApplicationRecorder, "maxNotificationId">;
  /** Returns why the view cannot be written, or undefined. */
  readonly failure: () => unknown;
  readonly onProgress: ((progress: RebuildProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A new generation, and the last notification id when it was created or joined. */
interface Target {
  readonly generation: Generation;
  readonly total: number;
}

/** Checks of the progress follow each other at intervals that double up to the maximum. */
const FIRST_INTERVAL_MS = 10;
const MAX_INTERVAL_MS = 200;

/** Creates the next generation of a view, and waits until it has replaced the active one. */
export class Rebuild<Change> {
  readonly #projection: AnyProjection<Change>;
  readonly #options: RebuildOptions<Change>;
  readonly #startedAt = performance.now();

  constructor(projection: AnyProjection<Change>, options: RebuildOptions<Change>) {
    this.#projection = projection;
    this.#options = options;
  }

  /** Joins a rebuild that is under way. */
  async begin(): Promise<Target> {
    const generation = await this.#options.store.create(this.#projection);
    return { generation, total: await this.#options.recorder.maxNotificationId() };
  }

  /** @throws ViewBehindError, the reason of the signal: see `ProjectionRunner.rebuild` */
  async waitFor(target: Target): Promise<void> {
    const { store, signal } = this.#options;
    let { generation: awaited, total } = target;
    let position = 0;
    for (let intervalMs = FIRST_INTERVAL_MS; ; intervalMs = Math.min(2 * intervalMs, MAX_INTERVAL_MS)) {
      signal?.throwIfAborted();
      const generations = await store.generations(awaited.view);
      const generation = generations.find(({ number }) => number === awaited.number);
      if (generation === undefined) {
        if (generations.some(({ active, number }) => active && number > awaited.number)) break;
        // The generation was discarded, because it was built from another event log.
        ({ generation: awaited, total } = await this.begin());
        position = 0;
        continue;
      }
      if (generation.active && generation.position >= total) break;
      this.#check(generation, total);
      position = generation.position;
      this.#report(awaited, position, Math.max(total, position));
      await pause(intervalMs, undefined, { signal }).catch(() => {});
    }
    // The last report may have included later events.
    const done = Math.max(total, position);
    this.#report(awaited, done, done);
  }

  #check(generation: Generation, total: number): void {
    const failure = this.#options.failure();
    if (generation.stopped !== undefined || failure !== undefined)
      throw new ViewBehindError(generation.view, total, generation, failure);
  }

  #report({ position }: Generation, done: number, total: number): void {
    const seconds = Math.max((performance.now() - this.#startedAt) / 1_000, 0.001);
    const ratePerSecond = Math.max(0, done - position) / seconds;
    this.#options.onProgress?.({ done, total, ratePerSecond });
  }
}
