/**
 * The port to where views live: what the runner of projections asks of a database. A view's rows, and how far it has
 * followed, are stored together (R10), in one database that need not be the one with the events.
 *
 * A view has *generations*: each is the view built once, from the first event on, in tables of its own. One is
 * active, which queries read; a next one may be built beside it and take its place.
 */
import { CodedError, InvalidArgumentError } from "../errors.ts";

/** No lease is given for longer, in milliseconds. */
export const MAX_LEASE_MS = 60_000;

/**
 * A lease that ends later than this from now was given before the clock was set back, and is over: nobody waits for
 * as long as the clock went back. Twice the longest, since one who takes a lease may have asked the time after one
 * who looks at it.
 */
export const LATEST_LEASE_END_MS: number = 2 * MAX_LEASE_MS;

/**
 * Gives a view's table its name in one generation: `table("pages")` is `search__pages__3` in the third generation of
 * "search". The names of indexes go through it, too.
 */
export type TableName = (name: string) => string;

/** A statement of a view on SQLite or PostgreSQL. Its parameters stand in it as `$1`, `$2`, … on both. */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** SQLite has no others: a list goes in as JSON, and true and false as 1 and 0. */
export type SqlValue = string | number | null | Uint8Array;

/** What a store has to know of a view to make room for it. */
export interface ViewDefinition<Change> {
  /** Words of small letters and digits, joined by `_`: the name is part of those of the tables. */
  readonly name: string;
  /** A whole number from 1. When it is raised, the view is built again beside the one there is. */
  readonly version: number;
  /** The view's tables, by their own names, so that they can be removed. */
  readonly tables: readonly string[];
  /** Returns what makes the tables, empty, and their indexes. Not needed in memory. */
  create?(table: TableName): readonly Change[];
}

/** An event that a projection cannot process. */
export interface FailedEvent {
  readonly notificationId: number;
  readonly topic: string;
  /** The message of what was thrown. */
  readonly error: string;
}

/** One generation of a view, as it is stored. */
export interface Generation {
  readonly view: string;
  /** From 1, given by the store, and never to another generation of the view. */
  readonly number: number;
  /** The version of the view that it was begun with. */
  readonly version: number;
  readonly active: boolean;
  /** The last notification id that is processed, or 0. */
  readonly position: number;
  /**
   * The id of the event at the position, which tells whether the view was made of the events that are recorded;
   * undefined at position 0, and where a version of the library wrote it that did not know of it.
   */
  readonly eventId: string | undefined;
  /** How many events were handed to the projection for it. */
  readonly processed: number;
  /** Notification ids that an operator had left out. */
  readonly skipped: readonly number[];
  /** Why it goes no further; undefined while it does. */
  readonly stopped: FailedEvent | undefined;
}

/** The right to write: of several runners only the one that has the lease of this name may. */
export interface Lease {
  readonly name: string;
  /** Differs for each runner. */
  readonly holder: string;
}

/** What a batch of notifications changes. */
export interface ViewWrite<Change> {
  readonly generation: Pick<Generation, "view" | "number">;
  /** The position that the generation has; nothing is written when it has another. */
  readonly from: number;
  /** The position that it then has. */
  readonly to: number;
  /** The id of the event at `to`, whether or not the view handles it. */
  readonly eventId: string;
  readonly changes: readonly Change[];
  /** How many events were processed. */
  readonly processed: number;
  readonly lease: Lease;
}

/** Where views live. What is rejected with is an error of this file or of `errors.ts`. */
export interface ViewStore<Change> {
  /** Resolves to the generations of one view or of all, in order of view and number. */
  generations(view?: string): Promise<readonly Generation[]>;

  /**
   * Makes the next generation of `view`, empty at position 0, and resolves to it. A view's first generation is
   * active at once. Where one of this version is being built already, that one is resolved to.
   * @throws ChangeRefusedError when its tables cannot be made
   */
  create(view: ViewDefinition<Change>): Promise<Generation>;

  /**
   * Applies the changes, in order, and moves the position, both or neither (R10).
   * @throws TrackingConflictError when the position is not `from`, LeaseLostError, GenerationGoneError,
   *   ChangeRefusedError, RecorderError: nothing is written. A RecorderError alone may come after a write whose
   *   acknowledgement was lost; the position tells.
   */
  write(write: ViewWrite<Change>): Promise<void>;

  /**
   * Makes a generation the active one, and the earlier ones of its view gone, in one step that waits for no reader.
   * What reads an earlier one at this moment finds what it held, or is repeated on the new one. Their tables may be
   * there until `removeReplacedTables`.
   * @throws LeaseLostError, GenerationGoneError
   */
  activate(generation: Pick<Generation, "view" | "number">, lease: Lease): Promise<void>;

  /**
   * Makes a generation that is being built gone, as `activate` does earlier ones; does nothing to an active one.
   * @throws LeaseLostError, GenerationGoneError
   */
  discard(generation: Pick<Generation, "view" | "number">, lease: Lease): Promise<void>;

  /**
   * Removes the tables of generations of `view` that are gone, whoever left them, and resolves to whether none is
   * left: false says that somebody has one of them open, and to ask again later.
   */
  removeReplacedTables(view: string): Promise<boolean>;

