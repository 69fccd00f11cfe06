import { type Aggregate, type ClassDefinition, revive } from "../aggregates/aggregate.ts";
import type { AggregateDefinition, AggregateState, RecordedAt } from "../aggregates/aggregate-state.ts";
import { giveOut } from "../aggregates/plain-aggregate.ts";
import { AggregateNotFoundError, InvalidArgumentError, ProgrammingError } from "../errors.ts";
import type { DomainEvent } from "../events/event-type.ts";
import { requireFromOne } from "../recorder/arguments.ts";
import { AggregateCache } from "./aggregate-cache.ts";
import { type AggregateType, definitionOfType, type EventsOf, type Loaded } from "./aggregate-type.ts";
import type { EventStore, Recording } from "./event-store.ts";
import type { SnapshotContent, Snapshots } from "./snapshots.ts";

/** So many events are read at a time, so that a long history does not fill the memory. */
const BATCH_SIZE = 1_000;

/** Which version of an aggregate is loaded; the current one by default. */
export interface GetOptions {
  /** The version, from 1. */
  readonly version?: number | undefined;
  /** The version that was the current one at this time, by the time of recording. Not together with `version`. */
  readonly at?: Date | undefined;
}

/** Which versions `history` returns. */
export interface HistoryOptions {
  /** The first version, from 1 (1). */
  readonly from?: number | undefined;
  /** The last version (the current one). */
  readonly to?: number | undefined;
}

/** A version of an aggregate, and the event that made it. */
export interface AggregateVersion<Type extends AggregateType> extends Recording<EventsOf<Type>> {
  readonly aggregate: Loaded<Type>;
}

/** What a repository works with. */
export interface RepositoryOptions {
  /** The aggregates that may be loaded. */
  readonly definitions: readonly AggregateDefinition[];
  /** The number of aggregates kept in memory, as far as about 64 MB hold them; 0 keeps none. */
  readonly cacheSize: number;
  /** Called with an error when a snapshot could not be read. It must not throw. */
  readonly onSnapshotFailure: (error: unknown) => void;
}

/**
 * Loads aggregates. Each load reads later events than the cached ones from the recorder, so the result includes all
 * events that any process recorded before the call. Callers share no returned state.
 */
export class Repository<Type extends AggregateType = AggregateType> {
  readonly #events: EventStore;
  readonly #snapshots: Snapshots;
  readonly #options: RepositoryOptions;
  readonly #cache: AggregateCache;

  constructor(events: EventStore, snapshots: Snapshots, options: RepositoryOptions) {
    this.#events = events;
    this.#snapshots = snapshots;
    this.#options = options;
    this.#cache = new AggregateCache(options.cacheSize);
  }

  /**
   * Resolves to an aggregate: an instance of a class, or the state of a plain aggregate.
   * @throws AggregateNotFoundError if it, or that version of it, is not recorded; InvalidArgumentError if the type is
   *   not one of the application's, or the version or time is invalid
   */
  async get<T extends Type>(type: T, id: string, options: GetOptions = {}): Promise<Loaded<T>> {
    const found = await this.find(type, id, options);
    if (found !== undefined) return found;
    throw new AggregateNotFoundError(definitionOfType(type, "get(Account, id)").aggregateName, id, options);
  }

  /**
   * Resolves to what `get` does, or to undefined if the aggregate, or that version of it, is not recorded.
   * @throws InvalidArgumentError
   */
  async find<T extends Type>(type: T, id: string, options: GetOptions = {}): Promise<Loaded<T> | undefined> {
    const definition = this.#definitionOf(type);
    requireId(id);
    requireGetOptions(options);
    const version =
      options.at === undefined ? options.version : await this.#events.versionAtTime(id, options.at);
    const state = version === 0 ? undefined : await this.#load(definition, id, version);
    return state && load<T>(definition, state);
  }

