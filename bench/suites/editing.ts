import { join } from "node:path";
import { startPostgres } from "../../test/postgres-server.ts";
import { compare } from "../compare.ts";
import { editOwnPages } from "../edit-own-pages.ts";
import type { Measurement, Scale, Suite } from "../measurement.ts";
import { startOwn } from "../programs.ts";
import { repeatedSends } from "../repeated-requests.ts";
import { writePages } from "../sample-pages.ts";
import { startWiki } from "../servers/wiki-server.ts";
import { inTemporaryFolder } from "../temporary.ts";

const BYTES = 2_000;
const PAGES = 640;
const CLIENTS = [1, 64];
const OURS = "palimpsest";
const TABLE = "fastify and one table";
const AIMS: Readonly<Record<number, number>> = { 1: 0.5 };

/** Edits over HTTP, each beside an update of a row that is as durable. */
export const editing: Suite = {
  name: "editing",
  title: "Editing over HTTP",
  quick: true,
  note: `Edits of pages of 2 KB by the API with \`If-Match\`, 1 and 64 clients, each with pages of its own. The limit is fastify that replaces a row in a transaction, as durable: no history, accounts, validation or views. PostgreSQL runs on the same machine, with \`fsync\`.`,
  run: async (scale) => [
    ...(await inTemporaryFolder((folder) => measure("SQLite", folder, scale))),
    ...(await onPostgres(scale)),
  ],
};

async function onPostgres(scale: Scale): Promise<readonly Measurement[]> {
  const server = await startPostgres({ settings: { fsync: "on", synchronous_commit: "on" } });
  try {
    const urls = [await server.createDatabase(), await server.createDatabase()] as const;
    return await inTemporaryFolder((folder) => measure("PostgreSQL", folder, scale, urls));
  } finally {
    await server.stop();
  }
}

async function measure(
  database: string,
  folder: string,
  scale: Scale,
  [postgresUrl, tableUrl = `sqlite:${join(folder, "table.db")}`]: readonly string[] = [],
): Promise<Measurement[]> {
  const wiki = await startWiki({
    folder: join(folder, "wiki"),
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
    fill: (content) => writePages(content, { pages: PAGES, bytes: BYTES }),
  });
  const table = await startOwn("./servers/table-server.ts", tableUrl, String(PAGES), String(BYTES));
  try {
    await wiki.viewsUpToDate();
    const rows: Measurement[] = [];
    for (const connections of CLIENTS) {
      const repetition = { connections, seconds: scale === "quick" ? 0.5 : 2 };
      const contenders = [
        repeatedSends(
          TABLE,
          table.address,
          editOwnPages({ pages: PAGES, bytes: BYTES, clients: connections }),
          repetition,
        ),
        repeatedSends(
          OURS,
          wiki.address,
          editOwnPages({ pages: PAGES, bytes: BYTES, clients: connections, headers: wiki.token }),
          repetition,
        ),
      ];
      const aim = AIMS[connections];
      rows.push(
        ...(await compare(
          `${database}, ${connections} ${connections === 1 ? "client" : "clients"}`,
          contenders,
          {
            rounds: scale === "quick" ? 3 : 5,
            warmups: 1,
            aims: aim === undefined ? {} : { [OURS]: aim },
          },
        )),
      );
    }
    return rows;
  } finally {
    await Promise.all([wiki.stop(), table.stop()]);
  }
}
