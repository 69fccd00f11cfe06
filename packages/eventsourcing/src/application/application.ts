import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { Aggregate, type AggregateClass, beginSave, endSave } from "../aggregates/aggregate.ts";
import type { AggregateDefinition, AggregateState, Changes } from "../aggregates/aggregate-state.ts";
import { type PlainAggregate, takeBack } from "../aggregates/plain-aggregate.ts";
import { InvalidArgumentError, ProgrammingError, VersionConflictError } from "../errors.ts";
import { Cipher, type CipherKey } from "../events/cipher.ts";
import { type Compression, type Compressor, requireCompression } from "../events/compressor.ts";
import type { DomainEvent, EventOf, EventType, LogEntry, NewEvent } from "../events/event-type.ts";
import { Mapper } from "../events/mapper.ts";
import { JsonTranscoder, type Transcoder, type Transcoding } from "../events/transcoder.ts";
import { KeyedMutex } from "../keyed-mutex.ts";
import { requireList } from "../recorder/arguments.ts";
import { NotificationLog } from "../recorder/notification-log.ts";
import type { Recorder, Tracking } from "../recorder/recorder.ts";
import { guardedListener, warn } from "../warnings.ts";
import {
  type AggregateName,
  type AggregateType,
  definitionOfType,
  type EventsOf,
  type Loaded,
  type Saveable,
} from "./aggregate-type.ts";
import { Attempt } from "./attempt.ts";
import { EventStore, type Recording } from "./event-store.ts";
import { executionOf } from "./execution.ts";
import { type GetOptions, Repository } from "./repository.ts";
import { changedIds, requireSaveable } from "./saveable.ts";
import { type SnapshotPolicy, Snapshots } from "./snapshots.ts";

/** The declaration of an application. */
export interface ApplicationDeclaration<Type extends AggregateType, Log extends EventType> {
  /** Its aggregates. */
  readonly aggregates?: readonly Type[];
  /** The event types of its logs. */
  readonly logEvents?: readonly Log[];
  /** By the name of an aggregate, when its snapshots are taken; none by default. */
  readonly snapshots?: { readonly [Name in AggregateName<Type>]?: SnapshotPolicy };
  /** How states are compressed before they are stored ("none"). */
  readonly compression?: Compression;
}

/** How an application runs. */
export interface ApplicationOptions {
  /** The database. It is closed with the application. */
  readonly recorder: Recorder;
  /** Replaces the declared compression. States stored with another compression stay readable. */
  readonly compression?: Compression | undefined;
  /** Compressors of states stored earlier, beside gzip and `compression`. */
  readonly compressors?: readonly Compressor[] | undefined;
  /** The first key encrypts states, all of them decrypt; nothing is encrypted without keys. */
  readonly cipherKeys?: readonly CipherKey[] | undefined;
  /** Replaces declared snapshot policies, by the name of an aggregate. */
  readonly snapshots?: Readonly<Record<string, SnapshotPolicy>> | undefined;
  /** The number of aggregates kept in memory, as far as about 64 MB hold them (1,000); 0 keeps none. */
  readonly cacheSize?: number | undefined;
  /** Store values of more types than `JsonTranscoder` knows. Not together with `transcoder`. */
  readonly transcodings?: readonly Transcoding[] | undefined;
  /** Turns events and snapshots into text (a `JsonTranscoder`). What it wrote must stay readable. */
  readonly transcoder?: Transcoder | undefined;
  /** Called when a snapshot could not be read or written, which fails neither load nor save (`process.emitWarning`). */
  readonly onSnapshotFailure?: ((error: unknown) => void) | undefined;
}

/** What a command of `execute` may return: nothing, or items to be saved in the same step. */
// biome-ignore lint/suspicious/noConfusingVoidType: a command of one expression returns what its method does
type CommandResult<Type> = void | Saveable<Type> | readonly Saveable<Type>[];

/** The recordings of an application's events. */
type RecordingsOf<Type, Log> = readonly Recording<EventsOf<Type> | EventOf<Log>>[];

const MAX_ATTEMPTS = 25;

/**
 * The base of applications: aggregates and logs on one recorder. Extend `application({ … })`, and add a method for each
 * use case.
 */
export abstract class Application<
  Type extends AggregateType = AggregateType,
  Log extends EventType = EventType,
