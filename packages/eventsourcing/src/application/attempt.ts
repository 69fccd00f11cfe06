import type { Aggregate } from "../aggregates/aggregate.ts";
import { AggregateNotFoundError, VersionConflictError } from "../errors.ts";
import type { EventOf, EventType } from "../events/event-type.ts";
import {
  type AggregateType,
  definitionOfType,
  type EventsOf,
  type Loaded,
  type Saveable,
} from "./aggregate-type.ts";
import type { EventStore, Recording } from "./event-store.ts";
import type { Repository } from "./repository.ts";
import { changedIds } from "./saveable.ts";

/** The recordings of an application's events. */
type RecordingsOf<Type, Log> = readonly Recording<EventsOf<Type> | EventOf<Log>>[];

/**
 * One run of a command of `withRetry`. The first run loads cached states without reading later events: `save` would
 * refuse the events of an older state, and the command then runs again with current states.
 */
export class Attempt<Type extends AggregateType = AggregateType, Log extends EventType = EventType> {
  readonly #repository: Repository<Type>;
  readonly #events: EventStore;
  readonly #save: (items: readonly Saveable<Type>[]) => Promise<RecordingsOf<Type, Log>>;
  readonly #usesCache: boolean;
  /** The versions of cached states that the command has loaded, by id. */
  readonly #unverified = new Map<string, number>();
  /** Whether `save` was called. The recorder then refuses outdated states, so they need no other check. */
  #isDecided = false;

  constructor(
    { repository, events }: { readonly repository: Repository<Type>; readonly events: EventStore },
    save: (items: readonly Saveable<Type>[]) => Promise<RecordingsOf<Type, Log>>,
    usesCache: boolean,
  ) {
    this.#repository = repository;
    this.#events = events;
    this.#save = save;
    this.#usesCache = usesCache;
  }

  /** Resolves to an aggregate. @throws AggregateNotFoundError */
  async get<T extends Type>(type: T, id: string): Promise<Loaded<T>> {
    const found = await this.find(type, id);
    if (found !== undefined) return found;
    throw new AggregateNotFoundError(definitionOfType(type, "get(Account, id)").aggregateName, id);
  }

  /** Resolves to an aggregate, or to undefined if it is not recorded. */
  async find<T extends Type>(type: T, id: string): Promise<Loaded<T> | undefined> {
    const cached = this.#usesCache ? this.#repository.findCached(type, id) : undefined;
    if (cached === undefined) return this.#repository.find(type, id);
    this.#unverified.set(id, (cached as Aggregate).version);
    return cached;
  }

  /**
   * Does what `save` of the application does. Also checks that the loaded aggregates without new events are current.
   * @throws VersionConflictError, and the other errors of `save`
   */
  async save(...items: readonly Saveable<Type>[]): Promise<RecordingsOf<Type, Log>> {
    for (const id of items.flatMap(changedIds)) this.#unverified.delete(id);
    if (this.isUnverified) await this.requireCurrent();
    this.#isDecided = true;
    return this.#save(items);
  }

  /** Whether the command has loaded cached states that are not known to be current. */
  get isUnverified(): boolean {
    return !this.#isDecided && this.#unverified.size > 0;
  }

  /** @throws VersionConflictError if a loaded state was not the current one */
  async requireCurrent(): Promise<void> {
    await Promise.all([...this.#unverified].map(([id, version]) => this.#requireCurrent(id, version)));
    this.#unverified.clear();
  }

  async #requireCurrent(id: string, version: number): Promise<void> {
    const [later] = await this.#events.recordings(id, { gt: version, limit: 1 });
    if (later !== undefined) throw new VersionConflictError(id, version + 1, version + 2);
  }
}
