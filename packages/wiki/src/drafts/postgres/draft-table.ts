import { createHash } from "node:crypto";
import { DatabaseRefusedError, RecorderError } from "@palimpsest/eventsourcing";
import { PostgresServer, type ServerPool } from "@palimpsest/eventsourcing/postgres";
import { type ClientBase, escapeIdentifier } from "pg";
import type { DraftTable } from "../draft-table.ts";

const MOST_CONNECTIONS = 1;
/** How long a call waits for a server that is away. */
const RECONNECT_TIMEOUT_MS = 15_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** How much longer than a statement may last its answer may take, before the connection is taken for dead. */
const EXTRA_ANSWER_WAIT_MS = 5_000;

const HAS_IDS = `
  SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('drafts') AND attname = 'draft_id')`;
const IS_THERE = `SELECT to_regclass('palimpsest_schema') IS NOT NULL, (${HAS_IDS})`;

/**
 * The page is empty for one that is not there yet, the draft for the one that was kept without an id; the fields are
 * JSON, the body UTF-16LE.
 */
const CREATE = `
  CREATE TABLE IF NOT EXISTS drafts (
    user_id text NOT NULL,
    page_id text NOT NULL,
    draft_id text NOT NULL DEFAULT '',
    saved_at timestamptz NOT NULL,
    fields bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (user_id, page_id, draft_id)
  );
  CREATE INDEX IF NOT EXISTS drafts_by_person ON drafts (user_id, saved_at)`;

/** Of a table in which a person had one draft per page, and no id for it. */
const GIVE_IDS = `
  ALTER TABLE drafts
    ADD COLUMN draft_id text NOT NULL DEFAULT '',
    DROP CONSTRAINT drafts_pkey,
    ADD PRIMARY KEY (user_id, page_id, draft_id)`;

const PUT = `
  INSERT INTO drafts (user_id, page_id, draft_id, saved_at, fields, body)
  VALUES ($1, $2, $3, clock_timestamp(), $4, $5)
  ON CONFLICT (user_id, page_id, draft_id)
  DO UPDATE SET saved_at = clock_timestamp(), fields = excluded.fields, body = excluded.body
  RETURNING saved_at`;
const THOSE = "user_id = $1 AND page_id = $2 AND ($3::text IS NULL OR draft_id = $3)";
const GET = `SELECT draft_id, saved_at, fields, body FROM drafts WHERE ${THOSE} ORDER BY saved_at DESC LIMIT 1`;
const PLACES = "SELECT page_id, draft_id, saved_at FROM drafts WHERE user_id = $1";
const LIST = `
  SELECT page_id, draft_id, saved_at, fields FROM drafts WHERE user_id = $1 ORDER BY saved_at DESC LIMIT $2`;
/** A time that was read here has milliseconds. */
const REMOVE = `
  DELETE FROM drafts
  WHERE ${THOSE} AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', saved_at) = $4)`;

interface PostgresSchema {
  readonly url: string;
  readonly schema: string;
}

/** Keeps the drafts in the schema of the events, in a table of their own. See `openDrafts`. */
export async function postgresDraftTable(database: PostgresSchema): Promise<DraftTable> {
  const server = new PostgresServer(database.url);
  const pool = poolOf(server, database);
  try {
    await prepare(pool, server, database);
    return tableOn(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Connections on which a name without a schema means a table of `schema`. */
function poolOf(server: PostgresServer, { schema }: PostgresSchema): ServerPool {
  return server.pool({
    size: MOST_CONNECTIONS,
    applicationName: "palimpsest drafts",
    settings: {
      search_path: escapeIdentifier(schema),
      default_transaction_isolation: "read committed",
      statement_timeout: String(STATEMENT_TIMEOUT_MS),
    },
    answerTimeoutMs: STATEMENT_TIMEOUT_MS + EXTRA_ANSWER_WAIT_MS,
    reconnectTimeoutMs: RECONNECT_TIMEOUT_MS,
  });
}

/** A table that is there is not made again, so that a standby can be read. */
async function prepare(
  pool: ServerPool,
  { display }: PostgresServer,
  { schema }: PostgresSchema,
): Promise<void> {
  const failure = "The drafts cannot be opened";
  const [found] = await query<[hasEvents: boolean, hasIds: boolean]>(pool, failure, IS_THERE);
  if (found?.[0] !== true) {
    throw new DatabaseRefusedError(
      display,
      `it has no schema ${JSON.stringify(schema)} with a record of events; opening that makes it.`,
    );
  }
  if (found[1]) return;
  await pool
    .useWithRetry((client) => create(client, schema))
    .catch((error: unknown) => {
      throw new RecorderError(failure, error);
    });
}

async function create(client: ClientBase, schema: string): Promise<void> {
  // Of two processes that make the same table at once PostgreSQL refuses one, even with IF NOT EXISTS.
  const key = createHash("sha256").update(`palimpsest drafts ${schema}`).digest().readBigInt64BE();
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [key.toString()]);
  await client.query(CREATE);
  const { rows } = await client.query<[boolean]>({ text: HAS_IDS, rowMode: "array" });
  if (rows[0]?.[0] === false) await client.query(GIVE_IDS);
  await client.query("COMMIT");
}

function tableOn(pool: ServerPool): DraftTable {
  return {
    put: async ({ userId, pageId, draftId }, { fields, body }) => {
      const failure = "Whether the draft was stored is not known";
      const [row] = await query<[Date]>(pool, failure, PUT, [userId, pageId, draftId, fields, body]);
      if (row === undefined) throw new RecorderError(failure, new Error("no row came back"));
      return row[0];
    },
    get: async ({ userId, pageId }, draftId) => {
      const failure = "The draft cannot be read";
      const values = [userId, pageId, draftId];
      const [row] = await query<[string, Date, Buffer, Buffer]>(pool, failure, GET, values);
      return row && { pageId, draftId: row[0], savedAt: row[1], fields: row[2], body: row[3] };
    },
    places: async (userId) => {
      const rows = await query<[string, string, Date]>(pool, "The drafts cannot be read", PLACES, [userId]);
      return rows.map(([pageId, draftId, savedAt]) => ({ pageId, draftId, savedAt }));
    },
    list: async (userId, limit) => {
      const failure = "The drafts cannot be read";
      const rows = await query<[string, string, Date, Buffer]>(pool, failure, LIST, [userId, limit]);
      return rows.map(([pageId, draftId, savedAt, fields]) => ({ pageId, draftId, savedAt, fields }));
    },
    remove: async ({ userId, pageId }, draftId, savedAt) => {
      const values = [userId, pageId, draftId, savedAt];
      await query(pool, "Whether the draft was removed is not known", REMOVE, values);
    },
    close: () => pool.end(),
  };
}

/** Asks, and asks another connection when one breaks: every statement may be repeated. @throws RecorderError */
async function query<Row extends unknown[]>(
  pool: ServerPool,
  failure: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  try {
    return await pool.useWithRetry(async (client) => {
      const { rows } = await client.query<Row>({ text, values, rowMode: "array" });
      return rows;
    });
  } catch (error) {
    throw new RecorderError(failure, error);
  }
}
