import type { Database, Statement } from "better-sqlite3";
import { TrackingConflictError } from "../errors.ts";
import { GenerationGoneError, LeaseLostError } from "../projections/view-errors.ts";
import {
  type FailedEvent,
  type Generation,
  LATEST_LEASE_END_MS,
  type Lease,
  type ViewWrite,
} from "../projections/view-store.ts";
import { statementErrorOf } from "./failure.ts";
import { type PackedStatements, parametersOf } from "./view-statements.ts";

type GenerationKey = Pick<Generation, "view" | "number">;

export interface NewGeneration extends GenerationKey {
  readonly version: number;
  readonly tables: readonly string[];
  readonly statements: PackedStatements;
}

export interface PackedViewWrite extends Omit<ViewWrite<never>, "changes"> {
  readonly statements: PackedStatements;
}

/** Writes views on one connection. Each method is one transaction. */
export class ViewTransactions {
  readonly #db: Database;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = prepareStatements(db);
  }

  /** Returns a number that no generation of the view has ever had. */
  reserveNumber(view: string): number {
    return Number(this.#statements.reserveNumber.get(view));
  }

  create({ view, number, version, tables, statements }: NewGeneration): void {
    this.#transaction(() => {
      if (this.#statements.beingBuilt.get(view, version) !== undefined) return;
      this.#apply(view, statements);
      this.#statements.insertGeneration.run({ view, number, version, tables: JSON.stringify(tables) });
    });
  }

  write({ generation, from, to, eventId, processed, statements, lease }: PackedViewWrite): void {
    const { view, number } = generation;
    this.#transaction(() => {
      this.#checkLease(lease);
      const position = this.#statements.position.get(view, number);
      if (position === undefined) throw new GenerationGoneError(view, number);
      if (position !== from) throw new TrackingConflictError(view, to, position);
      this.#apply(view, statements);
      this.#statements.advance.run({ view, number, to, eventId, processed });
    });
  }

  activate(key: GenerationKey, lease: Lease): void {
    this.#transaction(() => {
      this.#checkLease(lease);
      this.#checkExists(key);
      // Readers of earlier generations continue in their read transactions.
      this.#drop(this.#statements.earlierTables.all(key.view, key.number));
      this.#statements.deleteEarlier.run(key.view, key.number);
      this.#statements.activate.run(key.view, key.number);
    });
  }

  discard(key: GenerationKey, lease: Lease): void {
    this.#transaction(() => {
      this.#checkLease(lease);
      this.#checkExists(key);
      this.#drop(this.#statements.tablesBeingBuilt.all(key.view, key.number));
      this.#statements.deleteBeingBuilt.run(key.view, key.number);
    });
  }

  stop(key: GenerationKey, failed: FailedEvent, lease: Lease): void {
    this.#transaction(() => {
      this.#checkLease(lease);
      this.#checkExists(key);
      this.#statements.stop.run(JSON.stringify(failed), key.view, key.number);
    });
  }

  retry(view: string): void {
    this.#statements.retry.run(view);
  }

  skip(view: string, notificationId: number): void {
    this.#statements.skip.run({ view, notificationId });
  }

  acquireLease({ name, holder }: Lease, now: number, ttlMs: number): boolean {
    const { changes } = this.#statements.acquireLease.run({
      name,
      holder,
      now,
      expiresAt: now + ttlMs,
      latest: now + LATEST_LEASE_END_MS,
    });
    return changes === 1;
  }

  releaseLease({ name, holder }: Lease): void {
    this.#statements.releaseLease.run(name, holder);
  }

  #transaction(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  #drop(tables: readonly string[]): void {
    for (const table of tables) this.#db.exec(`DROP TABLE IF EXISTS "${table}"`);
  }

  #apply(view: string, { texts, textIndexes, params }: PackedStatements): void {
    try {
      const prepared = texts.map((): Statement | undefined => undefined);
      textIndexes.forEach((text, index) => {
        // Not earlier, since a statement may use a table that the one before creates.
        const statement = prepared[text] ?? this.#db.prepare(texts[text] ?? "");
        prepared[text] = statement;
        statement.run(parametersOf(params[index] ?? []));
      });
    } catch (error) {
      throw statementErrorOf(view, error);
    }
  }

  // An expired lease is fine unless another runner has acquired it since: nobody else has written.
  #checkLease({ name, holder }: Lease): void {
    if (this.#statements.holder.get(name) !== holder) throw new LeaseLostError(name);
  }

  #checkExists({ view, number }: GenerationKey): void {
    if (this.#statements.position.get(view, number) === undefined)
      throw new GenerationGoneError(view, number);
  }
}

