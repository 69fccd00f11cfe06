import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { AutoResetEvent } from "../auto-reset-event.ts";
import {
  OutcomeUnknownError,
  ProgrammingError,
  RecorderClosedError,
  RecorderError,
  TrackingConflictError,
} from "../errors.ts";
import type { DomainEvent } from "../events/event-type.ts";
import type { ApplicationRecorder } from "../recorder/recorder.ts";
import { EventLoopYielder } from "../yielding.ts";
import { type BatchEvent, decoded, type EventBatch, type EventBatches } from "./event-batches.ts";
import type { AnyProjection, EventPosition } from "./projection.ts";
import {
  EventLogMismatchError,
  type Generation,
  GenerationGoneError,
  type Lease,
  LeaseLostError,
  tableNames,
  type ViewStore,
} from "./view-store.ts";

export interface FollowerSettings {
  readonly leaseTtlMs: number;
  /** How often the lease, and what operators did, are looked at when nothing is recorded. */
  readonly tickMs: number;
  /** How often an event is tried before it is found poisonous, and how long to wait in between. */
  readonly attempts: number;
  readonly retryPauseMs: number;
  /** Told of what goes wrong: once when a projection stops, once when a database begins to fail, and of a view that
   * is of other events. */
  readonly onFailure: (error: unknown, projection: string) => void;
}

export interface FollowerParts<Change> {
  readonly recorder: Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">;
  readonly batches: EventBatches;
  readonly store: ViewStore<Change>;
}

/** A stretch in which something failed, and in what size its batches are tried now. */
interface Suspicion {
  readonly until: number;
  readonly size: number;
  /** How often the one notification after `position` failed alone. */
  readonly attempts: number;
  readonly position: number;
}

/** When what replaced generations left is to be removed, by `performance.now()`, and how long to wait if it cannot. */
interface Removal {
  readonly at: number;
  readonly pauseMs: number;
}

/** For so many ticks a view may be ahead of the events: a standby that they are read from catches up meanwhile. */
const MOST_TICKS_AHEAD = 10;
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_REMOVAL_PAUSE_MS = 60_000;

/** The lease of a projection: programs of different versions keep different generations, and each has its own. */
export function leaseName({ name, version }: Pick<AnyProjection<unknown>, "name" | "version">): string {
  return `${name}@${version}`;
}

/**
 * Keeps the view of one projection, as long as it has the lease: the active generation, and the next one beside it
 * while there is one. What it knows of them it reads from the store each time, so that it may be killed, overtaken or
 * told something by another process at any moment.
 */
