import {
  type Aggregate,
  type AggregateConstructor,
  type AggregateDefinition,
  type AggregateState,
  definitionOf,
  revive,
} from "../aggregates/aggregate.ts";
import { clone } from "../clone.ts";
import { AggregateNotFoundError, InvalidArgumentError } from "../errors.ts";
import type { DomainEvent, ReplayedEvent } from "../events/event.ts";
import { AggregateCache } from "./aggregate-cache.ts";
import type { EventStore } from "./event-store.ts";
import type { Snapshots } from "./snapshots.ts";

// So that neither a long history nor the id of a long log holds everyone up.
const EVENTS_AT_A_TIME = 1_000;

/** What a repository keeps, and when it takes snapshots. */
export interface RepositoryOptions {
  /** How many aggregates are kept in memory, as far as about 64 MB hold them; 0 keeps none. */
  readonly cacheSize: number;
  /** Returns the number of events between snapshots of an aggregate, or undefined for none. */
  readonly snapshotInterval: (aggregateName: string) => number | undefined;
  /** Told when a snapshot could not be read or written; what was asked for succeeds without. */
  readonly onSnapshotFailure: (error: unknown) => void;
}

/**
 * Gives back aggregates. What it has in memory is plain data that nobody shares, and each `get` asks the recorder
 * for later events, so that it is never behind another process.
 */
export class Repository {
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
   * Resolves to the aggregate `id`, as it is or at a version: an instance of a class, or the state of a plain
   * aggregate.
   * @throws AggregateNotFoundError when it, or that version of it, is not recorded; InvalidArgumentError when that
   * is no version
   */
  get<A extends Aggregate>(type: AggregateConstructor<A>, id: string, options?: GetOptions): Promise<A>;
  get<State>(
    type: AggregateDefinition<State>,
    id: string,
    options?: GetOptions,
  ): Promise<AggregateState<State>>;
  async get(
    type: AggregateConstructor | AggregateDefinition,
    id: string,
    options: GetOptions = {},
  ): Promise<Aggregate | AggregateState> {
    const aggregate = await this.#find(type, id, options);
    if (aggregate !== undefined) return aggregate;
    const { aggregateName } = typeof type === "function" ? definitionOf(type) : type;
    throw new AggregateNotFoundError(aggregateName, id, options.version);
  }

  /**
   * Resolves to what `get` does, or to undefined when the aggregate, or that version of it, is not recorded.
   * @throws InvalidArgumentError when that is no version
   */
  find<A extends Aggregate>(
    type: AggregateConstructor<A>,
    id: string,
    options?: GetOptions,
  ): Promise<A | undefined>;
  find<State>(
    type: AggregateDefinition<State>,
    id: string,
    options?: GetOptions,
  ): Promise<AggregateState<State> | undefined>;
  find(
    type: AggregateConstructor | AggregateDefinition,
    id: string,
    options: GetOptions = {},
  ): Promise<Aggregate | AggregateState | undefined> {
    return this.#find(type, id, options);
  }

  async #find(
    type: AggregateConstructor | AggregateDefinition,
    id: string,
    { version }: GetOptions,
  ): Promise<Aggregate | AggregateState | undefined> {
    if (version !== undefined && !Number.isSafeInteger(version)) {
      throw new InvalidArgumentError("version", version, "a whole number");
    }
    const isClass = typeof type === "function";
    const aggregate = await this.#load(isClass ? definitionOf(type) : type, id, version);
    if (aggregate === undefined) return undefined;
    return isClass ? revive(type, aggregate) : clone(aggregate);
  }

  /** Takes note of what was just saved: a state that nobody else holds. */
  remember(definition: AggregateDefinition, aggregate: AggregateState): void {
    this.#cache.set(definition, aggregate);
  }

  async #load(
    definition: AggregateDefinition,
    id: string,
    version: number | undefined,
  ): Promise<AggregateState | undefined> {
    const known = await this.#known(definition, id, version);
    const aggregate = await this.#brought(definition, id, known, version);
    if (aggregate === undefined || (version !== undefined && aggregate.version < version)) return undefined;
    if (version === undefined) {
      this.remember(definition, aggregate);
      const interval = this.#options.snapshotInterval(definition.aggregateName);
      const replayed = aggregate.version - (known?.version ?? 0);
      if (interval !== undefined && replayed >= interval) await this.snapshot(definition, aggregate);
    }
    return aggregate;
  }

  /** Resolves to `known` with the later events, those after `version` apart; undefined where `id` is no such aggregate. */
  async #brought(
    definition: AggregateDefinition,
    id: string,
    known: AggregateState | undefined,
    version: number | undefined,
  ): Promise<AggregateState | undefined> {
    let aggregate = known;
    for (;;) {
      const recordings = await this.#events.recordings(id, {
        gt: aggregate?.version ?? 0,
        ...(version === undefined ? {} : { lte: version }),
        limit: EVENTS_AT_A_TIME,
      });
      const events = recordings.map(({ domainEvent, notification: { recordedAt } }): ReplayedEvent => {
        return { ...domainEvent, recordedAt };
      });
      // The id of something else, such as a log, is the id of none of these.
      if (aggregate === undefined && !isOneOf(definition, events[0])) return undefined;
      if (events.length > 0) aggregate = definition.replay(aggregate, events);
      if (events.length < EVENTS_AT_A_TIME) return aggregate;
    }
  }

  async #known(
    definition: AggregateDefinition,
    id: string,
    version?: number,
  ): Promise<AggregateState | undefined> {
    const cached = this.#cache.get(definition, id);
    if (cached !== undefined && (version === undefined || cached.version <= version)) return cached;
    try {
      return await this.#snapshots.latest(definition, id, version);
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  /** Stores a snapshot; a failure is reported and nothing more, since a later load makes it good. */
  async snapshot(definition: AggregateDefinition, aggregate: AggregateState): Promise<void> {
    try {
      await this.#snapshots.put(definition, aggregate);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onSnapshotFailure(error);
    } catch (failure) {
      // What was asked for has succeeded, whatever the listener makes of this.
      process.emitWarning(failure instanceof Error ? failure : String(failure));
    }
  }
}

function isOneOf({ eventTypes }: AggregateDefinition, event: DomainEvent | undefined): boolean {
  return event !== undefined && eventTypes.some(({ topic }) => topic === event.type);
}

/** Which state of an aggregate is wanted. */
export interface GetOptions {
  /** The version wanted, from 1; the present one by default. */
  readonly version?: number | undefined;
}
