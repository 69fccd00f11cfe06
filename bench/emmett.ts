/** Emmett's event stores, with types of the parts used here. */
import { randomUUID } from "node:crypto";
import { importPeer } from "./peers.ts";

/** An event store in which each save creates a stream. */
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
 * Opens Emmett on SQLite with one connection and one save at a time. By default it opens a connection for each save,
 * which takes longer, and concurrent saves fail with SQLITE_BUSY.
 */
export async function emmettOnSqlite(path: string): Promise<Emmett> {
  const { getSQLiteEventStore, sqliteConnection } = await importPeer<EmmettSqlite>(
    "@event-driven-io/emmett-sqlite",
  );
  const connection = sqliteConnection({ fileName: path });
  const [pragma] = await connection.query("PRAGMA synchronous");
  if (pragma?.synchronous !== FULL)
    throw new Error("Emmett does not sync each save, so its figures cannot be compared.");
  let last: Promise<unknown> = Promise.resolve();
  const pool: Pool = {
    connection: async () => connection,
    withConnection: (use) => {
      const result = last.then(() => use(connection));
      last = result.catch(() => {});
      return result;
    },
    close: async () => {},
  };
  const store = getSQLiteEventStore({ fileName: path, pool });
  await store.schema.migrate();
  return { save: (texts) => save(store, texts), close: async () => connection.close() };
}

/** Opens Emmett on PostgreSQL with its defaults: a pool of at most ten connections. */
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
