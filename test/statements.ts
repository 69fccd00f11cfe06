/** Records the statements of this process on SQLite and PostgreSQL, with their plans. */
import { Worker } from "node:worker_threads";
import SqliteDatabase from "better-sqlite3";
import pg from "pg";

/** A step of a plan that reads a stored table without a key. */
interface Scan {
  readonly sql: string;
  readonly step: string;
}

export interface RecordedStatements {
  /** Resolves to the scans of whole tables in all statements so far, except of the tables in `small`. */
  scans(small: RegExp): Promise<readonly Scan[]>;
  /** Forgets the statements that ran so far, such as those that write. */
  start(): void;
  /** The number of different statements. */
  readonly count: number;
}

/** Uses no more of a key than that the row is a current one. Two indexes continue with the order of their list. */
const READS_CURRENT_ROWS = /^SEARCH (?!.*(orphans_by_title|wanted_by_count)).*\(until[=>]\?\)/;

/** Reads the end of an index. */
const READS_ONE_ROW = /^\s*SELECT [\w, ]+ FROM \w+ ORDER BY \w+ DESC LIMIT 1\s*$/;

type Prepare = typeof SqliteDatabase.prototype.prepare;

/** Records every statement that connections opened from now on prepare, also for the threads that read views. */
export function recordSqlite(): RecordedStatements {
  const statements = new Map<string, string>();
  const prototype = SqliteDatabase.prototype as { prepare: Prepare };
  const prepare = prototype.prepare;
  let viewsPath = "";
  prototype.prepare = function (this: InstanceType<typeof SqliteDatabase>, sql: string) {
    statements.set(sql, this.name);
    if (/FROM generations/.test(sql)) viewsPath = this.name;
    return prepare.call(this, sql);
  } as Prepare;
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<typeof post>) {
    const { statement } = (args[0] ?? {}) as { readonly statement?: { readonly sql?: string } };
    if (statement?.sql !== undefined) statements.set(statement.sql, viewsPath);
    return post.apply(this, args);
  };
  return {
    // Connections prepare their statements once, when they are first used.
    start() {},
    get count() {
      return statements.size;
    },
    async scans(small) {
      const found: Scan[] = [];
      for (const [sql, path] of [...statements]) {
        if (!/^\s*(SELECT|WITH)\b/i.test(sql)) continue;
        const db = new SqliteDatabase(path, { readonly: true });
        const tables = new Set(
          prepare.call(db, "SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all([]) as string[],
        );
        const steps = prepare.call(db, `EXPLAIN QUERY PLAN ${sql}`).all(nullsFor(sql) as never) as {
          readonly detail: string;
        }[];
        db.close();
        for (const { detail } of steps) {
          if (READS_CURRENT_ROWS.test(detail)) found.push({ sql, step: detail });
          const [, name] = /^SCAN (\S+)/.exec(detail) ?? [];
          // A search of a virtual table has a description of its conditions after the colon.
          if (name === undefined || /VIRTUAL TABLE INDEX \d+:./.test(detail)) continue;
          // An alias hides the name of its table.
          const [, table = name] = new RegExp(`(\\w+)"?\\s+AS\\s+${name}\\b`, "i").exec(sql) ?? [];
          if (tables.has(table) && !small.test(table) && !READS_ONE_ROW.test(sql))
            found.push({ sql, step: detail });
        }
      }
      return found;
    },
  };
}

/** Returns a null for each parameter, as better-sqlite3 expects them. */
function nullsFor(sql: string): unknown {
  const numbers = [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => [number, null] as const);
  if (numbers.length > 0) return Object.fromEntries(numbers);
  return [...sql.matchAll(/\?/g)].map(() => null);
}

type Query = typeof pg.Client.prototype.query;

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** @param maxRows the number of rows that a statement may read of one table */
export function recordPostgres(url: string, maxRows: number): RecordedStatements {
  const statements = new Map<string, { readonly values: unknown[]; readonly client: pg.Client }>();
  const prototype = pg.Client.prototype as { query: Query };
  const query = prototype.query as (...all: unknown[]) => unknown;
  /** The values of the first query of a connection, which sets the settings of its pool. */
  const settings = new WeakMap<pg.Client, unknown>();
  prototype.query = function (this: pg.Client, ...args: readonly unknown[]) {
    const [first, second] = args;
    const config = first as { readonly text?: string; readonly values?: readonly unknown[] };
    const text = typeof first === "string" ? first : config.text;
    const values = typeof first === "string" ? second : config.values;
    if (text === SET_SETTINGS && !settings.has(this)) settings.set(this, values);
    if (text !== undefined && /^\s*(SELECT|WITH)\b/i.test(text))
      statements.set(text, { values: Array.isArray(values) ? [...values] : [], client: this });
    return query.apply(this, [...args]);
  } as Query;
  return {
    start: () => statements.clear(),
    get count() {
      return statements.size;
    },
    async scans(small) {
      const found: Scan[] = [];
      for (const [sql, { values, client }] of [...statements]) {
        const given = settings.get(client);
        // The query that reads the state of the server precedes the settings.
        if (given === undefined) continue;
        for (const node of await planOf(url, given as unknown[], sql, values)) {
          const table = node["Relation Name"] ?? "";
          if (table === "" || small.test(table)) continue;
          const rows = (node["Actual Rows"] ?? 0) + (node["Rows Removed by Filter"] ?? 0);
          const read = rows * (node["Actual Loops"] ?? 1);
          const step = `${node["Node Type"]} ${table} ${node["Index Name"] ?? ""} ${read}`;
          if (read > maxRows) found.push({ sql, step });
        }
      }
      return found;
    },
  };
}

const SET_SETTINGS =
  "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)";

/** Resolves to the steps of a query, on a connection with these settings. Empty for a statement that writes. */
async function planOf(
  url: string,
  settings: unknown[],
  sql: string,
  values: unknown[],
): Promise<readonly PlanNode[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(SET_SETTINGS, settings);
    await client.query("BEGIN READ ONLY");
    const { rows } = await client.query<{ readonly "QUERY PLAN": readonly { readonly Plan: PlanNode }[] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`,
      values,
    );
    return rows.flatMap((row) => row["QUERY PLAN"].flatMap(({ Plan }) => nodesOf(Plan)));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "25006") return [];
    throw error;
  } finally {
    await client.end();
  }
}

function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
