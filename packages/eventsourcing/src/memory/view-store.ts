import { InvalidArgumentError, RecorderClosedError, TrackingConflictError } from "../errors.ts";
import { checkLeaseTime, checkView, checkWrite } from "../projections/view-checks.ts";
import { ChangeRefusedError, GenerationGoneError, LeaseLostError } from "../projections/view-errors.ts";
import {
  type FailedEvent,
  type Generation,
  LATEST_LEASE_END_MS,
  type Lease,
  type ViewDefinition,
  type ViewStore,
  type ViewWrite,
} from "../projections/view-store.ts";
import { Listeners } from "../recorder/listeners.ts";
import {
  type MemoryChange,
  type MemoryTables,
  type ReadonlyMemoryTables,
  UndoableTable,
} from "./view-tables.ts";

/** Views in memory. */
export interface MemoryViewStore extends ViewStore<MemoryChange> {
  /** Resolves to what `query` makes of the tables of the active generation; to undefined while there is none. */
  read<Result>(view: string, query: (tables: ReadonlyMemoryTables) => Result): Promise<Result | undefined>;
}

/** How views in memory are opened. */
export interface MemoryViewStoreOptions {
  /** Says what time it is for leases. The system's clock by default. */
  readonly clock?: () => Date;
}

/** Opens an empty store of views in this process's memory, for tests and for trying things out. */
export function memoryViewStore(options: MemoryViewStoreOptions = {}): MemoryViewStore {
  return new InMemory(options.clock ?? (() => new Date()));
}

type GenerationKey = Pick<Generation, "view" | "number">;

interface StoredGeneration {
  generation: Generation;
  readonly tables: ReadonlyMap<string, UndoableTable>;
}