> {
  readonly mapper: Mapper;
  readonly events: EventStore;
  readonly snapshots: Snapshots;
  readonly repository: Repository<Type>;
  readonly notificationLog: NotificationLog;
  readonly #recorder: Recorder;
  readonly #mutex = new KeyedMutex();
  readonly #isExecuting = new AsyncLocalStorage<true>();

  /** @throws InvalidArgumentError for an invalid option; ProgrammingError if two aggregates or event types have one name */
  constructor(declaration: ApplicationDeclaration<Type, Log>, options: ApplicationOptions) {
    requireDeclaration(new.target, declaration);
    requireOptions(new.target, options);
    const logEvents = requireList("logEvents", declaration.logEvents ?? []);
    const definitions = requireList("aggregates", declaration.aggregates ?? []).map((type) =>
      definitionOfType(type, "{ aggregates: [Account] }"),
    );
    const policies = { ...declaration.snapshots, ...options.snapshots };
    requireNames(definitions, policies);
    const compression = options.compression ?? declaration.compression ?? "none";
    this.#recorder = options.recorder;
    this.mapper = new Mapper([...definitions.flatMap(({ eventTypes }) => eventTypes), ...logEvents], {
      transcoder: options.transcoder ?? new JsonTranscoder(options.transcodings),
      compression: requireCompression("compression", compression),
      compressors: options.compressors ?? [],
      cipher: new Cipher(options.cipherKeys ?? []),
    });
    this.events = new EventStore(this.mapper, options.recorder);
    const onSnapshotFailure = guardedListener(options.onSnapshotFailure ?? warn);
    this.snapshots = new Snapshots(this.mapper, options.recorder, policies, onSnapshotFailure);
    this.repository = new Repository<Type>(this.events, this.snapshots, {
      definitions,
      cacheSize: requireCacheSize(options.cacheSize ?? 1_000),
      onSnapshotFailure,
    });
    this.notificationLog = new NotificationLog(options.recorder);
  }

  /**
   * Loads an aggregate, runs `command` on it, and saves the events it triggered. Runs again from the loading when
   * another writer was faster. Resolves to the recordings. Commands of one process on one aggregate run one after
   * another.
   *
   * With several aggregates, given as `[[Account, from], [Account, to]]`, their events are saved in one step. Aggregates,
   * changes and log entries that `command` returns are saved with them. For a plain aggregate alone, `command` gets its
   * state and returns new events.
   *
   * @throws AggregateNotFoundError; VersionConflictError after 25 attempts; the errors of `command` and `save`. Nothing
   *   is stored.
   */
  execute<A extends Aggregate>(
    type: AggregateClass<A> & Type,
    id: string,
    command: (aggregate: A) => CommandResult<Type> | Promise<CommandResult<Type>>,
  ): Promise<RecordingsOf<Type, Log>>;
  execute<State, Event extends DomainEvent>(
    type: PlainAggregate<State, Event> & Type,
    id: string,
    command: (
      state: State,
      aggregate: AggregateState<State>,
    ) => readonly NewEvent<Event>[] | Promise<readonly NewEvent<Event>[]>,
  ): Promise<RecordingsOf<Type, Log>>;
  execute<const Types extends readonly Type[]>(
    targets: { readonly [Index in keyof Types]: readonly [type: Types[Index], id: string] },
    command: (
      ...aggregates: { [Index in keyof Types]: Loaded<Types[Index]> }
    ) => CommandResult<Type> | Promise<CommandResult<Type>>,
  ): Promise<RecordingsOf<Type, Log>>;
  async execute(...arguments_: readonly unknown[]): Promise<RecordingsOf<Type, Log>> {
    const { targets, run } = executionOf(arguments_);
    const ids = targets.map(([, id]) => id);
    requireDifferentIds(ids);
    return this.#runExclusive(ids, () =>
      this.withRetry(async (attempt) => {
        const loaded = await Promise.all(targets.map(([type, id]) => attempt.get(type as Type, id)));
        return attempt.save(...((await run(loaded)) as Saveable<Type>[]));
      }),
    );
  }

  /**
   * Saves the pending events of `items` in one atomic step. Resolves to their recordings in the order given; an item
   * without pending events adds none. The events of one save share a correlation id. Snapshots that are due are taken
   * afterwards, in the background.
   * @throws VersionConflictError and the other errors of the recorder: nothing is stored, and the aggregates accept no
   *   more commands. ProgrammingError for what cannot be saved, or for two items of one aggregate.
   */
  save(...items: readonly Saveable<Type>[]): Promise<RecordingsOf<Type, Log>> {
    return this.saveTracked(undefined, items);
  }

  /** Saves as `save` does, and stores `tracking` in the same step, also where there are no events (R10). */
  protected async saveTracked(
    tracking: Tracking | undefined,
    items: readonly Saveable<Type>[],
  ): Promise<RecordingsOf<Type, Log>> {
    for (const item of items) requireSaveable(item);
    if (items.length > 1) requireDifferentIds(items.flatMap(changedIds));
    const parts: Part[] = [];
    let recordings: readonly Recording[];
    try {
      for (const item of items as readonly Saveable[]) parts.push(beginPart(item));
      recordings = await this.events.put(correlated(parts.flatMap(eventsOf)), tracking);
    } catch (error) {
      for (const { instance } of parts) if (instance !== undefined) endSave(instance, undefined);
      throw error;
    }
    // The events of one save are recorded at one time.
    const recordedAt = recordings[0]?.notification.recordedAt;
    for (const part of parts) {
      if (part.changes !== undefined) part.changes = recordedChanges(part.changes, recordedAt);
      if (part.instance !== undefined) endSave(part.instance, part.changes?.aggregate);
    }
    for (const { changes } of parts) if (changes !== undefined) this.#remember(changes);
    return recordings as RecordingsOf<Type, Log>;
  }

  /**
   * Runs `command`, and runs it again when another writer was faster. Resolves to its result. The command must load what
   * it changes each time. If it loads and saves through its argument, the first attempt needs no reads for cached
   * aggregates.
   * @throws VersionConflictError after 25 attempts, and the other errors of `command`
   */
  async withRetry<T>(command: (attempt: Attempt<Type, Log>) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(command, attempt === 1);
      } catch (error) {
        if (!(error instanceof VersionConflictError) || attempt === MAX_ATTEMPTS) throw error;
        // A random pause, longer each time, keeps writers from colliding again.
        await pause(Math.random() * Math.min(2 ** attempt, 500));
      }
    }
  }

  /**
   * Takes a snapshot of an aggregate, at its current or an earlier version. One of an earlier version is kept only if
   * `keepEvery` of the aggregate's policy says so.
   */
  async takeSnapshot(type: Type, id: string, options: GetOptions = {}): Promise<void> {
    const loaded = (await this.repository.get(type, id, options)) as Aggregate | AggregateState;
    const definition = definitionOfType(type, "takeSnapshot(Account, id)");
    const { version, createdAt, modifiedAt, recordedAt } = loaded;
    const state = loaded instanceof Aggregate ? { ...loaded } : loaded.state;
    await this.snapshots.put(definition, { id, version, createdAt, modifiedAt, recordedAt, state });
  }

  /** Closes the recorder once the work in progress has ended and due snapshots are taken. Closing twice is allowed. */
  async close(): Promise<void> {
    await this.snapshots.flush();
    await this.#recorder.close();
  }

  /** Closes the application at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #attempt<T>(command: (attempt: Attempt<Type, Log>) => Promise<T>, usesCache: boolean): Promise<T> {
    const attempt = new Attempt<Type, Log>(this, (items) => this.save(...items), usesCache);
    try {
      const result = await command(attempt);
      if (attempt.isUnverified) await attempt.requireCurrent();
      return result;
    } catch (error) {
      if (attempt.isUnverified && !(error instanceof VersionConflictError)) await attempt.requireCurrent();
      throw error;
    }
  }

  /** Runs a task of `execute` after earlier ones on the same ids. A task inside another one would wait for that one. */
  #runExclusive<T>(ids: readonly string[], task: () => Promise<T>): Promise<T> {
    if (this.#isExecuting.getStore()) return task();
    return this.#mutex.runExclusive(ids, () => this.#isExecuting.run(true, task));
  }

  #remember({ definition, pending, aggregate }: Changes): void {
    if (pending.length === 0) return;
    this.repository.remember(definition, aggregate);
    const { version } = aggregate;
    if (this.snapshots.isDue(definition, version - pending.length, version))
      this.snapshots.schedule(definition, aggregate);
  }
}

