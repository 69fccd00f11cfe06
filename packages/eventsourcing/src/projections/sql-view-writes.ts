import type { PackedStatements } from "./packed-statements.ts";
import { type GenerationRow, generationOf, selectGenerations } from "./sql-generations.ts";
import {
  checkExists,
  checkLease,
  checkPosition,
  type GenerationKey,
  generationInProgress,
  skippedWith,
} from "./view-rules.ts";
import type { FailedEvent, Generation, Lease, Statement, ViewWrite } from "./view-store.ts";

/**
 * A transaction on a database of views. Runs statements in the order of the calls, which need not wait for each other.
 * PostgreSQL sends such statements together; after one that fails it refuses the rest.
 */
export interface SqlTransaction {
  /** The end of a SELECT that locks its rows until the transaction ends. Empty on SQLite, which has one writer. */
  readonly rowLock: "FOR UPDATE" | "";

  query<Row>(statement: Statement): Promise<readonly Row[]>;

  /** Runs statements of a view. @throws ChangeRefusedError for the first that is invalid or refused */
  apply(view: string, statements: PackedStatements): Promise<void>;

  /** Drops tables of a removed generation, or lists them for `removeReplacedTables`. Never waits for their readers. */
  removeTables(view: string, tables: readonly string[]): Promise<void>;
}

interface NewGeneration extends GenerationKey {
  readonly version: number;
  readonly tables: readonly string[];
  readonly statements: PackedStatements;
}

interface BatchWrite
  extends GenerationKey,
    Pick<ViewWrite<never>, "from" | "to" | "eventId" | "processed" | "lease"> {
  readonly statements: PackedStatements;
}

type LeasedKey = GenerationKey & { readonly lease: Lease };

/** The writes of a SQL view store. Each function runs in one transaction. Its second argument can be sent to a thread. */
const sqlViewWrites = {
  /** Resolves to a number that no generation of the view has had. */
  async reserveNumber(tx: SqlTransaction, { view }: { readonly view: string }): Promise<number> {
    const [row] = await tx.query<{ readonly number: number }>({
      sql: `INSERT INTO views (name, last_generation) VALUES ($1, 1)
            ON CONFLICT (name) DO UPDATE SET last_generation = views.last_generation + 1
            RETURNING last_generation AS number`,
      params: [view],
    });
    return row?.number ?? 1;
  },

  /** Resolves to the number of the generation of this version that is being built: the new one, or an earlier one. */
  async create(tx: SqlTransaction, generation: NewGeneration): Promise<number> {
    const { view, number, version, tables, statements } = generation;
    // Another process that creates a generation waits here.
    await tx.query({ sql: `SELECT name FROM views WHERE name = $1 ${tx.rowLock}`, params: [view] });
    // Reads the generations without locking them: `activate` of another process may hold some of them.
    const generations = (await tx.query<GenerationRow>(selectGenerations(view))).map(generationOf);
    const inProgress = generationInProgress(generations, version);
    if (inProgress !== undefined) return inProgress.number;
    await tx.apply(view, statements);
    await tx.query({
      sql: `INSERT INTO generations (view, number, version, active, position, processed, tables, skipped)
            VALUES ($1, $2, $3, NOT EXISTS (SELECT 1 FROM generations WHERE view = $1), 0, 0, $4, '[]')`,
      params: [view, number, version, JSON.stringify(tables)],
    });
    return number;
  },

  async write(tx: SqlTransaction, batch: BatchWrite): Promise<void> {
    const { view, number, to, eventId, processed, statements } = batch;
    const position = await lockPosition(tx, batch);
    checkPosition(batch, { view, number, position });
    const advanced = tx.query({
      sql: `UPDATE generations SET position = $3, event_id = $4, event_position = $3, processed = processed + $5
            WHERE view = $1 AND number = $2`,
      params: [view, number, to, eventId, processed],
    });
    await Promise.all([advanced, tx.apply(view, statements)]);
  },

  async activate(tx: SqlTransaction, key: LeasedKey): Promise<void> {
    const { view, number } = key;
    // In the order of all writes that lock several generations, so that none waits for the other.
    await lockGenerations(tx, view);
    await lockPosition(tx, key);
    await removeGenerations(tx, view, "number < $2", number);
    await tx.query({
      sql: "UPDATE generations SET active = true WHERE view = $1 AND number = $2",
      params: [view, number],
    });
  },

  async discard(tx: SqlTransaction, key: LeasedKey): Promise<void> {
    await lockPosition(tx, key);
    await removeGenerations(tx, key.view, "number = $2 AND NOT active", key.number);
  },

  async stop(tx: SqlTransaction, key: LeasedKey & { readonly failed: FailedEvent }): Promise<void> {
    const { view, number, failed } = key;
    await lockPosition(tx, key);
    // A column of the type jsonb cannot contain NUL and lone surrogates.
    const error = failed.error.replaceAll("\0", "\u2400").replaceAll(/[\ud800-\udfff]/gu, "\ufffd");
    const stopped = { ...failed, error };
    await tx.query({
      sql: "UPDATE generations SET stopped = $3 WHERE view = $1 AND number = $2",
      params: [view, number, JSON.stringify(stopped)],
    });
  },

  async retry(tx: SqlTransaction, { view }: { readonly view: string }): Promise<void> {
    await lockGenerations(tx, view);
    await tx.query({ sql: "UPDATE generations SET stopped = NULL WHERE view = $1", params: [view] });
  },

  async skip(
    tx: SqlTransaction,
    { view, notificationId }: { readonly view: string; readonly notificationId: number },
  ): Promise<void> {
    for (const generation of await lockGenerations(tx, view)) {
      const skipped = skippedWith(generation, notificationId);
      if (skipped === undefined) continue;
      await tx.query({
        sql: "UPDATE generations SET skipped = $3, stopped = NULL WHERE view = $1 AND number = $2",
        params: [view, generation.number, JSON.stringify(skipped)],
      });
    }
  },
};

