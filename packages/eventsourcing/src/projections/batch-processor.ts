import { setTimeout as pause } from "node:timers/promises";
import { messageOf, ProgrammingError, RecorderError, TrackingConflictError } from "../errors.ts";
import { copyOfEvent } from "../events/event.ts";
import type { DomainEvent } from "../events/event-type.ts";
import { type BatchEvent, decoded, type EventBatch, type EventBatches } from "./event-batches.ts";
import { FailureBisection } from "./failure-bisection.ts";
import { isDatabaseFailure } from "./failures.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { type AnyProjection, type EventPosition, topicsOf } from "./projection.ts";
import { tableNames } from "./view-checks.ts";
import { GenerationGoneError, LeaseLostError } from "./view-errors.ts";
import type { Generation, ViewStore } from "./view-store.ts";

interface BatchProcessorOptions<Change> {
  readonly batches: EventBatches;
  readonly store: Pick<ViewStore<Change>, "write" | "stop">;
  readonly leaseKeeper: Pick<LeaseKeeper, "lease">;
  readonly eventIdAt: (notificationId: number) => Promise<string | undefined>;
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Writes the next batch of notifications to a generation of a view, or stops the generation at the event that fails. */
export class BatchProcessor<Change> {
  readonly #projection: AnyProjection<Change>;
  readonly #options: BatchProcessorOptions<Change>;
  readonly #topics: ReadonlySet<string>;
  readonly #bisections = new Map<number, FailureBisection>();

  constructor(projection: AnyProjection<Change>, options: BatchProcessorOptions<Change>) {
    this.#projection = projection;
    this.#options = options;
    this.#topics = new Set(topicsOf(projection.handles));
  }

  /**
   * Processes the notifications after the generation's position, up to `lastId` or fewer. After a failure of the
   * events the next call processes a smaller batch.
   * @throws the errors of databases, leases and conflicts: the batch is then as it was
   */
  async process(generation: Generation, lastId: number): Promise<void> {
    const { position: from, number, view, skipped } = generation;
    const { batches, store, leaseKeeper } = this.#options;
    const size = this.#bisectionOf(number).batchSizeAt(from);
    // Batches end at whole multiples of the size, so that projections at about the same position read the same ones.
    const wanted = size === undefined ? from - (from % batches.size) + batches.size : from + size;
    const batch = await batches.read(from, Math.min(lastId, wanted));
    const handled = batch.events.filter(({ id, topic }) => this.#topics.has(topic) && !skipped.includes(id));
    let { to } = batch;
    try {
      const events = await this.#limited(handled);
      if (events.length < handled.length) to = events.at(-1)?.notificationId ?? to;
      const changes =
        events.length === 0
          ? []
          : await this.#projection.project(events.map(copyOfEvent), tableNames(view, number));
      if (!Array.isArray(changes)) throw new ProgrammingError(this.#notAnArray(changes));
      const eventId = await this.#eventIdAt(batch, to);
      const { lease } = leaseKeeper;
      await store.write({ generation, from, to, eventId, changes, processed: events.length, lease });
    } catch (error) {
      if (isOutsideEvents(error)) throw error;
      await this.#recordFailure(generation, { from, to, error });
    }
  }

  /** Resolves to the first events of a batch, as many as fit in memory and the projection's `batchLimit` allows. */
  async #limited(handled: readonly BatchEvent[]): Promise<readonly (DomainEvent & EventPosition)[]> {
    const events = await decoded(handled, this.#options.batches.maxWeight);
    if (events.length === 0 || this.#projection.batchLimit === undefined) return events;
    const limit = await this.#projection.batchLimit(events);
    // `slice` would take NaN for 0, and the batch would pass over its events.
    if (typeof limit !== "number" || Number.isNaN(limit))
      throw new ProgrammingError(
        `batchLimit of projection "${this.#projection.name}" returned ${limit}; it must return a number from 1.`,
      );
    return events.slice(0, Math.max(1, limit));
  }

  #notAnArray(changes: unknown): string {
    return `project of projection "${this.#projection.name}" returned ${typeof changes}; it must return an array of changes.`;
  }

  async #eventIdAt(batch: EventBatch, notificationId: number): Promise<string> {
    const event = batch.events.find(({ id }) => id === notificationId);
    const eventId = event?.eventId ?? (await this.#options.eventIdAt(notificationId));
    if (eventId !== undefined) return eventId;
    throw new RecorderError(
      `Notification ${notificationId} cannot be read`,
      new Error("it no longer exists, although it was read before"),
    );
  }

  #bisectionOf(number: number): FailureBisection {
    const bisection = this.#bisections.get(number) ?? new FailureBisection(this.#options.maxAttempts);
    this.#bisections.set(number, bisection);
    return bisection;
  }

  async #recordFailure(
    generation: Generation,
    failed: { readonly from: number; readonly to: number; readonly error: unknown },
  ): Promise<void> {
    const { from, to, error } = failed;
    const { batches, store, leaseKeeper, maxAttempts, retryDelayMs, onError, signal } = this.#options;
    const failures = this.#bisectionOf(generation.number).recordFailure(from, to);
    if (failures < maxAttempts) {
      if (failures > 0) await pause(retryDelayMs * failures, undefined, { signal }).catch(() => {});
      return;
    }
    const { events } = await batches.read(from, to);
    const stopped = { notificationId: to, topic: events[0]?.topic ?? "", error: messageOf(error) };
    await store.stop(generation, stopped, leaseKeeper.lease);
    onError(error);
  }
}

/** Whether a database or another runner caused the error, rather than the events. */
function isOutsideEvents(error: unknown): boolean {
  return (
    isDatabaseFailure(error) ||
    error instanceof TrackingConflictError ||
    error instanceof LeaseLostError ||
    error instanceof GenerationGoneError
  );
}
