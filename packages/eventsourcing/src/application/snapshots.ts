import { setImmediate } from "node:timers/promises";
import type { AggregateDefinition, AggregateState } from "../aggregates/aggregate-state.ts";
import { RecorderClosedError } from "../errors.ts";
import type { Mapper } from "../events/mapper.ts";
import { requireFromOne } from "../recorder/arguments.ts";
import type { SnapshotRecorder, StoredSnapshot, VersionRange } from "../recorder/recorder.ts";

/** When snapshots of an aggregate are taken, and which are kept. */
export interface SnapshotPolicy {
  /** The number of events after which a snapshot is taken, from 1. */
  readonly every: number;
  /**
   * Of older snapshots, the first at or after each multiple of this number of versions is kept, for reading earlier
   * versions (20).
   */
  readonly keepEvery?: number;
}

const KEEP_EVERY = 20;

interface DueSnapshot {
  readonly definition: AggregateDefinition;
  readonly aggregate: AggregateState;
}

/** Stores and returns snapshots. */
export class Snapshots {
  readonly #mapper: Mapper;
  readonly #recorder: SnapshotRecorder;
  readonly #policies: Readonly<Record<string, SnapshotPolicy | undefined>>;
  readonly #onFailure: (error: unknown) => void;
  /** Snapshots to be taken in the next turn of the event loop. */
  #due: DueSnapshot[] = [];
  readonly #running = new Set<Promise<void>>();
  #turn: Promise<void> | undefined;

  /**
   * @param policies by the names of aggregates
   * @param onFailure called with the error of a scheduled snapshot. It must not throw.
   * @throws InvalidArgumentError for a number that is not a whole number from 1
   */
  constructor(
    mapper: Mapper,
    recorder: SnapshotRecorder,
    policies: Readonly<Record<string, SnapshotPolicy | undefined>> = {},
    onFailure: (error: unknown) => void = () => {},
  ) {
    for (const [name, policy] of Object.entries(policies)) requirePolicy(name, policy);
    this.#mapper = mapper;
    this.#recorder = recorder;
    this.#policies = policies;
    this.#onFailure = onFailure;
  }

  /** Returns true if a snapshot is due after an aggregate has changed from version `from` to version `to`. */
  isDue({ aggregateName }: AggregateDefinition, from: number, to: number): boolean {
    const every = this.#policies[aggregateName]?.every;
    return every !== undefined && Math.floor(to / every) > Math.floor(from / every);
  }

  /** Returns true if a snapshot is due after loading has replayed this many events. */
  isDueAfterReplay({ aggregateName }: AggregateDefinition, replayed: number): boolean {
    const every = this.#policies[aggregateName]?.every;
    return every !== undefined && replayed >= every;
  }

  /** Stores the state of an aggregate. The policy determines the older snapshots that are kept. */
  async put(definition: AggregateDefinition, aggregate: AggregateState): Promise<void> {
    const keepEvery = this.#policies[definition.aggregateName]?.keepEvery ?? KEEP_EVERY;
    await this.#recorder.insertSnapshot(
      await toStoredSnapshot(this.#mapper, definition, aggregate),
      keepEvery,
    );
  }

  /**
   * Stores the state of an aggregate in the background: after the current turn of the event loop, so that a response is
   * sent first. A failure is reported, unless the recorder was closed: a later load takes the snapshot again.
   */
  schedule(definition: AggregateDefinition, aggregate: AggregateState): void {
    this.#due.push({ definition, aggregate });
    this.#turn ??= setImmediate().then(() => this.#takeDue());
  }

  /** Resolves when the scheduled snapshots are stored or have failed. */
  async flush(): Promise<void> {
    await this.#turn;
    await Promise.all(this.#running);
  }

  /** Resolves to the stored snapshots of one aggregate, in order of version, scheduled ones included. */
  async get(originatorId: string, range?: VersionRange): Promise<readonly StoredSnapshot[]> {
    await this.flush();
    return this.#recorder.selectSnapshots(originatorId, range);
  }

  /**
   * Resolves to the newest snapshot at or before version `lte`; undefined if there is none or it is not valid.
   * @throws UnreadableStateError
   */
  async latest(
    definition: AggregateDefinition,
    originatorId: string,
    lte?: number,
  ): Promise<SnapshotContent | undefined> {
    const [newest] = await this.#recorder.selectSnapshots(originatorId, {
      ...(lte === undefined ? {} : { lte }),
      desc: true,
      limit: 1,
    });
    return newest && fromStoredSnapshot(this.#mapper, definition, newest);
  }

