import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dropSchemas, type NewSchema, newSchema } from "../../../../test/postgres-schemas.ts";
import type { Drafts } from "../application/drafts.ts";
import { openDrafts } from "./open-drafts.ts";

const texts = { title: "Bread", slug: null, body: "Flour", summary: "" };
const draft = { userId: "one person", pageId: "one page", id: "one draft", baseVersion: 1, ...texts };

let schema: NewSchema;
let drafts: Drafts;
let administrator: pg.Client;

beforeEach(async () => {
  schema = newSchema();
  await (await postgresRecorder(schema)).close();
  administrator = new pg.Client({ connectionString: schema.url });
  await administrator.connect();
});
afterEach(async () => {
  await drafts.close();
  await administrator.end();
  await dropSchemas([schema]);
});

const inSchema = (table: string) => `${pg.escapeIdentifier(schema.schema)}.${table}`;

test("a call is repeated on another connection if its connection breaks", async () => {
  drafts = await openDrafts({ kind: "postgres", ...schema });
  await drafts.put(draft);
  const endThoseThat = async (condition: string): Promise<number> => {
    const { rows } = await administrator.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
       WHERE relation = $1::regclass AND ${condition} AND pid <> pg_backend_pid()`,
      [inSchema("drafts")],
    );
    return rows.length;
  };
  await administrator.query("BEGIN");
  await administrator.query(`LOCK TABLE ${inSchema("drafts")}`);
  const calls = [
    drafts.get("another person", null),
    drafts.put({ ...draft, body: "Later" }),
    drafts.get(draft.userId, draft.pageId),
  ];
  for (let ended = 0; ended < 2; ) ended += await endThoseThat("NOT granted");
  await administrator.query("COMMIT");
  expect(await Promise.all(calls)).toMatchObject([undefined, { body: "Later" }, { body: "Later" }]);
});

test("drafts from a table without draft ids are found beside new drafts", async () => {
  await administrator.query(`
    CREATE TABLE ${inSchema("drafts")} (
      user_id text NOT NULL, page_id text NOT NULL, saved_at timestamptz NOT NULL, fields bytea NOT NULL,
      body bytea NOT NULL, CONSTRAINT drafts_pkey PRIMARY KEY (user_id, page_id)
    )`);
  const { title, slug, summary, userId, pageId } = draft;
  const fields = Buffer.from(JSON.stringify({ baseVersion: 1, title, slug, summary }));
  await administrator.query(`INSERT INTO ${inSchema("drafts")} VALUES ($1, $2, to_timestamp(7), $3, $4)`, [
    userId,
    pageId,
    fields,
    Buffer.from("a\0"),
  ]);
  const [first, second] = await Promise.all([1, 2].map(() => openDrafts({ kind: "postgres", ...schema })));
  await second?.close();
  drafts = first as Drafts;
  const earlier = { ...draft, id: null, body: "a", savedAt: new Date(7_000) };
  expect(await drafts.get(userId, pageId)).toStrictEqual(earlier);
  await drafts.put(draft);
  expect(await drafts.get(userId, pageId, null)).toStrictEqual(earlier);
  expect(await drafts.list(userId)).toHaveLength(2);
});

test("drafts can be read on a read-only server if their table exists", async () => {
  await (await openDrafts({ kind: "postgres", ...schema })).close();
  const url = new URL(schema.url);
  url.searchParams.set("options", "-c default_transaction_read_only=on");
  url.searchParams.set("target_session_attrs", "any");
  drafts = await openDrafts({ kind: "postgres", url: url.href, schema: schema.schema });
  expect(await drafts.list(draft.userId)).toEqual([]);
  await expect(drafts.put(draft)).rejects.toThrow(/read-only/);
});