  /** Notes that a generation goes no further. @throws LeaseLostError, GenerationGoneError */
  stop(generation: Pick<Generation, "view" | "number">, poisonous: FailedEvent, lease: Lease): Promise<void>;

  /** Lets the stopped generations of a view try again. Does nothing where none is stopped. */
  retry(view: string): Promise<void>;

  /** Lets the generations of a view that are stopped at this notification go on without it. */
  skip(view: string, notificationId: number): Promise<void>;

  /**
   * Takes the lease, or keeps it, for `ttlMs` from now; resolves to false while another holder has it. Neither this
   * nor what else is asked about leases and generations waits for queries of views.
   * @throws InvalidArgumentError when `ttlMs` is no whole number from 1 to `MAX_LEASE_MS`
   */
  acquireLease(lease: Lease, ttlMs: number): Promise<boolean>;

  /** Gives the lease back at once; does nothing when the holder has it no longer. */
  releaseLease(lease: Lease): Promise<void>;

  /** Resolves to whoever has the lease now, or undefined. */
  leaseHolder(name: string): Promise<string | undefined>;

  /**
   * Calls `listener` soon after a view was written, by this or any other process. One call may stand for many
   * writes, and one may come without. The function returned ends the calls. Keeps no idle process alive.
   */
  watch(listener: () => void): () => void;

  /** Releases every resource once what is under way has ended. Closing twice is fine. */
  close(): Promise<void>;
}

/** Views in SQL: SQLite and PostgreSQL have this same form. */
export interface SqlViewStore extends ViewStore<Statement> {
  /**
   * Resolves to the rows of a query on the active generation of `view`; to none while there is no generation. The
   * query sees one state of the view, whatever is written or swapped meanwhile. Whole numbers are numbers.
   */
  read<Row>(view: string, query: (table: TableName) => Statement): Promise<readonly Row[]>;
}

/** Another runner has the lease. Nothing was written. */
export class LeaseLostError extends CodedError {
  readonly code = "lease-lost";
  readonly leaseName: string;

  constructor(leaseName: string) {
    super(`The lease "${leaseName}" is not this runner's: another one has taken over.`);
    this.leaseName = leaseName;
  }
}

/** The generation is no more: a later one has taken its place. Nothing was written. */
export class GenerationGoneError extends CodedError {
  readonly code = "generation-gone";
  readonly view: string;
  readonly generation: number;

  constructor(view: string, generation: number) {
    super(`Generation ${generation} of the view "${view}" is no more: a later one has taken its place.`);
    this.view = view;
    this.generation = generation;
  }
}

/**
 * The view was made of other events than those that are recorded, as after an older copy of the events was put back:
 * it is built again.
 */
export class EventLogMismatchError extends CodedError {
  readonly code = "event-log-mismatch";
  readonly view: string;
  readonly position: number;

  constructor(view: string, position: number) {
    super(
      `The view "${view}" was made of other events than those that are recorded, at notification ${position} at the latest. It is built again.`,
    );
    this.view = view;
    this.position = position;
  }
}

/** The database does not take a change as it is; it would not later either. Nothing was written. */
export class ChangeRefusedError extends CodedError {
  readonly code = "change-refused";
  readonly view: string;

  constructor(view: string, cause: unknown) {
    super(`A change of the view "${view}" is refused: ${messageOf(cause)}`, { cause });
    this.view = view;
  }
}

// So that with a number they fit into the 63 bytes that PostgreSQL leaves for a name.
const MAX_NAME_LENGTH = 26;
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Returns what names the tables of a generation. @throws InvalidArgumentError for what cannot be part of a name */
export function tableNames(view: string, generation: number): TableName {
  return (name) => {
    checkName("the name of a table of a view", name);
    return `${view}__${name}__${generation}`;
  };
}

/** @throws InvalidArgumentError */
export function checkView({
  name,
  version,
  tables,
}: Pick<ViewDefinition<unknown>, "name" | "version" | "tables">): void {
  checkName("the name of a view", name);
  if (!Array.isArray(tables) || new Set(tables).size < tables.length)
    throw new InvalidArgumentError(`the tables of the view "${name}"`, tables, "a list of different names");
  for (const table of tables) checkName("the name of a table of a view", table);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new InvalidArgumentError(`the version of the view "${name}"`, version, "a whole number from 1");
}

/** @throws InvalidArgumentError */
export function checkWrite({ from, to }: Pick<ViewWrite<unknown>, "from" | "to">): void {
  if (!Number.isSafeInteger(from) || from < 0)
    throw new InvalidArgumentError("from", from, "a whole number from 0");
  if (!Number.isSafeInteger(to) || to <= from)
    throw new InvalidArgumentError("to", to, `a whole number above ${from}`);
}

/** @throws InvalidArgumentError */
export function checkLeaseTime(name: string, ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_LEASE_MS)
    throw new InvalidArgumentError(name, ttlMs, `a whole number from 1 to ${MAX_LEASE_MS}`);
}

function checkName(what: string, name: string): void {
  if (typeof name !== "string" || !NAME.test(name) || name.length > MAX_NAME_LENGTH)
    throw new InvalidArgumentError(
      what,
      name,
      `words of small letters and digits joined by "_", at most ${MAX_NAME_LENGTH} characters`,
    );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
