import { setTimeout as pause } from "node:timers/promises";
import {
  Aggregate,
  type AggregateConstructor,
  type AggregateDefinition,
  beginSave,
  type Changes,
  definitionOf,
  endSave,
} from "../aggregates/aggregate.ts";
import { clone } from "../clone.ts";
import { InvalidArgumentError, ProgrammingError, VersionConflictError } from "../errors.ts";
import { Cipher, type CipherKey, parseCipherKeys } from "../events/cipher.ts";
import type { Compression } from "../events/compressor.ts";
import type { DomainEvent, EventType, LogEntry } from "../events/event.ts";
import { Mapper } from "../events/mapper.ts";
import { JsonTranscoder, type Transcoding } from "../events/transcoder.ts";
import { NotificationLog } from "../recorder/notification-log.ts";
import type { Recorder, Tracking } from "../recorder/recorder.ts";
import { EventStore, type Recording } from "./event-store.ts";
import { type GetOptions, Repository } from "./repository.ts";
import { Snapshots } from "./snapshots.ts";

/** What can be saved: an aggregate, changes to a plain one, an entry of a log. */
export type Saveable = Aggregate | Changes | LogEntry;

/** What an application is made of, as static fields of its class. */
interface ApplicationClass {
  readonly name: string;
  readonly aggregates: readonly (AggregateConstructor | AggregateDefinition)[];
  readonly logEvents: readonly EventType[];
  readonly snapshottingIntervals: Readonly<Record<string, number>>;
  readonly compression: Compression;
}

/** How an application is set up. */
export interface ApplicationOptions {
  /** The database; closed with the application. */
  readonly recorder: Recorder;
  /** Overrides the class's `compression` and the environment. */
  readonly compression?: Compression | undefined;
  /** The first encrypts, all decrypt; none by default. Overrides the environment. */
  readonly cipherKeys?: readonly CipherKey[] | undefined;
  /** Overrides intervals of the class, by aggregate name. */
  readonly snapshottingIntervals?: Readonly<Record<string, number>> | undefined;
  /** How many aggregates are kept in memory (1,000); 0 keeps none. */
  readonly cacheSize?: number | undefined;
  /** For storing values that JSON does not have; dates and big integers need none. */
  readonly transcodings?: readonly Transcoding[] | undefined;
  /** Where `NAME_COMPRESSOR_TOPIC` (`gzip` or `none`) and `NAME_CIPHER_KEYS` are looked up (`process.env`). */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Told of a snapshot that could not be read or written (`process.emitWarning`). */
  readonly onSnapshotFailure?: ((error: unknown) => void) | undefined;
}

/** A command that loses this many races against other writers in a row gives up. */
const MAX_ATTEMPTS = 25;

/**
 * The base of applications: aggregates and logs, on one recorder. A subclass says in static fields what it is made
 * of, and has a method for each use case, which loads, commands, and saves.
 */
export class Application {
  /** Its aggregates. */
  static readonly aggregates: readonly (AggregateConstructor | AggregateDefinition)[] = [];
  /** The event types of its logs. */
  static readonly logEvents: readonly EventType[] = [];
  /** For an aggregate's name, the number of events after which it is snapshotted. */
  static readonly snapshottingIntervals: Readonly<Record<string, number>> = {};
  /** How states are compressed unless the options or the environment say otherwise. */
  static readonly compression: Compression = "none";

  readonly mapper: Mapper;
  readonly events: EventStore;
  readonly snapshots: Snapshots;
  readonly repository: Repository;
  readonly notificationLog: NotificationLog;
  readonly #recorder: Recorder;
  readonly #snapshottingIntervals: Readonly<Record<string, number>>;