function prepareStatements(db: Database) {
  return {
    reserveNumber: db
      .prepare<[string], number>(
        `INSERT INTO views (name, last_generation) VALUES (?, 1)
         ON CONFLICT DO UPDATE SET last_generation = last_generation + 1 RETURNING last_generation`,
      )
      .pluck(),
    beingBuilt: db.prepare<[string, number]>(
      "SELECT 1 FROM generations WHERE view = ? AND version = ? AND NOT active",
    ),
    insertGeneration: db.prepare<[{ view: string; number: number; version: number; tables: string }]>(
      `INSERT INTO generations (view, number, version, active, position, processed, tables, skipped)
       VALUES (:view, :number, :version,
         NOT EXISTS (SELECT 1 FROM generations WHERE view = :view), 0, 0, :tables, '[]')`,
    ),
    position: db
      .prepare<[string, number], number>("SELECT position FROM generations WHERE view = ? AND number = ?")
      .pluck(),
    advance: db.prepare<[{ view: string; number: number; to: number; eventId: string; processed: number }]>(
      `UPDATE generations SET position = :to, event_id = :eventId, event_position = :to,
         processed = processed + :processed
       WHERE view = :view AND number = :number`,
    ),
    earlierTables: db
      .prepare<[string, number], string>(
        `SELECT value FROM generations, json_each(generations.tables) WHERE view = ? AND number < ?`,
      )
      .pluck(),
    deleteEarlier: db.prepare<[string, number]>("DELETE FROM generations WHERE view = ? AND number < ?"),
    tablesBeingBuilt: db
      .prepare<[string, number], string>(
        `SELECT value FROM generations, json_each(generations.tables)
         WHERE view = ? AND number = ? AND NOT active`,
      )
      .pluck(),
    deleteBeingBuilt: db.prepare<[string, number]>(
      "DELETE FROM generations WHERE view = ? AND number = ? AND NOT active",
    ),
    activate: db.prepare<[string, number]>("UPDATE generations SET active = 1 WHERE view = ? AND number = ?"),
    stop: db.prepare<[string, string, number]>(
      "UPDATE generations SET stopped = ? WHERE view = ? AND number = ?",
    ),
    retry: db.prepare<[string]>("UPDATE generations SET stopped = NULL WHERE view = ?"),
    skip: db.prepare<[{ view: string; notificationId: number }]>(
      `UPDATE generations SET skipped = json_insert(skipped, '$[#]', CAST(:notificationId AS INTEGER)), stopped = NULL
       WHERE view = :view AND json_extract(stopped, '$.notificationId') = :notificationId`,
    ),
    holder: db.prepare<[string], string>("SELECT holder FROM leases WHERE name = ?").pluck(),
    acquireLease: db.prepare<
      [{ name: string; holder: string; now: number; expiresAt: number; latest: number }]
    >(
      `INSERT INTO leases (name, holder, expires_at) VALUES (:name, :holder, :expiresAt)
       ON CONFLICT DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
       WHERE leases.holder = excluded.holder OR leases.expires_at <= :now
         OR leases.expires_at > :latest`,
    ),
    releaseLease: db.prepare<[string, string]>("DELETE FROM leases WHERE name = ? AND holder = ?"),
  };
}
