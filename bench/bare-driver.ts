import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import SqliteDatabase, { type Database } from "better-sqlite3";

/** A row of the library's table of events. */
export interface EventRow {
  readonly eventId: string;
  readonly originatorId: string;
  readonly originatorVersion: number;
  readonly topic: string;
  readonly state: Uint8Array;
}

/** Writes and reads the library's table with better-sqlite3 alone. */
export class BareDriver {
  readonly #db: Database;
  readonly #insertAll: (rows: readonly EventRow[]) => void;
  readonly #select;
  readonly #selectAll;
  #lastId: number;

  /** Opens the database at `path`, which the library creates, with the library's settings. */
  static async open(path: string): Promise<BareDriver> {
    await (await sqliteRecorder({ path })).close();
    return new BareDriver(path);
  }

  private constructor(path: string) {
    this.#db = new SqliteDatabase(path);
    this.#db.pragma("synchronous = FULL");
    this.#lastId = this.#db.prepare<[], number>("SELECT count(*) FROM events").pluck().get() ?? 0;
    const insert = this.#db.prepare<[number, string, string, number, string, number, Uint8Array]>(
      `INSERT INTO events (notification_id, event_id, originator_id, originator_version, topic, recorded_at, state)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    const insertAll = this.#db.transaction((rows: readonly EventRow[]) => {
      for (const { eventId, originatorId, originatorVersion, topic, state } of rows) {
        this.#lastId += 1;
        insert.run(this.#lastId, eventId, originatorId, originatorVersion, topic, Date.now(), state);
      }
    });
    this.#insertAll = insertAll.immediate;
    this.#select = this.#db.prepare<[string], EventRow & { state: Buffer }>(
      `SELECT event_id AS eventId, originator_id AS originatorId, originator_version AS originatorVersion, topic, state
       FROM events WHERE originator_id = ? ORDER BY originator_version`,
    );
    this.#selectAll = this.#db.prepare<[number, number], EventRow & { state: Buffer }>(
      `SELECT notification_id, event_id, originator_id, originator_version, topic, recorded_at, state
       FROM events WHERE notification_id >= ? ORDER BY notification_id LIMIT ?`,
    );
  }

  /** Inserts `rows` in one transaction, synced to the disk. */
  insert(rows: readonly EventRow[]): void {
    this.#insertAll(rows);
  }

  /** Returns the events of one originator, parsed from JSON. */
  load(originatorId: string): unknown[] {
    return this.#select.all(originatorId).map(({ state }) => JSON.parse(state.toString()));
  }

  /** Returns the rows with ids from `start`. */
  select(start: number, limit: number): readonly { readonly state: Buffer }[] {
    return this.#selectAll.all(start, limit);
  }

  close(): void {
    this.#db.close();
  }
}