export class ProjectionFollower<Change> {
  readonly #projection: AnyProjection<Change>;
  readonly #parts: FollowerParts<Change>;
  readonly #settings: FollowerSettings;
  readonly #topics: ReadonlySet<string>;
  readonly #lease: Lease;
  readonly #wakeUp = new AutoResetEvent();
  readonly #suspicions = new Map<number, Suspicion>();
  /** Of generations, by number: whether they are made of the events that the recorder has. */
  readonly #ours = new Map<number, boolean>();
  /** Of generations that are ahead of the events, by number: for how many ticks, and when they were counted. */
  readonly #ahead = new Map<number, { readonly ticks: number; readonly at: number }>();
  #removal: Removal | undefined;
  #isRemovalTold = false;
  #holds = false;
  #stopping = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(projection: AnyProjection<Change>, parts: FollowerParts<Change>, settings: FollowerSettings) {
    this.#projection = projection;
    this.#parts = parts;
    this.#settings = settings;
    this.#topics = new Set(projection.handles.flatMap(({ topics }) => topics));
    this.#lease = { name: leaseName(projection), holder: randomUUID() };
  }

  get projection(): AnyProjection<Change> {
    return this.#projection;
  }

  /** Whether this follower is the one that keeps the view. */
  get holdsLease(): boolean {
    return this.#holds;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Has it look at the store at once. */
  wake(): void {
    this.#wakeUp.set();
  }

  /** Resolves when it has ended the batch under way and has given the lease back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wakeUp.set();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { recorder, store } = this.#parts;
    const unwatch = recorder.watch(() => this.#wakeUp.set());
    // Apart from the work, so that a batch that takes long does not lose the lease.
    const renewal = setInterval(() => void this.#renew(), this.#settings.leaseTtlMs / 3).unref();
    const yielder = new EventLoopYielder();
    while (!this.#stopping) {
      await yielder.step();
      this.#wakeUp.reset();
      const moved = await this.#guarded();
      if (!moved && !this.#stopping) await this.#wakeUp.wait(this.#pauseMs(), { idle: true });
    }
    clearInterval(renewal);
    unwatch();
    if (this.#holds) await store.releaseLease(this.#lease).catch(() => {});
    this.#holds = false;
  }

  #pauseMs(): number {
    const { tickMs, retryPauseMs } = this.#settings;
    if (this.#failures === 0) return tickMs;
    return Math.min(retryPauseMs * 2 ** this.#failures, LONGEST_PAUSE_MS);
  }

  async #renew(): Promise<void> {
    if (!this.#holds || this.#stopping) return;
    // A database that fails is noticed by the work itself.
    this.#holds = await this.#parts.store
      .acquireLease(this.#lease, this.#settings.leaseTtlMs)
      .catch(() => true);
  }

  /** Resolves to whether there may be more to do at once. */
  async #guarded(): Promise<boolean> {
    try {
      const moved = await this.#turn();
      this.#failures = 0;
      return moved;
    } catch (error) {
      if (error instanceof LeaseLostError) this.#holds = false;
      else if (error instanceof RecorderClosedError) this.#stopping = true;
      // Somebody else was here; what is true now is read in the next turn.
      else if (error instanceof TrackingConflictError || error instanceof GenerationGoneError) return true;
      else {
        if (this.#failures === 0) this.#settings.onFailure(error, this.#projection.name);
        this.#failures += 1;
        // A database that was away may be another one now.
        this.#forgetWhoseTheyAre();
        this.#parts.batches.forget();
        this.#wakeUp.reset();
      }
      return false;
    }
  }

  async #turn(): Promise<boolean> {
    const { recorder, store } = this.#parts;
    if (!this.#holds) await this.#acquireLease();
    if (!this.#holds) return false;
    const generations = await this.#generations();
    const last = await recorder.maxNotificationId();
    let moved = false;
    for (const generation of await this.#madeOfOurs(generations, last)) {
      if (generation.stopped !== undefined) continue;
      if (generation.position < last) {
        await this.#advance(generation, last);
        moved = true;
      } else if (!generation.active) {
        await store.activate(generation, this.#lease);
        this.#removeSoon();
        moved = true;
      }
      if (this.#stopping) break;
    }
    await this.#removeReplacedTables();
    return moved;
  }

  async #acquireLease(): Promise<void> {
    this.#holds = await this.#parts.store.acquireLease(this.#lease, this.#settings.leaseTtlMs);
    // Whoever had it may have been killed before it was done.
    this.#removeSoon();
    this.#forgetWhoseTheyAre();
  }

  #forgetWhoseTheyAre(): void {
    this.#ours.clear();
    this.#ahead.clear();
  }

  /** Those that this version of the projection keeps; a first one, or one for a raised version, is begun. */
  async #generations(): Promise<readonly Generation[]> {
    const { name, version } = this.#projection;
    const all = await this.#parts.store.generations(name);
    const own = all.filter((generation) => generation.version === version);
    if (own.length > 0) return own;
    // A newer program has taken over: its view is not to be replaced by an older one.
    if (all.some((generation) => generation.active && generation.version > version)) return [];
    return [await this.#parts.store.create(this.#projection)];
  }

  /**
   * Leaves out the generations that are of other events, as after an older copy of the events was put back. What they
   * say must not stay: a next one is begun where none is left.
   */
  async #madeOfOurs(generations: readonly Generation[], last: number): Promise<readonly Generation[]> {
    const ours: Generation[] = [];
    let isWaiting = false;
    for (const generation of generations) {
      const isOurs = await this.#isOurs(generation, last);
      if (isOurs) ours.push(generation);
      else if (isOurs === undefined) isWaiting = true;
      else if (!generation.active) {
        await this.#parts.store.discard(generation, this.#lease);
        this.#removeSoon();
      }
    }
    if (isWaiting || ours.length === generations.length || ours.some(({ active }) => !active)) return ours;
    return [...ours, await this.#parts.store.create(this.#projection)];
  }

  /** Resolves to undefined while the recorder may only be behind. */
  async #isOurs(generation: Generation, last: number): Promise<boolean | undefined> {
    const { view, number, position, eventId } = generation;
    const known = this.#ours.get(number);
    if (known === false || (known === true && position <= last)) return known;
    const found = position === 0 || position > last ? undefined : await this.#eventIdAt(position);
    const isAhead = position > 0 && found === undefined;
    if (!isAhead) this.#ahead.delete(number);
    else if (!this.#isAheadForLong(number)) return undefined;
    // Without the event's id it was written before ids were stored.
    const isOurs = !isAhead && (eventId === undefined || eventId === found);
    this.#ours.set(number, isOurs);
    if (!isOurs) {
      this.#parts.batches.forget();
      this.#settings.onFailure(new EventLogMismatchError(view, position), view);
      // So that a database which answers differently each time has it begin anew no more often than this.
      await pause(this.#settings.retryPauseMs);
    }
    return isOurs;
  }

  /** Counts ticks and no turns, of which there are as many as calls, nor time, in which nobody may have looked. */
  #isAheadForLong(number: number): boolean {
    const now = performance.now();
    const before = this.#ahead.get(number);
    if (before && now - before.at < this.#settings.tickMs) return false;
    const ticks = before ? before.ticks + 1 : 0;
    this.#ahead.set(number, { ticks, at: now });
    return ticks >= MOST_TICKS_AHEAD;
  }

  async #eventIdAt(notificationId: number): Promise<string | undefined> {
    const range = { start: notificationId, stop: notificationId, limit: 1 };
    const [notification] = await this.#parts.recorder.selectNotifications(range);
    return notification?.eventId;
  }

  #removeSoon(): void {
    this.#removal = { at: 0, pauseMs: this.#settings.tickMs };
  }

  async #removeReplacedTables(): Promise<void> {
    if (this.#removal === undefined || performance.now() < this.#removal.at) return;
    const { pauseMs } = this.#removal;
    this.#removal = {
      at: performance.now() + pauseMs,
      pauseMs: Math.min(2 * pauseMs, LONGEST_REMOVAL_PAUSE_MS),
    };
    try {
      if (!(await this.#parts.store.removeReplacedTables(this.#projection.name))) return;
      this.#removal = undefined;
      this.#isRemovalTold = false;
    } catch (error) {
      if (error instanceof RecorderClosedError) throw error;
      // A table that cannot be dropped, as another's view depends on it, is in the way of nothing else.
      if (!this.#isRemovalTold) this.#settings.onFailure(error, this.#projection.name);
      this.#isRemovalTold = true;
    }
  }

  async #advance(generation: Generation, last: number): Promise<void> {
    const { position: from, number } = generation;
    const suspicion = this.#suspicionAt(number, from);
    const size = suspicion?.size ?? this.#parts.batches.size;
    // Whole multiples, so that projections that go the same way meet in the same batches.
    const wanted = Math.min(last, suspicion === undefined ? from - (from % size) + size : from + size);
    const batch = await this.#parts.batches.read(from, wanted);
    const handled = batch.events.filter(
      ({ id, topic }) => this.#topics.has(topic) && !generation.skipped.includes(id),
    );
    let { to } = batch;
    try {
      const events = await this.#taken(handled);
      // What is left of the batch is a next one.
      if (events.length < handled.length) to = events.at(-1)?.notificationId ?? to;
      const table = tableNames(generation.view, number);
      const changes = events.length === 0 ? [] : await this.#projection.project(events, table);
      const eventId = await this.#lastEventId(batch, to);
      const processed = events.length;
      await this.#parts.store.write({
        generation,
        from,
        to,
        eventId,
        changes,
        processed,
        lease: this.#lease,
      });
    } catch (error) {
      if (isNoFaultOfEvents(error)) throw error;
      await this.#suspect(generation, { from, to, error });
    }
  }

  /** Those of the events that make one batch. */
  async #taken(handled: readonly BatchEvent[]): Promise<readonly (DomainEvent & EventPosition)[]> {
    const events = await decoded(handled);
    if (events.length === 0 || this.#projection.batchLimit === undefined) return events;
    const count = await this.#projection.batchLimit(events);
    // The batch would end with none of its events, and pass over all.
    if (Number.isNaN(count))
      throw new ProgrammingError(`The projection "${this.#projection.name}" takes NaN of its events.`);
    return events.slice(0, Math.max(1, count));
  }

  async #lastEventId(batch: EventBatch, to: number): Promise<string> {
    const last = batch.events.find(({ id }) => id === to);
    const eventId = last?.eventId ?? (await this.#eventIdAt(to));
    if (eventId !== undefined) return eventId;
    throw new RecorderError(`Notification ${to} cannot be read`, new Error("it is not there any more"));
  }

  #suspicionAt(number: number, position: number): Suspicion | undefined {
    const suspicion = this.#suspicions.get(number);
    if (suspicion === undefined || position < suspicion.until) return suspicion;
    this.#suspicions.delete(number);
    return undefined;
  }

  /** Halves the batch that failed until one notification is left, and stops at that when it goes on failing. */
  async #suspect(
    generation: Generation,
    failed: { readonly from: number; readonly to: number; readonly error: unknown },
  ): Promise<void> {
    const { from, to, error } = failed;
    const { number } = generation;
    const before = this.#suspicionAt(number, from);
    const until = before?.until ?? to;
    const earlier = before?.position === from ? before.attempts : 0;
    const attempts = to - from === 1 ? earlier + 1 : 0;
    if (attempts < this.#settings.attempts) {
      const size = Math.max(1, Math.floor((to - from) / 2));
      this.#suspicions.set(number, { until, size, attempts, position: from });
      if (attempts > 0) await pause(this.#settings.retryPauseMs * attempts);
      return;
    }
    // It is tried alone again, and once, when an operator says so.
    this.#suspicions.set(number, { until, size: 1, attempts: attempts - 1, position: from });
    const { events } = await this.#parts.batches.read(from, to);
    const stopped = { notificationId: to, topic: events[0]?.topic ?? "", error: messageOf(error) };
    await this.#parts.store.stop(generation, stopped, this.#lease);
    this.#settings.onFailure(error, this.#projection.name);
  }
}

/** Whether the store, the recorder or another runner was in the way, and not what the events are. */
function isNoFaultOfEvents(error: unknown): boolean {
  return (
    error instanceof RecorderError ||
    error instanceof RecorderClosedError ||
    error instanceof OutcomeUnknownError ||
    error instanceof TrackingConflictError ||
    error instanceof LeaseLostError ||
    error instanceof GenerationGoneError
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
