import { InvalidArgumentError, RecorderClosedError } from "../errors.ts";
import { checkLeaseTime, checkView, checkWrite } from "../projections/view-checks.ts";
import { ChangeRefusedError } from "../projections/view-errors.ts";
import {
  checkExists,
  checkLease,
  checkPosition,
  type GenerationKey,
  generationInProgress,
  skippedWith,
} from "../projections/view-rules.ts";
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

/** A store of views in memory. */
export interface MemoryViewStore extends ViewStore<MemoryChange> {
  /** Resolves to the result of `query` on the tables of the active generation, or undefined if there is none. */
  read<Result>(view: string, query: (tables: ReadonlyMemoryTables) => Result): Promise<Result | undefined>;
}

/** Options of `memoryViewStore`. */
export interface MemoryViewStoreOptions {
  /** Returns the time for leases. Default: the system's clock. */
  readonly clock?: () => Date;
}

/** Returns an empty store of views in this process's memory, for tests and experiments. */
export function memoryViewStore(options: MemoryViewStoreOptions = {}): MemoryViewStore {
  return new InMemoryViewStore(options.clock ?? (() => new Date()));
}

interface StoredGeneration {
  generation: Generation;
  readonly tables: ReadonlyMap<string, UndoableTable>;
}

class InMemoryViewStore implements MemoryViewStore {
  readonly #clock: () => Date;
  /** By view, in order of number. */
  readonly #generations = new Map<string, StoredGeneration[]>();
  readonly #lastNumbers = new Map<string, number>();
  readonly #leases = new Map<string, { readonly holder: string; readonly expiresAt: number }>();
  readonly #listeners = new Listeners();
  #closed = false;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async generations(view?: string): Promise<readonly Generation[]> {
    this.#checkOpen();
    const views = view === undefined ? [...this.#generations.keys()].sort() : [view];
    return views.flatMap((name) => this.#generationsOf(name).map(({ generation }) => generation));
  }

  async create(view: ViewDefinition<MemoryChange>): Promise<Generation> {
    this.#checkOpen();
    checkView(view);
    const { name, version } = view;
    const existing = this.#generationsOf(name);
    const inProgress = generationInProgress(
      existing.map(({ generation }) => generation),
      version,
    );
    if (inProgress !== undefined) return inProgress;
    const stored: StoredGeneration = {
      generation: newGeneration(name, this.#nextNumber(name), version, existing.length === 0),
      tables: new Map(view.tables.map((table) => [table, new UndoableTable()])),
    };
    this.#generations.set(name, [...existing, stored]);
    return stored.generation;
  }

  async write(write: ViewWrite<MemoryChange>): Promise<void> {
    this.#checkOpen();
    checkWrite(write);
    const { changes, to, eventId, processed, lease } = write;
    const stored = this.#writable(write.generation, lease);
    const { generation, tables } = stored;
    checkPosition(write, generation);
    applyAll(generation.view, changes, tables);
    stored.generation = { ...generation, position: to, eventId, processed: generation.processed + processed };
    this.#listeners.notify();
  }

  async activate(key: GenerationKey, lease: Lease): Promise<void> {
    this.#checkOpen();
    const stored = this.#writable(key, lease);
    stored.generation = { ...stored.generation, active: true };
    const kept = this.#generationsOf(key.view).filter(({ generation }) => generation.number >= key.number);
    this.#generations.set(key.view, kept);
    this.#listeners.notify();
  }

  async discard(key: GenerationKey, lease: Lease): Promise<void> {
    this.#checkOpen();
    const discarded = this.#writable(key, lease);
    if (discarded.generation.active) return;
    this.#generations.set(
      key.view,
      this.#generationsOf(key.view).filter((stored) => stored !== discarded),
    );
    this.#listeners.notify();
  }

  /** The garbage collector removes them. */
  async removeReplacedTables(): Promise<boolean> {
    this.#checkOpen();
    return true;
  }

  async stop(key: GenerationKey, stopped: FailedEvent, lease: Lease): Promise<void> {
    this.#checkOpen();
    const stored = this.#writable(key, lease);
    stored.generation = { ...stored.generation, stopped };
    this.#listeners.notify();
  }

  async retry(view: string): Promise<void> {
    this.#checkOpen();
    for (const stored of this.#generationsOf(view))
      stored.generation = { ...stored.generation, stopped: undefined };
    this.#listeners.notify();
  }

  async skip(view: string, notificationId: number): Promise<void> {
    this.#checkOpen();
    for (const stored of this.#generationsOf(view)) {
      const skipped = skippedWith(stored.generation, notificationId);
      if (skipped === undefined) continue;
      stored.generation = { ...stored.generation, skipped, stopped: undefined };
    }
    this.#listeners.notify();
  }

  async acquireLease({ name, holder }: Lease, ttlMs: number): Promise<boolean> {
    this.#checkOpen();
    checkLeaseTime("ttlMs", ttlMs);
    const current = this.#currentHolder(name);
    if (current !== undefined && current !== holder) return false;
    this.#leases.set(name, { holder, expiresAt: this.#clock().getTime() + ttlMs });
    return true;
  }

  async releaseLease({ name, holder }: Lease): Promise<void> {
    this.#checkOpen();
    if (this.#leases.get(name)?.holder === holder) this.#leases.delete(name);
  }

  async leaseHolder(name: string): Promise<string | undefined> {
    this.#checkOpen();
    return this.#currentHolder(name);
  }

  async read<Result>(
    view: string,
    query: (tables: ReadonlyMemoryTables) => Result,
  ): Promise<Result | undefined> {
    this.#checkOpen();
    const active = this.#generationsOf(view).find(({ generation }) => generation.active);
    return active && query(tablesOf(view, active.tables));
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new RecorderClosedError();
  }

  #generationsOf(view: string): StoredGeneration[] {
    return this.#generations.get(view) ?? [];
  }

  /** @throws LeaseLostError, GenerationGoneError */
  #writable(key: GenerationKey, lease: Lease): StoredGeneration {
    checkLease(lease, this.#leases.get(lease.name)?.holder);
    const stored = this.#generationsOf(key.view).find(({ generation }) => generation.number === key.number);
    return checkExists(key, stored);
  }

  #nextNumber(view: string): number {
    const number = (this.#lastNumbers.get(view) ?? 0) + 1;
    this.#lastNumbers.set(view, number);
    return number;
  }

  #currentHolder(name: string): string | undefined {
    const lease = this.#leases.get(name);
    if (lease === undefined) return undefined;
    const remainingMs = lease.expiresAt - this.#clock().getTime();
    return remainingMs > 0 && remainingMs <= LATEST_LEASE_END_MS ? lease.holder : undefined;
  }
}

function newGeneration(view: string, number: number, version: number, active: boolean): Generation {
  return {
    view,
    number,
    version,
    active,
    position: 0,
    eventId: undefined,
    processed: 0,
    skipped: [],
    stopped: undefined,
  };
}

function applyAll(
  view: string,
  changes: readonly MemoryChange[],
  tables: ReadonlyMap<string, UndoableTable>,
): void {
  for (const table of tables.values()) table.begin();
  try {
    for (const change of changes) change(tablesOf(view, tables));
  } catch (error) {
    for (const table of tables.values()) table.rollBack();
    throw new ChangeRefusedError(view, error);
  }
}

function tablesOf(view: string, tables: ReadonlyMap<string, UndoableTable>): MemoryTables {
  return (name) => {
    const table = tables.get(name);
    if (table === undefined)
      throw new InvalidArgumentError(
        "table",
        name,
        `one of ${[...tables.keys()].join(", ")}, the tables of view "${view}"`,
      );
    return table as never;
  };
}
