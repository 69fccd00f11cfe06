import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import pg from "pg";
import type { EventRow } from "./bare-driver.ts";

const COLUMNS = 7;

/** Writes and reads the library's table with pg alone. */
export class BarePostgres {
  readonly #client: pg.Client;
  #lastId = 0;

  /** Opens the empty database at `url`, in which the library creates its tables. */
  static async open(url: string): Promise<BarePostgres> {
    await (await postgresRecorder({ url })).close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new BarePostgres(client);
  }

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Inserts `rows` by one prepared statement, synced to the disk. */
  async insert(rows: readonly EventRow[]): Promise<void> {
    const placeholders = rows.map((_row, index) => {
      const first = index * COLUMNS;
      return `(${Array.from({ length: COLUMNS }, (_, column) => `$${first + column + 1}`).join(", ")})`;
    });
    await this.#client.query({
      name: `insert ${rows.length}`,
      text: `INSERT INTO palimpsest.events
               (notification_id, event_id, originator_id, originator_version, topic, recorded_at, state)
             VALUES ${placeholders.join(", ")}`,
      values: rows.flatMap(({ eventId, originatorId, originatorVersion, topic, state }) => {
        this.#lastId += 1;
        return [this.#lastId, eventId, originatorId, originatorVersion, topic, Date.now(), state];
      }),
    });
  }

  /** Returns the rows with ids from `start`. */
  async select(start: number, limit: number): Promise<readonly { readonly state: Buffer }[]> {
    const { rows } = await this.#client.query<{ state: Buffer }>({
      name: "select",
      text: `SELECT notification_id, originator_version, recorded_at, event_id, originator_id, topic, state
             FROM palimpsest.events WHERE notification_id >= $1 ORDER BY notification_id LIMIT $2`,
      values: [start, limit],
    });
    return rows;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
