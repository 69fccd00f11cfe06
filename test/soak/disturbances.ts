import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { appendStatement } from "../../packages/eventsourcing/src/postgres/batch.ts";
import { schemaOf } from "../../packages/eventsourcing/src/postgres/schema-name.ts";
import { eventOf, newId } from "../../packages/eventsourcing/src/testing/sample-events.ts";

const KILL_PAUSE_MS = 100;
const HOLD_PAUSE_MS = 200;
const LONGEST_HOLD_MS = 500;

const schema = schemaOf("palimpsest");
const upTo = (most: number) => Math.floor(Math.random() * most);

async function connect(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Kills a random connection repeatedly. Resolves to the number of connections killed. */
export async function killConnections(url: string, signal: AbortSignal): Promise<number> {
  const client = await connect(url, "killer");
  let killed = 0;
  while (!signal.aborted) {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name IN ('palimpsest', 'holder') ORDER BY random() LIMIT 1`,
    );
    killed += rowCount ?? 0;
    await setTimeout(upTo(2 * KILL_PAUSE_MS));
  }
  await client.end();
  return killed;
}

/** Numbers of transactions that were held open, by outcome. */
export interface Held {
  beforeAppending: number;
  afterAppending: number;
  /** Held open until the server ended them. */
  tooLong: number;
}

/** Holds transactions open that have a transaction id, before or after they append, and commits most of them. */
export async function holdTransactions(
  url: string,
  transactionTimeoutMs: number,
  signal: AbortSignal,
): Promise<Held> {
  const held: Held = { beforeAppending: 0, afterAppending: 0, tooLong: 0 };
  for (let turn = 1; !signal.aborted; turn++) {
    const client = await connect(url, "holder");
    const kind = turn % 20 === 0 ? "tooLong" : turn % 2 === 0 ? "afterAppending" : "beforeAppending";
    // Some are killed at random, and some ended by the server because they hang.
    await hold(client, kind, transactionTimeoutMs).catch(() => {});
    held[kind] += 1;
    await client.end().catch(() => {});
    await setTimeout(upTo(2 * HOLD_PAUSE_MS));
  }
  return held;
}

async function hold(client: pg.Client, kind: keyof Held, transactionTimeoutMs: number): Promise<void> {
  const append = () => {
    const save = { events: [eventOf(newId(), 1)], tracking: undefined };
    return client.query(appendStatement(schema, [save], { transactionTimeoutMs }));
  };
  await client.query("BEGIN");
  await client.query("SELECT pg_current_xact_id()");
  if (kind !== "beforeAppending") await append();
  await setTimeout(kind === "tooLong" ? 2 * transactionTimeoutMs : upTo(LONGEST_HOLD_MS));
  if (kind === "beforeAppending") await append();
  await client.query(upTo(4) === 0 ? "ROLLBACK" : "COMMIT");
}
