/** Emmett's event stores, as saves see them. Of their types only what is used here is written down. */
import { randomUUID } from "node:crypto";
import { importPeer } from "./peers.ts";

/** An event store into which each save puts a new stream. */
export interface Emmett {
  save(texts: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

interface EventStore {
  appendToStream(name: string, events: readonly object[]): Promise<unknown>;
  readonly schema: { migrate(): Promise<unknown> };
}

interface Connection {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): void;
}

interface Pool {
  connection(): Promise<Connection>;
  withConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface EmmettSqlite {
  getSQLiteEventStore(options: { readonly fileName: string; readonly pool?: Pool }): EventStore;
  sqliteConnection(options: { readonly fileName: string }): Connection;
}

interface EmmettPostgres {
  getPostgreSQLEventStore(url: string): EventStore & { close(): Promise<void> };
}

/** `PRAGMA synchronous` for FULL. */
const FULL = 2;

/**
 * Emmett with one connection to SQLite that is kept, and one save at a time. As it comes it opens a connection for
 * each save, which takes longer, and saves at once fail with SQLITE_BUSY.
 */
export async function emmettOnSqlite(path: string): Promise<Emmett> {
  const { getSQLiteEventStore, sqliteConnection } = await importPeer<EmmettSqlite>(
    "@event-driven-io/emmett-sqlite",
  );
  const connection = sqliteConnection({ fileName: path });
  const [pragma] = await connection.query("PRAGMA synchronous");
  if (pragma?.synchronous !== FULL) throw new Error("Emmett does not sync each save: this is no comparison.");
  let last: Promise<unknown> = Promise.resolve();
  const pool: Pool = {
    connection: async () => connection,
    withConnection: (use) => {
      const turn = last.then(() => use(connection));
      last = turn.catch(() => {});
      return turn;
    },
    close: async () => {},
  };
  const store = getSQLiteEventStore({ fileName: path, pool });
  await store.schema.migrate();
  return { save: (texts) => save(store, texts), close: async () => connection.close() };
}

/** Emmett as it comes, with pg's pool of at most ten connections. */
export async function emmettOnPostgres(url: string): Promise<Emmett> {
  const { getPostgreSQLEventStore } = await importPeer<EmmettPostgres>("@event-driven-io/emmett-postgresql");
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  return { save: (texts) => save(store, texts), close: () => store.close() };
}

async function save(store: EventStore, texts: readonly string[]): Promise<void> {
  const events = texts.map((text, index) => ({
    type: index === 0 ? "Written" : "Rewritten",
    data: { text },
  }));
  await store.appendToStream(`note-${randomUUID()}`, events);
}
