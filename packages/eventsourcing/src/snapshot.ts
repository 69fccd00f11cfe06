import type { AggregateDefinition, AggregateState } from "./aggregate.ts";
import type { Mapper } from "./mapper.ts";
import type { SnapshotRecorder, StoredSnapshot, VersionRange } from "./recorder.ts";

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
      this.#mapper.toStoredSnapshot(definition, aggregate),
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
    return newest && this.#mapper.toAggregateState(definition, newest);
  }
}
