import type { AggregateDefinition, AggregateState } from "../aggregates/aggregate.ts";
import type { Mapper } from "../events/mapper.ts";
import type { SnapshotRecorder, StoredSnapshot, VersionRange } from "../recorder/recorder.ts";

/** Of older snapshots one is kept in so many versions, for reading an aggregate as it was. */
const KEEP_EVERY_VERSIONS = 20;

/** Stores and gives back snapshots. */
export class Snapshots {
  readonly #mapper: Mapper;
  readonly #recorder: SnapshotRecorder;

  constructor(mapper: Mapper, recorder: SnapshotRecorder) {
    this.#mapper = mapper;
    this.#recorder = recorder;
  }

  /** Stores the state of an aggregate. The newest and about one in 20 versions of the older ones are kept. */
  async put(definition: AggregateDefinition, aggregate: AggregateState): Promise<void> {
    await this.#recorder.insertSnapshot(
      toStoredSnapshot(this.#mapper, definition, aggregate),
      KEEP_EVERY_VERSIONS,
    );
  }

  /** Resolves to the snapshots kept of one aggregate, as stored, in order of version. */
  get(originatorId: string, range?: VersionRange): Promise<readonly StoredSnapshot[]> {
    return this.#recorder.selectSnapshots(originatorId, range);
  }

  /**
   * Resolves to the state in the newest snapshot at or before version `lte`; undefined where there is none, or it is
   * of another schema version.
   * @throws UnreadableStateError
   */
  async latest(
    definition: AggregateDefinition,
    originatorId: string,
    lte?: number,
  ): Promise<AggregateState | undefined> {
    const [newest] = await this.get(originatorId, {
      ...(lte === undefined ? {} : { lte }),
      desc: true,
      limit: 1,
    });
    return newest && toAggregateState(this.#mapper, definition, newest);
  }
}

interface SnapshotState {
  readonly schemaVersion: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly state: unknown;
}

/** Returns the stored form of an aggregate's state. */
export function toStoredSnapshot(
  mapper: Mapper,
  definition: AggregateDefinition,
  aggregate: AggregateState,
): StoredSnapshot {
  const topic = `${definition.aggregateName}.Snapshot`;
  const state: SnapshotState = {
    schemaVersion: definition.schemaVersion,
    createdAt: aggregate.createdAt.getTime(),
    modifiedAt: aggregate.modifiedAt.getTime(),
    state: aggregate.state,
  };
  return {
    originatorId: aggregate.id,
    originatorVersion: aggregate.version,
    topic,
    state: mapper.pack(state, `${topic} ${aggregate.id} ${aggregate.version}`),
  };
}

/** Returns the state, or undefined when the snapshot is of another aggregate or schema version. */
export function toAggregateState(
  mapper: Mapper,
  definition: AggregateDefinition,
  stored: StoredSnapshot,
): AggregateState | undefined {
  if (stored.topic !== `${definition.aggregateName}.Snapshot`) return undefined;
  const context = `${stored.topic} ${stored.originatorId} ${stored.originatorVersion}`;
  const snapshot = mapper.unpack<SnapshotState>(stored.state, context, isSnapshotState);
  if (snapshot.schemaVersion !== definition.schemaVersion) return undefined;
  return {
    id: stored.originatorId,
    version: stored.originatorVersion,
    createdAt: new Date(snapshot.createdAt),
    modifiedAt: new Date(snapshot.modifiedAt),
    state: snapshot.state,
  };
}

function isSnapshotState(value: unknown): value is SnapshotState {
  if (typeof value !== "object" || value === null) return false;
  const { createdAt, modifiedAt } = value as Record<string, unknown>;
  return Number.isInteger(createdAt) && Number.isInteger(modifiedAt);
}
