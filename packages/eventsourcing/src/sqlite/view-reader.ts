import type { Database } from "better-sqlite3";
import { tableNames } from "../projections/view-checks.ts";
import {
  type FailedEvent,
  type Generation,
  LATEST_LEASE_END_MS,
  type Statement,
  type TableName,
} from "../projections/view-store.ts";
import { pragma } from "./driver.ts";
import { parametersOf } from "./view-statements.ts";

interface GenerationRow extends Pick<Generation, "view" | "number" | "version" | "position" | "processed"> {
  readonly eventId: string | null;
  readonly active: number;
  readonly skipped: string;
  readonly stopped: string | null;
}

/** Reads views on one connection. A call sees every commit before it. */
export class ViewReader {
  readonly #db: Database;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = prepareStatements(db);
  }

  generations(view: string | undefined): Generation[] {
    const { all, ofView } = this.#statements;
    return (view === undefined ? all.all() : ofView.all(view)).map(generationOf);
  }

  leaseHolder(name: string, now: number): string | undefined {
    return this.#statements.leaseHolder.get({ name, now, latest: now + LATEST_LEASE_END_MS });
  }

  rows(view: string, query: (table: TableName) => Statement): unknown[] {
    // In one transaction, since the generation could be replaced before it is read.
    return this.#db.transaction(() => {
      const active = this.#statements.active.get(view);
      if (active === undefined) return [];
      const { sql, params = [] } = query(tableNames(view, active));
      return this.#db.prepare(sql).all(parametersOf(params));
    })();
  }

  dataVersion(): unknown {
    return pragma(this.#db, "data_version");
  }

  close(): void {
    this.#db.close();
  }
}

function prepareStatements(db: Database) {
  const columns = `view, number, version, active, position, processed, skipped, stopped,
    CASE WHEN event_position = position THEN event_id END AS eventId`;
  return {
    all: db.prepare<[], GenerationRow>(`SELECT ${columns} FROM generations ORDER BY view, number`),
    ofView: db.prepare<[string], GenerationRow>(
      `SELECT ${columns} FROM generations WHERE view = ? ORDER BY number`,
    ),
    active: db.prepare<[string], number>("SELECT number FROM generations WHERE view = ? AND active").pluck(),
    leaseHolder: db
      .prepare<[{ name: string; now: number; latest: number }], string>(
        "SELECT holder FROM leases WHERE name = :name AND expires_at > :now AND expires_at <= :latest",
      )
      .pluck(),
  };
}

function generationOf({ eventId, active, skipped, stopped, ...row }: GenerationRow): Generation {
  return {
    ...row,
    eventId: eventId ?? undefined,
    active: active === 1,
    skipped: JSON.parse(skipped) as number[],
    stopped: stopped === null ? undefined : (JSON.parse(stopped) as FailedEvent),
  };
}
