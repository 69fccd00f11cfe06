/**
 * The port to a database of views. It stores the rows of a view together with the position of the view (R10). The events
 * may be in another database.
 *
 * A *generation* is a view built once from the first event, in tables of its own. Queries read the active generation; the
 * next one is built beside it and replaces it.
 */

/** The maximum duration of a lease, in milliseconds. */
export const MAX_LEASE_MS = 60_000;

/**
 * A lease that ends later than this from now was acquired before the clock was set back, and counts as expired. Twice the
 * maximum duration, because the two processes may have read the clock at different moments.
 */
export const LATEST_LEASE_END_MS: number = 2 * MAX_LEASE_MS;

/**
 * Returns the name of a view's table in one generation: `table("pages")` is `search__pages__3` in the third generation of
 * "search". Use it for the names of indexes, too.
 */
export type TableName = (name: string) => string;

/** A statement on SQLite or PostgreSQL. Refers to its parameters as `$1`, `$2`, … on both. */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** A value that both SQLite and PostgreSQL store. Pass a list as JSON, and true and false as 1 and 0. */
export type SqlValue = string | number | null | Uint8Array;

/** The name, version and tables of a view. */
export interface ViewDefinition<Change> {
  /** Lowercase letters and digits in words joined by `_`, at most 26 characters. A prefix of the names of tables. */
  readonly name: string;
  /** A whole number from 1. Raise it to have the view rebuilt beside the active generation. */
  readonly version: number;
  /** The names of the view's tables, as passed to `TableName`. */
  readonly tables: readonly string[];
  /** Returns the changes that create the empty tables and their indexes. Not needed in memory. */
  create?(table: TableName): readonly Change[];
}

/** An event that a projection cannot process. */
export interface FailedEvent {
  readonly notificationId: number;
  readonly topic: string;
  /** The message of the error. */
  readonly error: string;
}

/** A generation of a view, as stored. */
export interface Generation {
  readonly view: string;
  /** Assigned by the store, from 1, and never reused for the view. */
  readonly number: number;
  /** The version of the view when the generation was created. */
  readonly version: number;
  readonly active: boolean;
  /** The last notification id that is processed, or 0. */
  readonly position: number;
  /**
   * The id of the event at `position`, by which a restored older backup is noticed. Undefined at position 0, and if an
   * early version of the library wrote the generation.
   */
  readonly eventId: string | undefined;
  /** How many events the projection has processed. */
  readonly processed: number;
  /** The notification ids that operators skipped. */
  readonly skipped: readonly number[];
  /** The event that the generation is stopped at. */
  readonly stopped: FailedEvent | undefined;
}

/** The exclusive right of a runner to write a view, for a limited time. */
export interface Lease {
  readonly name: string;
  /** A UUID for each runner. */
  readonly holder: string;
}

/** The changes of a batch of notifications. */
export interface ViewWrite<Change> {
  readonly generation: Pick<Generation, "view" | "number">;
  /** The position of the generation before the batch. */
  readonly from: number;
  /** The position of the generation after the batch. */
  readonly to: number;
  /** The id of the event at `to`, whether or not the view handles it. */
  readonly eventId: string;
  readonly changes: readonly Change[];
  /** How many events of the batch the projection has processed. */
  readonly processed: number;
  readonly lease: Lease;
}

/** A database of views. Rejects with the errors of `view-errors.ts` and `errors.ts` only. */
export interface ViewStore<Change> {
  /** Resolves to the generations of one view or of all views, in order of view and number. */
  generations(view?: string): Promise<readonly Generation[]>;

  /**
   * Creates the next generation of `view`, empty at position 0. The first generation of a view is active at once.
   * Resolves to the generation of this version that is being built, if there is one.
   * @throws ChangeRefusedError if its tables cannot be created
   */
  create(view: ViewDefinition<Change>): Promise<Generation>;

  /**
   * Applies the changes, in order, and moves the position, in one transaction (R10).
   * @throws TrackingConflictError if the position is not `from`
   * @throws LeaseLostError, GenerationGoneError, ChangeRefusedError, RecorderError. Nothing is written, except that a
   *   RecorderError may follow a write whose acknowledgement was lost; the position tells.
   */
  write(write: ViewWrite<Change>): Promise<void>;

  /**
   * Makes a generation the active one and removes the earlier ones of its view, without waiting for readers. A query
   * under way on an earlier generation returns its rows, or is repeated on the new one. The tables of removed generations
   * may exist until `removeReplacedTables`.
   * @throws LeaseLostError, GenerationGoneError
   */
  activate(generation: Pick<Generation, "view" | "number">, lease: Lease): Promise<void>;

  /**
   * Removes a generation that is being built, as `activate` does earlier ones. Does nothing if it is active.
   * @throws LeaseLostError, GenerationGoneError
   */
  discard(generation: Pick<Generation, "view" | "number">, lease: Lease): Promise<void>;

  /**
   * Drops the tables of removed generations of `view`. Resolves to whether none is left: false while a reader has one
   * open.
   */
  removeReplacedTables(view: string): Promise<boolean>;

  /** Stores that a generation is stopped at an event. @throws LeaseLostError, GenerationGoneError */
  stop(generation: Pick<Generation, "view" | "number">, event: FailedEvent, lease: Lease): Promise<void>;

  /** Makes the stopped generations of a view try again. */
  retry(view: string): Promise<void>;

  /** Makes the generations of a view that are stopped at this notification continue without it. */
  skip(view: string, notificationId: number): Promise<void>;

  /**
   * Acquires or renews the lease for `ttlMs` from now. Resolves to false while another holder has it. Does not wait for
   * queries of views.
   * @throws InvalidArgumentError unless `ttlMs` is a whole number from 1 to `MAX_LEASE_MS`
   */
  acquireLease(lease: Lease, ttlMs: number): Promise<boolean>;

  /** Releases the lease at once. Does nothing if another holder has it. */
  releaseLease(lease: Lease): Promise<void>;

  /** Resolves to the holder of the lease, or undefined. */
  leaseHolder(name: string): Promise<string | undefined>;

  /**
   * Calls `listener` soon after any process has written a view. One call may stand for many writes, or for none. The
   * function returned ends the calls. Does not keep the process alive.
   */
  watch(listener: () => void): () => void;

  /** Releases all resources once the work in progress has ended. Closing twice is allowed. */
  close(): Promise<void>;

  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A database of views in SQL: SQLite or PostgreSQL. */
export interface SqlViewStore extends ViewStore<Statement> {
  /**
   * Resolves to the rows of a query on the active generation of `view`, or to none if there is no generation. The query
   * sees one state of the view. Whole numbers are numbers.
   * @throws QueryTimeoutError after `timeoutMs`
   */
  read<Row>(
    view: string,
    query: (table: TableName) => Statement,
    options?: ReadOptions,
  ): Promise<readonly Row[]>;
}

/** Options of `SqlViewStore.read`. */
export interface ReadOptions {
  /**
   * How long the query may run, in milliseconds. Pass it for a query whose cost grows with the view: on SQLite, the
   * query then runs in another thread, and the time includes the wait for one. Default: no limit, and on SQLite the
   * query runs in the calling thread.
   */
  readonly timeoutMs?: number;
}