  /** @throws InvalidArgumentError for a setting that is not valid */
  constructor(options: ApplicationOptions) {
    const application: ApplicationClass = new.target;
    const definitions = application.aggregates.map((type) =>
      typeof type === "function" ? definitionOf(type) : type,
    );
    requireDifferentNames(definitions);
    this.#snapshottingIntervals = requireIntervals(definitions, {
      ...application.snapshottingIntervals,
      ...options.snapshottingIntervals,
    });
    this.#recorder = options.recorder;
    this.mapper = new Mapper(
      [...definitions.flatMap(({ eventTypes }) => eventTypes), ...application.logEvents],
      {
        transcoder: new JsonTranscoder(options.transcodings),
        ...settingsOf(application, options),
      },
    );
    this.events = new EventStore(this.mapper, options.recorder);
    this.snapshots = new Snapshots(this.mapper, options.recorder);
    this.repository = new Repository(this.events, this.snapshots, {
      cacheSize: requireWhole("cacheSize", options.cacheSize ?? 1_000, 0),
      snapshotInterval: (name) => this.#snapshottingIntervals[name],
      onSnapshotFailure: options.onSnapshotFailure ?? warn,
    });
    this.notificationLog = new NotificationLog(options.recorder);
  }

  /**
   * Saves the pending events of `items` in one atomic step, and resolves to their recordings in the order given.
   * An item without pending events adds none. Events of one save share a correlation id. Snapshots that are due
   * are taken before this resolves; one that fails does not fail the save.
   * @throws VersionConflictError and the recorder's other errors: nothing is stored, and the aggregates are dead
   */
  save(...items: readonly Saveable[]): Promise<readonly Recording[]> {
    return this.saveTracked(undefined, items);
  }

  /** As `save`; with `tracking` it is stored in the same step, also where there are no events (R10). */
  protected async saveTracked(
    tracking: Tracking | undefined,
    items: readonly Saveable[],
  ): Promise<readonly Recording[]> {
    requireDistinct(items);
    const begun: [Aggregate, Changes][] = [];
    const take = (item: Saveable): Changes | LogEntry => {
      // Plain state may be in use by others, who may change it while it is saved.
      if (!(item instanceof Aggregate)) {
        return "pending" in item ? { ...item, aggregate: clone(item.aggregate) } : item;
      }
      const changes = beginSave(item);
      begun.push([item, changes]);
      return changes;
    };
    let parts: readonly (Changes | LogEntry)[];
    let recordings: readonly Recording[];
    try {
      parts = items.map(take);
      recordings = await this.events.put(correlated(parts.flatMap(eventsOf)), tracking);
    } catch (error) {
      for (const [aggregate] of begun) endSave(aggregate, undefined);
      throw error;
    }
    // Events of one save are recorded at one instant.
    const recordedAt = recordings[0]?.notification.recordedAt;
    const saved = new Map(
      parts.flatMap((part) => ("pending" in part ? [[part, dated(part, recordedAt)]] : [])),
    );
    for (const [aggregate, changes] of begun) endSave(aggregate, saved.get(changes)?.aggregate);
    for (const changes of saved.values()) await this.#saved(changes);
    return recordings;
  }

  /**
   * Runs `command` again, from its start, when another writer was faster, and resolves to its result. The command
   * loads what it needs each time, so a conflict in the domain shows itself as the domain's own error.
   * @throws VersionConflictError after many attempts in a row, and whatever else the command throws
   */
  async withRetry<T>(command: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await command();
      } catch (error) {
        if (!(error instanceof VersionConflictError) || attempt === MAX_ATTEMPTS) throw error;
        // Losers wait for a random while, longer each time, so that they do not lose to each other again.
        await pause(Math.random() * Math.min(2 ** attempt, 50));
      }
    }
  }

  /**
   * Takes a snapshot of an aggregate by hand, at its present or an earlier version. An earlier one is kept where it
   * is the first of its 20 versions, or the newest snapshot there is; else it is as if it had not been taken.
   */
  async takeSnapshot(
    type: AggregateConstructor | AggregateDefinition,
    id: string,
    at: GetOptions = {},
  ): Promise<void> {
    const definition = typeof type === "function" ? definitionOf(type) : type;
    await this.snapshots.put(definition, await this.repository.get(definition, id, at));
  }

  /** Closes the recorder, once what is under way has ended. */
  async close(): Promise<void> {
    await this.#recorder.close();
  }

  async #saved({ definition, pending, aggregate }: Changes): Promise<void> {
    if (pending.length === 0) return;
    this.repository.remember(definition, aggregate);
    const interval = this.#snapshottingIntervals[definition.aggregateName];
    if (interval === undefined) return;
    const before = aggregate.version - pending.length;
    const crossed = Math.floor(aggregate.version / interval) > Math.floor(before / interval);
    if (crossed) await this.repository.snapshot(definition, aggregate);
  }
}

/** The changes as they were recorded at an instant, if there were any. */
function dated(changes: Changes, recordedAt: Date | undefined): Changes {
  const { pending, aggregate } = changes;
  if (pending.length === 0 || recordedAt === undefined) return changes;
  const isNew = aggregate.version === pending.length;
  const createdAt = isNew ? recordedAt : aggregate.createdAt;
  return { ...changes, aggregate: { ...aggregate, createdAt, modifiedAt: recordedAt } };
}

function eventsOf(part: Changes | LogEntry): readonly (DomainEvent | LogEntry)[] {
  return "pending" in part ? part.pending : [part];
}

/** Joins the events of one save: the first one's correlation id, or its id where it has none. */
function correlated(events: readonly (DomainEvent | LogEntry)[]): readonly (DomainEvent | LogEntry)[] {
  const [first] = events;
  return events.map((event) =>
    event === first || event.correlationId !== undefined || first === undefined
      ? event
      : { ...event, correlationId: first.correlationId ?? first.id },
  );
}

function requireDistinct(items: readonly Saveable[]): void {
  if (new Set(items).size < items.length) throw new ProgrammingError("An item is in the same save twice.");
}

function settingsOf(
  application: ApplicationClass,
  options: ApplicationOptions,
): { compression: Compression; cipher: Cipher } {
  const env = options.env ?? process.env;
  const name = application.name.toUpperCase();
  const inEnv = env[`${name}_COMPRESSOR_TOPIC`];
  const compression = options.compression ?? inEnv ?? application.compression;
  if (compression !== "gzip" && compression !== "none") {
    const setting = compression === inEnv ? `${name}_COMPRESSOR_TOPIC` : "compression";
    throw new InvalidArgumentError(setting, compression, '"gzip" or "none"');
  }
  const keys = options.cipherKeys ?? parseCipherKeys(env[`${name}_CIPHER_KEYS`] ?? "", `${name}_CIPHER_KEYS`);
  return { compression, cipher: new Cipher(keys) };
}

// Snapshots and their intervals go by the name.
function requireDifferentNames(definitions: readonly AggregateDefinition[]): void {
  const names = definitions.map(({ aggregateName }) => aggregateName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ProgrammingError(`Two aggregates of the application are called "${twice}".`);
}

function requireIntervals(
  definitions: readonly AggregateDefinition[],
  intervals: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  for (const [name, interval] of Object.entries(intervals)) {
    if (!definitions.some(({ aggregateName }) => aggregateName === name)) {
      throw new InvalidArgumentError("a snapshotting interval", name, "for an aggregate of the application");
    }
    requireWhole(`the snapshotting interval of ${name}`, interval, 1);
  }
  return intervals;
}

function requireWhole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(name, value, `a whole number from ${least}`);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