  /**
   * Iterates over the versions of an aggregate, oldest first, each with the event that made it. None if it is not
   * recorded. Events are read as the iteration proceeds.
   * @throws InvalidArgumentError
   */
  async *history<T extends Type>(
    type: T,
    id: string,
    { from = 1, to }: HistoryOptions = {},
  ): AsyncGenerator<AggregateVersion<T>, void, undefined> {
    const definition = this.#definitionOf(type);
    requireId(id);
    requireFromOne("from", from);
    if (to !== undefined) requireFromOne("to", to);
    let state = from === 1 ? undefined : await this.#load(definition, id, from - 1);
    if (from > 1 && state === undefined) return;
    for (;;) {
      const recordings = await this.#events.recordings(id, {
        gt: state?.version ?? 0,
        ...(to === undefined ? {} : { lte: to }),
        limit: BATCH_SIZE,
      });
      if (state === undefined && !isOf(definition, recordings[0]?.domainEvent)) return;
      for (const recording of recordings) {
        state = replay(definition, state, [recording]);
        yield { ...(recording as Recording<EventsOf<T>>), aggregate: load<T>(definition, state) };
      }
      if (recordings.length < BATCH_SIZE) return;
    }
  }

  /** Puts a state that was saved into the cache. Nobody may change it any more. */
  remember(definition: AggregateDefinition, state: AggregateState): void {
    this.#cache.set(definition, state);
  }

  /** Returns the cached version of an aggregate, which other processes may have changed; undefined if there is none. */
  findCached<T extends Type>(type: T, id: string): Loaded<T> | undefined {
    const definition = this.#definitionOf(type);
    const state = this.#cache.get(definition, id);
    return state && load<T>(definition, state);
  }

  #definitionOf(type: AggregateType): AggregateDefinition {
    const definition = definitionOfType(type, "get(Account, id)");
    if (this.#options.definitions.includes(definition)) return definition;
    throw new ProgrammingError(
      `${definition.aggregateName} is not an aggregate of the application. Add it to the \`aggregates\` of its declaration.`,
    );
  }

  async #load(
    definition: AggregateDefinition,
    id: string,
    version: number | undefined,
  ): Promise<AggregateState | undefined> {
    const cached = this.#cache.get(definition, id);
    if (cached !== undefined && cached.version === version) return cached;
    const isUsable = cached !== undefined && (version === undefined || cached.version <= version);
    const known = isUsable ? cached : await this.#latestSnapshot(definition, id, version);
    const state = await this.#bringUpTo(definition, id, known, version);
    if (state === undefined || (version !== undefined && state.version < version)) return undefined;
    if (version === undefined) {
      this.remember(definition, state);
      const replayed = state.version - (known?.version ?? 0);
      if (this.#snapshots.isDueAfterReplay(definition, replayed)) this.#snapshots.schedule(definition, state);
    }
    return state;
  }

  /** Resolves to `known` after the later events, up to `version`; undefined if `id` is no such aggregate. */
  async #bringUpTo(
    definition: AggregateDefinition,
    id: string,
    known: AggregateState | undefined,
    version: number | undefined,
  ): Promise<AggregateState | undefined> {
    let state = known;
    for (;;) {
      const recordings = await this.#events.recordings(id, {
        gt: state?.version ?? 0,
        ...(version === undefined ? {} : { lte: version }),
        limit: BATCH_SIZE,
      });
      // `id` may be that of a log or of another aggregate.
      if (state === undefined && !isOf(definition, recordings[0]?.domainEvent)) return undefined;
      if (recordings.length > 0) state = replay(definition, state, recordings);
      if (recordings.length < BATCH_SIZE) return state;
    }
  }

  /** Resolves to the newest snapshot at or before `version`; undefined if there is none that can be read. */
  async #latestSnapshot(
    definition: AggregateDefinition,
    id: string,
    version: number | undefined,
  ): Promise<AggregateState | undefined> {
    let snapshot: SnapshotContent | undefined;
    try {
      snapshot = await this.#snapshots.latest(definition, id, version);
    } catch (error) {
      this.#options.onSnapshotFailure(error);
    }
    return snapshot && this.#stateOf(snapshot);
  }

  async #stateOf({
    id,
    version,
    state,
    recordedAt,
    timestamps,
  }: SnapshotContent): Promise<AggregateState | undefined> {
    const times = timestamps ?? (await this.#timestampsOf(id, version));
    return times && { id, version, createdAt: times.first, modifiedAt: times.last, state, recordedAt };
  }

  /** Resolves to the timestamps that older snapshots do not hold. */
  async #timestampsOf(id: string, version: number): Promise<RecordedAt | undefined> {
    const [[first], [last]] = await Promise.all([
      this.#events.get(id, { lte: 1 }),
      this.#events.get(id, { gt: version - 1, lte: version }),
    ]);
    return first && last && { first: first.timestamp, last: last.timestamp };
  }
}

/** Returns a copy of `state` for a caller; `state` itself stays in the cache. */
function load<T extends AggregateType>(definition: AggregateDefinition, state: AggregateState): Loaded<T> {
  const loaded: Aggregate | AggregateState =
    "type" in definition ? revive(definition as ClassDefinition, state) : giveOut(state);
  return loaded as Loaded<T>;
}

function replay(
  definition: AggregateDefinition,
  state: AggregateState | undefined,
  recordings: readonly Recording[],
): AggregateState {
  const next = definition.replay(
    state,
    recordings.map(({ domainEvent }) => domainEvent),
  );
  const first = state?.recordedAt?.first ?? (recordings[0] as Recording).notification.recordedAt;
  return { ...next, recordedAt: { first, last: (recordings.at(-1) as Recording).notification.recordedAt } };
}

function isOf({ eventTypes }: AggregateDefinition, event: DomainEvent | undefined): boolean {
  return event !== undefined && eventTypes.some(({ topic }) => topic === event.type);
}

function requireId(id: unknown): void {
  if (typeof id !== "string") throw new InvalidArgumentError("id", id, "the UUID of an aggregate");
}

function requireGetOptions({ version, at }: GetOptions): void {
  if (version !== undefined && !Number.isSafeInteger(version))
    throw new InvalidArgumentError("version", version, "a whole number from 1");
  if (at === undefined) return;
  if (version !== undefined) throw new InvalidArgumentError("at", at, "left out where `version` is given");
  if (!(at instanceof Date) || Number.isNaN(at.getTime()))
    throw new InvalidArgumentError("at", at, "a valid Date");
}