class InMemory implements MemoryViewStore {
  readonly #clock: () => Date;
  /** Of each view, in order of number. */
  readonly #stored = new Map<string, StoredGeneration[]>();
  readonly #lastNumbers = new Map<string, number>();
  readonly #leases = new Map<string, { readonly holder: string; readonly expiresAt: number }>();
  readonly #watchers = new Listeners();
  #closed = false;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async generations(view?: string): Promise<readonly Generation[]> {
    this.#checkOpen();
    const views = view === undefined ? [...this.#stored.keys()].sort() : [view];
    return views.flatMap((name) => this.#of(name).map(({ generation }) => generation));
  }

  async create(view: ViewDefinition<MemoryChange>): Promise<Generation> {
    this.#checkOpen();
    checkView(view);
    const { name, version } = view;
    const there = this.#of(name);
    const begun = there.find(({ generation }) => !generation.active && generation.version === version);
    if (begun !== undefined) return begun.generation;
    const number = (this.#lastNumbers.get(name) ?? 0) + 1;
    this.#lastNumbers.set(name, number);
    const stored: StoredGeneration = {
      generation: {
        view: name,
        number,
        version,
        active: there.length === 0,
        position: 0,
        eventId: undefined,
        processed: 0,
        skipped: [],
        stopped: undefined,
      },
      tables: new Map(view.tables.map((table) => [table, new UndoableTable()])),
    };
    this.#stored.set(name, [...there, stored]);
    return stored.generation;
  }

  async write(write: ViewWrite<MemoryChange>): Promise<void> {
    this.#checkOpen();
    checkWrite(write);
    this.#checkLease(write.lease);
    const { changes, from, to, eventId, processed } = write;
    const stored = this.#get(write.generation);
    const { generation, tables } = stored;
    if (generation.position !== from)
      throw new TrackingConflictError(generation.view, to, generation.position);
    applyAll(generation.view, changes, tables);
    stored.generation = { ...generation, position: to, eventId, processed: generation.processed + processed };
    this.#watchers.tell();
  }

  async activate(key: GenerationKey, lease: Lease): Promise<void> {
    this.#checkOpen();
    this.#checkLease(lease);
    const stored = this.#get(key);
    stored.generation = { ...stored.generation, active: true };
    const later = this.#of(key.view).filter(({ generation }) => generation.number >= key.number);
    this.#stored.set(key.view, later);
    this.#watchers.tell();
  }

  async discard(key: GenerationKey, lease: Lease): Promise<void> {
    this.#checkOpen();
    this.#checkLease(lease);
    const discarded = this.#get(key);
    if (discarded.generation.active) return;
    this.#stored.set(
      key.view,
      this.#of(key.view).filter((stored) => stored !== discarded),
    );
    this.#watchers.tell();
  }

  /** Nothing is ever left here: what nobody refers to is gone. */
  async removeReplacedTables(): Promise<boolean> {
    this.#checkOpen();
    return true;
  }

  async stop(key: GenerationKey, stopped: FailedEvent, lease: Lease): Promise<void> {
    this.#checkOpen();
    this.#checkLease(lease);
    const stored = this.#get(key);
    stored.generation = { ...stored.generation, stopped };
    this.#watchers.tell();
  }

  async retry(view: string): Promise<void> {
    this.#checkOpen();
    for (const stored of this.#of(view)) stored.generation = { ...stored.generation, stopped: undefined };
    this.#watchers.tell();
  }

  async skip(view: string, notificationId: number): Promise<void> {
    this.#checkOpen();
    for (const stored of this.#of(view)) {
      const { generation } = stored;
      if (generation.stopped?.notificationId !== notificationId) continue;
      const skipped = [...generation.skipped, notificationId];
      stored.generation = { ...generation, skipped, stopped: undefined };
    }
    this.#watchers.tell();
  }

  async acquireLease({ name, holder }: Lease, ttlMs: number): Promise<boolean> {
    this.#checkOpen();
    checkLeaseTime("ttlMs", ttlMs);
    const held = this.#holder(name);
    if (held !== undefined && held !== holder) return false;
    this.#leases.set(name, { holder, expiresAt: this.#clock().getTime() + ttlMs });
    return true;
  }

  async releaseLease({ name, holder }: Lease): Promise<void> {
    this.#checkOpen();
    if (this.#leases.get(name)?.holder === holder) this.#leases.delete(name);
  }

  async leaseHolder(name: string): Promise<string | undefined> {
    this.#checkOpen();
    return this.#holder(name);
  }

  async read<Result>(
    view: string,
    query: (tables: ReadonlyMemoryTables) => Result,
  ): Promise<Result | undefined> {
    this.#checkOpen();
    const active = this.#of(view).find(({ generation }) => generation.active);
    return active && query(accessTo(view, active.tables));
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchers.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new RecorderClosedError();
  }

  #of(view: string): StoredGeneration[] {
    return this.#stored.get(view) ?? [];
  }

  #get({ view, number }: GenerationKey): StoredGeneration {
    const stored = this.#of(view).find(({ generation }) => generation.number === number);
    if (stored === undefined) throw new GenerationGoneError(view, number);
    return stored;
  }

  #holder(name: string): string | undefined {
    const lease = this.#leases.get(name);
    if (lease === undefined) return undefined;
    const leftMs = lease.expiresAt - this.#clock().getTime();
    return leftMs > 0 && leftMs <= LATEST_LEASE_END_MS ? lease.holder : undefined;
  }

  // A lease that ran out, and that nobody took since, still keeps others from having written.
  #checkLease({ name, holder }: Lease): void {
    if (this.#leases.get(name)?.holder !== holder) throw new LeaseLostError(name);
  }
}

function applyAll(
  view: string,
  changes: readonly MemoryChange[],
  tables: ReadonlyMap<string, UndoableTable>,
): void {
  for (const table of tables.values()) table.begin();
  try {
    for (const change of changes) change(accessTo(view, tables));
  } catch (error) {
    for (const table of tables.values()) table.rollBack();
    throw new ChangeRefusedError(view, error);
  }
}

function accessTo(view: string, tables: ReadonlyMap<string, UndoableTable>): MemoryTables {
  return (name) => {
    const table = tables.get(name);
    if (table === undefined)
      throw new InvalidArgumentError("a table", name, `one of those that the view "${view}" declares`);
    return table as never;
  };
}