/** The class that `application` returns, to be extended. */
export type ApplicationBase<Type extends AggregateType, Log extends EventType> = abstract new (
  options: ApplicationOptions,
) => Application<Type, Log>;

/**
 * Returns a class to extend: an application with these aggregates and logs.
 *
 * ```ts
 * class Bank extends application({ aggregates: [Account], snapshots: { Account: { every: 50 } } }) {
 *   deposit(id: string, cents: number) {
 *     return this.execute(Account, id, (account) => account.deposit({ cents }));
 *   }
 * }
 * const bank = new Bank({ recorder: await sqliteRecorder({ path: "bank.db" }) });
 * ```
 */
export function application<Type extends AggregateType = never, Log extends EventType = never>(
  declaration: ApplicationDeclaration<Type, Log>,
): ApplicationBase<Type, Log> {
  abstract class Declared extends Application<Type, Log> {
    constructor(options: ApplicationOptions) {
      super(declaration, options);
    }
  }
  return Declared;
}

/** Returns the changes as they were recorded, if there were any. */
function recordedChanges(changes: Changes, recordedAt: Date | undefined): Changes {
  const { definition, pending, aggregate } = changes;
  if (pending.length === 0 || recordedAt === undefined) return changes;
  const { id, version, createdAt, modifiedAt, state } = aggregate;
  const first = aggregate.recordedAt?.first ?? recordedAt;
  return {
    definition,
    pending,
    aggregate: { id, version, createdAt, modifiedAt, state, recordedAt: { first, last: recordedAt } },
  };
}