type SqlViewWrites = typeof sqlViewWrites;
export type WriteName = keyof SqlViewWrites;
export type WriteArgument<Name extends WriteName> = Parameters<SqlViewWrites[Name]>[1];
export type WriteResult<Name extends WriteName> = Awaited<ReturnType<SqlViewWrites[Name]>>;

/** The name of a write and its argument. */
export type WriteCall = {
  [Name in WriteName]: { readonly name: Name; readonly argument: WriteArgument<Name> };
}[WriteName];

export function runWrite({ name, argument }: WriteCall, tx: SqlTransaction): Promise<unknown> {
  const write = sqlViewWrites[name] as (tx: SqlTransaction, argument: unknown) => Promise<unknown>;
  return write(tx, argument);
}

/** Locks the generations of a view in ascending order until the transaction ends, and resolves to them. */
async function lockGenerations(tx: SqlTransaction, view: string): Promise<readonly Generation[]> {
  return (await tx.query<GenerationRow>(selectGenerations(view, tx.rowLock))).map(generationOf);
}

/**
 * Locks the generation until the transaction ends, and resolves to its position.
 * @throws LeaseLostError, GenerationGoneError
 */
async function lockPosition(tx: SqlTransaction, { view, number, lease }: LeasedKey): Promise<number> {
  const [[generation], [stored]] = await Promise.all([
    tx.query<Pick<Generation, "position">>({
      sql: `SELECT position FROM generations WHERE view = $1 AND number = $2 ${tx.rowLock}`,
      params: [view, number],
    }),
    // After the lock, which another holder may have kept for a while.
    tx.query<Pick<Lease, "holder">>({
      sql: "SELECT holder FROM leases WHERE name = $1",
      params: [lease.name],
    }),
  ]);
  checkLease(lease, stored?.holder);
  return checkExists({ view, number }, generation).position;
}

async function removeGenerations(
  tx: SqlTransaction,
  view: string,
  condition: string,
  number: number,
): Promise<void> {
  const removed = await tx.query<{ readonly tables: string }>({
    sql: `DELETE FROM generations WHERE view = $1 AND ${condition} RETURNING CAST(tables AS text) AS tables`,
    params: [view, number],
  });
  const tables = removed.flatMap((row) => JSON.parse(row.tables) as string[]);
  await tx.removeTables(view, tables);
}
