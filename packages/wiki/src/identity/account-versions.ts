import { RecorderError } from "@palimpsest/eventsourcing";
import type { Dialect, SqlDatabase } from "../database/sql-database.ts";

/** Numbers that rise with each change of rows that caches hold. New rows change no number. */
export interface Versions {
  /** Names and roles, accounts that were deleted, and the wiki's settings. */
  readonly people: number;
  /** Sessions and tokens, and everything that `people` counts. */
  readonly credentials: number;
}

/** A table with one row: the versions, and the version of the schema of the accounts. */
export const ACCOUNT_VERSIONS = "account_versions";

const SELECT = `SELECT "people", "credentials" FROM "${ACCOUNT_VERSIONS}"`;

/** How long PostgreSQL's versions are used without a query, and when the next query begins in the background. */
const MAX_AGE_MS = 500;
const REFRESH_AGE_MS = 250;

const RAISE_BY_TABLE = {
  user: `"people" = "people" + 1, "credentials" = "credentials" + 1`,
  session: `"credentials" = "credentials" + 1`,
  apikey: `"credentials" = "credentials" + 1`,
};

/**
 * Returns the statements that create the table and its triggers if they are missing. Triggers, because servers of earlier
 * versions and SQL tools change accounts, too.
 */
export function createAccountVersions(dialect: Dialect): string {
  const table = `
    CREATE TABLE IF NOT EXISTS "${ACCOUNT_VERSIONS}" (
      "schema" integer NOT NULL, "people" integer NOT NULL, "credentials" integer NOT NULL
    );
    INSERT INTO "${ACCOUNT_VERSIONS}" SELECT 0, 1, 1 WHERE NOT EXISTS (SELECT 1 FROM "${ACCOUNT_VERSIONS}");`;
  const createTriggers = dialect === "sqlite" ? sqliteTriggers : postgresTriggers;
  return table + Object.entries(RAISE_BY_TABLE).map(createTriggers).join("");
}

function sqliteTriggers([table, raise]: [table: string, raise: string]): string {
  return ["UPDATE", "DELETE"]
    .map(
      (event) => `
        CREATE TRIGGER IF NOT EXISTS "${table}_${event.toLowerCase()}_raises_version" AFTER ${event} ON "${table}"
        BEGIN UPDATE "${ACCOUNT_VERSIONS}" SET ${raise}; END;`,
    )
    .join("");
}

/** The schema of the table is named because the search path of other programs may lack it. */
function postgresTriggers([table, raise]: [table: string, raise: string]): string {
  return `
    CREATE OR REPLACE FUNCTION "${table}_raises_version"() RETURNS trigger LANGUAGE plpgsql AS $function$
      BEGIN
        EXECUTE format('UPDATE %I.${ACCOUNT_VERSIONS} SET ${raise}', TG_TABLE_SCHEMA);
        RETURN NULL;
      END
    $function$;
    CREATE OR REPLACE TRIGGER "${table}_raises_version" AFTER UPDATE OR DELETE ON "${table}"
    FOR EACH STATEMENT EXECUTE FUNCTION "${table}_raises_version"();`;
}

interface Known {
  readonly versions: Versions;
  /** When the query began, by `performance.now`. */
  readonly startedAt: number;
}

/**
 * The current versions of the accounts. On SQLite they are read each time. On PostgreSQL they are queried at most four
 * times a second, and used for half a second, so changes of other processes are noticed within a second.
 */
export class AccountVersions {
  readonly #database: SqlDatabase;
  #known: Known | undefined;
  #query: Promise<Versions> | undefined;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Returns the versions; undefined if they must be queried. */
  now(): Versions | undefined {
    const rows = this.#database.queryNow<Versions>(SELECT, []);
    if (rows !== undefined) return versionsIn(rows);
    if (this.#known === undefined) return undefined;
    const ageMs = performance.now() - this.#known.startedAt;
    if (ageMs > REFRESH_AGE_MS) this.#startQuery().catch(() => {});
    return ageMs > MAX_AGE_MS ? undefined : this.#known.versions;
  }

  async current(): Promise<Versions> {
    return this.now() ?? (await this.#startQuery());
  }

  /** Lets the next call notice a write of this process. */
  expire(): void {
    this.#known = undefined;
    this.#query = undefined;
  }

  /** Joins the query that runs, if any. A query that began before `expire` was called is not stored. */
  #startQuery(): Promise<Versions> {
    if (this.#query !== undefined) return this.#query;
    const startedAt = performance.now();
    const query = this.#database.query<Versions>(SELECT, []).then(versionsIn);
    this.#query = query;
    const finish = (known: Known | undefined) => {
      if (this.#query !== query) return;
      this.#known = known;
      this.#query = undefined;
    };
    query.then(
      (versions) => finish({ versions, startedAt }),
      () => finish(undefined),
    );
    return query;
  }
}

function versionsIn([row]: readonly Versions[]): Versions {
  if (row === undefined)
    throw new RecorderError("The accounts cannot be read", new Error(`"${ACCOUNT_VERSIONS}" has no row`));
  return row;
}