/** An item of a save, from its beginning to its end. */
interface Part {
  readonly instance?: Aggregate;
  changes?: Changes;
  readonly entry?: LogEntry;
}

function beginPart(item: Saveable): Part {
  if (item instanceof Aggregate) return { instance: item, changes: beginSave(item) };
  if (!("pending" in item)) return { entry: item };
  // The caller may change its copy of a plain state while it is saved.
  return { changes: { ...item, aggregate: takeBack(item.definition, item.aggregate) } };
}

function eventsOf({ changes, entry }: Part): readonly (DomainEvent | LogEntry)[] {
  return entry === undefined ? (changes?.pending ?? []) : [entry];
}

/** Gives the events of one save the first one's correlation id, or its id where it has none. */
function correlated(events: readonly (DomainEvent | LogEntry)[]): readonly (DomainEvent | LogEntry)[] {
  const [first] = events;
  return events.map((event) =>
    event === first || event.correlationId !== undefined || first === undefined
      ? event
      : { ...event, correlationId: first.correlationId ?? first.id },
  );
}

function requireDifferentIds(ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  throw new ProgrammingError(
    `The aggregate ${twice} is twice in one save. Load it once and run all commands on that one instance.`,
  );
}

function requireDeclaration(target: { readonly name: string }, declaration: unknown): void {
  const isDeclaration =
    typeof declaration === "object" && declaration !== null && !("recorder" in declaration);
  if (isDeclaration) return;
  throw new ProgrammingError(
    `${target.name} does not say what it is made of. Extend application({ aggregates: [Account] }), not Application.`,
  );
}

function requireOptions({ name }: { readonly name: string }, options: unknown): void {
  const { recorder, transcoder, transcodings } = (options ?? {}) as Partial<ApplicationOptions>;
  if (typeof recorder?.insertEvents !== "function") {
    throw new InvalidArgumentError(
      `the recorder of ${name}`,
      recorder,
      `a recorder, as in new ${name}({ recorder: memoryRecorder() })`,
    );
  }
  if (transcoder !== undefined && transcodings !== undefined)
    throw new InvalidArgumentError("transcodings", transcodings, "left out where `transcoder` is given");
}

function requireNames(
  definitions: readonly AggregateDefinition[],
  policies: Readonly<Record<string, unknown>>,
): void {
  const names = definitions.map(({ aggregateName }) => aggregateName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ProgrammingError(`Two aggregates of the application are called "${twice}".`);
  const unknown = Object.keys(policies).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      "a key of `snapshots`",
      unknown,
      `the name of an aggregate: ${names.join(", ")}`,
    );
}

function requireCacheSize(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("cacheSize", value, "a whole number from 0");
}
