import { RecorderError } from "@palimpsest/eventsourcing";
import type { ServerPool } from "@palimpsest/eventsourcing/postgres";
import type { PoolClient, QueryResult } from "pg";

/** Rows of better-auth's own making. */
interface Answer<Row> extends QueryResult<Row & object> {
  rowCount: number;
  command: "UPDATE" | "DELETE" | "INSERT" | "SELECT" | "MERGE";
}

/**
 * A client as better-auth wants one, which survives a failover: what is only read is asked again when its connection
 * breaks. Holds a connection for one statement, or from `begin` to `commit` or `rollback`.
 */
export class QueryClient {
  readonly #pool: ServerPool;
  #transaction: PoolClient | undefined;

  constructor(pool: ServerPool) {
    this.#pool = pool;
  }

  /** @throws RecorderError, whatever went wrong */
  query<Row>(text: string, values: readonly unknown[]): Promise<Answer<Row>>;
  /** Is not there: nobody asks for cursors. */
  query(cursor: object): never;
  async query(text: string | object, values: readonly unknown[] = []): Promise<QueryResult> {
    const statement = String(text);
    try {
      return await this.#run(statement, [...values]);
    } catch (error) {
      const failed = isRead(statement)
        ? "The database cannot be read"
        : "It was not stored, or nobody can know";
      throw new RecorderError(failed, error);
    }
  }

  /** Gives back the connection of a transaction that was not ended, which ends it. */
  release(): void {
    this.#endTransaction(true);
  }

  async #run(text: string, values: unknown[]): Promise<QueryResult> {
    if (/^(begin|start transaction)\b/i.test(text)) this.#transaction = await this.#pool.connect();
    const transaction = this.#transaction;
    if (transaction === undefined) {
      return isRead(text)
        ? this.#pool.useWithRetry((client) => client.query(text, values))
        : this.#pool.use((client) => client.query(text, values));
    }
    const isLast = /^(commit|rollback)$/i.test(text);
    let isBroken = true;
    try {
      const answer = await transaction.query(text, values);
      isBroken = false;
      return answer;
    } finally {
      if (isLast) this.#endTransaction(isBroken);
    }
  }

  #endTransaction(isBroken: boolean): void {
    this.#transaction?.release(isBroken);
    this.#transaction = undefined;
  }
}

function isRead(text: string): boolean {
  return /^\s*select\b/i.test(text);
}
