import type { ClientBase } from "pg";
import { DatabaseRefusedError } from "../errors.ts";

/** The oldest server that is supported, as `server_version_num` tells it. */
const OLDEST_SERVER = 140_000;

/** @throws DatabaseRefusedError when the server is too old or its text is not Unicode */
export async function checkServer(client: ClientBase, database: string): Promise<void> {
  const { rows } = await client.query<[string, string, string]>({
    text: `SELECT current_setting('server_version_num'), current_setting('server_version'),
                  current_setting('server_encoding')`,
    rowMode: "array",
  });
  const [versionNumber, version, encoding] = rows[0] ?? [];
  if (Number(versionNumber) < OLDEST_SERVER)
    throw new DatabaseRefusedError(
      database,
      `its server is PostgreSQL ${version}; ${OLDEST_SERVER / 10_000} or newer is needed.`,
    );
  if (encoding !== "UTF8")
    throw new DatabaseRefusedError(database, `its encoding is ${encoding}; UTF8 is needed.`);
}

export function newerVersionRefused(database: string, found: number, known: number): DatabaseRefusedError {
  return new DatabaseRefusedError(
    database,
    `its schema has version ${found} and this program knows versions up to ${known}. Update the program.`,
  );
}
