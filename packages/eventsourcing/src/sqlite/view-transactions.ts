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
import { refusalOf } from "./view-failure.ts";
import { bindings, type PackedStatements } from "./view-statements.ts";

type GenerationKey = Pick<Generation, "view" | "number">;

/** A new generation, with the full names of its tables and what makes them. */
export interface NewGeneration extends GenerationKey {
  readonly version: number;
  readonly tables: readonly string[];
  readonly statements: PackedStatements;
}

/** A write whose changes are packed. */
export interface PackedWrite extends Omit<ViewWrite<never>, "changes"> {
  readonly statements: PackedStatements;
}

/** What is written to the database of views on one connection, each method in a transaction of its own. */
export class ViewTransactions {
  readonly #db: Database;
  readonly #prepared: ReturnType<typeof prepareViewStatements>;

  constructor(db: Database) {
    this.#db = db;
    this.#prepared = prepareViewStatements(db);
  }

  /** Gives a number that no generation of the view has, nor ever had. */
  reserveNumber(view: string): number {
    return Number(this.#prepared.reserveNumber.get(view));
  }

  create({ view, number, version, tables, statements }: NewGeneration): void {
    this.#transaction(() => {
      if (this.#prepared.beingBuilt.get(view, version) !== undefined) return;
      this.#apply(view, statements);
      this.#prepared.insertGeneration.run({ view, number, version, tables: JSON.stringify(tables) });
    });
  }

  write({ generation, from, to, eventId, processed, statements, lease }: PackedWrite): void {
    const { view, number } = generation;
    this.#transaction(() => {
      this.#checkLease(lease);
      const position = this.#prepared.position.get(view, number);
      if (position === undefined) throw new GenerationGoneError(view, number);
      if (position !== from) throw new TrackingConflictError(view, to, position);
      this.#apply(view, statements);
      this.#prepared.advance.run({ view, number, to, eventId, processed });
    });
  }

  activate(key: GenerationKey, lease: Lease): void {
    this.#transaction(() => {
      this.#checkLease(lease);
      this.#checkThere(key);
      // Those who read them go on in their snapshots.
      this.#drop(this.#prepared.earlierTables.all(key.view, key.number));
      this.#prepared.deleteEarlier.run(key.view, key.number);
      this.#prepared.activate.run(key.view, key.number);
    });
  }

  discard(key: GenerationKey, lease: Lease): void {
    this.#transaction(() => {
      this.#checkLease(lease);
      this.#checkThere(key);
      this.#drop(this.#prepared.tablesBeingBuilt.all(key.view, key.number));
      this.#prepared.deleteBeingBuilt.run(key.view, key.number);
    });
  }

  stop(key: GenerationKey, poisonous: FailedEvent, lease: Lease): void {
    this.#transaction(() => {
      this.#checkLease(lease);
      this.#checkThere(key);
      this.#prepared.stop.run(JSON.stringify(poisonous), key.view, key.number);
    });
  }

  retry(view: string): void {
    this.#prepared.retry.run(view);
  }

  skip(view: string, notificationId: number): void {
    this.#prepared.skip.run({ view, notificationId });
  }

  acquireLease({ name, holder }: Lease, now: number, ttlMs: number): boolean {
    const taken = this.#prepared.acquireLease.run({
      name,
      holder,
      now,
      expiresAt: now + ttlMs,
      latest: now + LATEST_LEASE_END_MS,
    });
    return taken.changes === 1;
  }

  releaseLease({ name, holder }: Lease): void {
    this.#prepared.releaseLease.run(name, holder);
  }

  close(): void {
    this.#db.close();
  }

  #transaction(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  #drop(tables: readonly string[]): void {
    for (const table of tables) this.#db.exec(`DROP TABLE IF EXISTS "${table}"`);
  }

  #apply(view: string, { texts, kinds, params }: PackedStatements): void {
    try {
      const prepared = texts.map((): Statement | undefined => undefined);
      kinds.forEach((kind, index) => {
        // Only when its turn has come: it may be about a table that the one before makes.
        const statement = prepared[kind] ?? this.#db.prepare(texts[kind] ?? "");
        prepared[kind] = statement;
        statement.run(bindings(params[index] ?? []));
      });
    } catch (error) {
      throw refusalOf(view, error);
    }
  }

  // A lease that ran out, and that nobody took since, still keeps others from having written.
  #checkLease({ name, holder }: Lease): void {
    if (this.#prepared.holder.get(name) !== holder) throw new LeaseLostError(name);
  }

  #checkThere({ view, number }: GenerationKey): void {
    if (this.#prepared.position.get(view, number) === undefined) throw new GenerationGoneError(view, number);
  }
}

function prepareViewStatements(db: Database) {
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