  #takeDue(): void {
    this.#turn = undefined;
    for (const { definition, aggregate } of this.#due) {
      const taking = this.put(definition, aggregate)
        .catch((error: unknown) => {
          if (!(error instanceof RecorderClosedError)) this.#onFailure(error);
        })
        .finally(() => this.#running.delete(taking));
      this.#running.add(taking);
    }
    this.#due = [];
  }
}

/** A snapshot that was read. */
export interface SnapshotContent {
  readonly id: string;
  readonly version: number;
  readonly state: unknown;
  readonly recordedAt: { readonly first: Date; readonly last: Date };
  /** The timestamps of its first and last event; undefined in snapshots stored without them. */
  readonly timestamps: { readonly first: Date; readonly last: Date } | undefined;
}

/** The stored form of a snapshot. Times are milliseconds since 1970. */
interface SnapshotState {
  readonly schemaVersion: number;
  /** When the first and the last event were recorded. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** The timestamps of the first and the last event; absent in older snapshots. */
  readonly timestamps?: readonly [number, number];
  /** The versions of the family's event types that are not 1, by topic. */
  readonly eventVersions?: Readonly<Record<string, number>>;
  /** The names of the fields of the initial state; absent in older snapshots. */
  readonly fields?: readonly string[];
  readonly state: unknown;
}

/** Resolves to the stored form of an aggregate's state. */
export async function toStoredSnapshot(
  mapper: Mapper,
  definition: AggregateDefinition,
  aggregate: AggregateState,
): Promise<StoredSnapshot> {
  const topic = `${definition.aggregateName}.Snapshot`;
  const { createdAt, modifiedAt, recordedAt = { first: createdAt, last: modifiedAt } } = aggregate;
  const eventVersions = versionsOf(definition);
  const state: SnapshotState = {
    schemaVersion: definition.schemaVersion,
    createdAt: recordedAt.first.getTime(),
    modifiedAt: recordedAt.last.getTime(),
    timestamps: [createdAt.getTime(), modifiedAt.getTime()],
    ...(Object.keys(eventVersions).length === 0 ? {} : { eventVersions }),
    fields: definition.fieldNames,
    state: aggregate.state,
  };
  return {
    originatorId: aggregate.id,
    originatorVersion: aggregate.version,
    topic,
    state: await mapper.packAsync(state, `${topic} ${aggregate.id} ${aggregate.version}`),
  };
}

/**
 * Resolves to the content of a snapshot, or to undefined if it is not valid: of another aggregate, of another schema version,
 * made when an event type of the family had another version, or when the state had other fields.
 * @throws UnreadableStateError
 */
export async function fromStoredSnapshot(
  mapper: Mapper,
  definition: AggregateDefinition,
  stored: StoredSnapshot,
): Promise<SnapshotContent | undefined> {
  const names = [definition.aggregateName, ...definition.formerNames];
  if (!names.some((name) => stored.topic === `${name}.Snapshot`)) return undefined;
  const context = `${stored.topic} ${stored.originatorId} ${stored.originatorVersion}`;
  const { schemaVersion, createdAt, modifiedAt, timestamps, eventVersions, fields, state } =
    await mapper.unpackAsync<SnapshotState>(stored.state, context, isSnapshotState);
  if (schemaVersion !== definition.schemaVersion) return undefined;
  const isCurrent = definition.eventTypes.every(
    ({ topics, version }) => version === (topics.map((topic) => eventVersions?.[topic]).find(Boolean) ?? 1),
  );
  if (!isCurrent || (fields !== undefined && !isSameSet(fields, definition.fieldNames))) return undefined;
  return {
    id: stored.originatorId,
    version: stored.originatorVersion,
    state,
    recordedAt: { first: new Date(createdAt), last: new Date(modifiedAt) },
    timestamps: timestamps && { first: new Date(timestamps[0]), last: new Date(timestamps[1]) },
  };
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name));
}

function versionsOf({ eventTypes }: AggregateDefinition): Record<string, number> {
  const changed = eventTypes.filter(({ version }) => version !== 1);
  return Object.fromEntries(changed.map(({ topic, version }) => [topic, version]));
}

function isSnapshotState(value: unknown): value is SnapshotState {
  if (typeof value !== "object" || value === null) return false;
  const { createdAt, modifiedAt } = value as Record<string, unknown>;
  return Number.isInteger(createdAt) && Number.isInteger(modifiedAt);
}

function requirePolicy(name: string, policy: SnapshotPolicy | undefined): void {
  if (policy === undefined) return;
  const { every, keepEvery = KEEP_EVERY } = policy;
  requireFromOne(`\`every\` of the snapshots of ${name}`, every);
  requireFromOne(`\`keepEvery\` of the snapshots of ${name}`, keepEvery);
}
