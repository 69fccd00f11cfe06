import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { type PostgresServer, startPostgres } from "../../test/postgres-server.ts";
import { BarePostgres } from "../bare-postgres.ts";
import { type Emmett, emmettOnPostgres } from "../emmett.ts";
import { type Contender, interleaved } from "../measure.ts";
import type { Measurement, Scale, Suite } from "../measurement.ts";
import { Notes } from "../note.ts";
import {
  emmettContender,
  type LibraryParts,
  type Load,
  libraryContenders,
  loadsFor,
  prepared,
  rowsOf,
  savesOf,
} from "../save-load.ts";

const ROUNDS: Readonly<Record<Scale, number>> = { quick: 3, standard: 5, large: 9 };
/** Fewer than ours, since each save of Emmett waits for a sync of its own. */
const EMMETT_SAVES = 128;

interface Setup extends LibraryParts {
  readonly bare: BarePostgres;
  /** Not in a quick run. */
  readonly emmett: Emmett | undefined;
}

async function makeSetup(server: PostgresServer, scale: Scale): Promise<Setup> {
  const recorder = async () => postgresRecorder({ url: await server.createDatabase() });
  return {
    bare: await BarePostgres.open(await server.createDatabase()),
    recorder: await recorder(),
    plain: new Notes({ recorder: await recorder() }),
    made: new Notes({ recorder: await recorder() }),
    emmett: scale === "quick" ? undefined : await emmettOnPostgres(await server.createDatabase()),
  };
}

function contendersFor(load: Load, { bare, emmett, ...parts }: Setup): Contender[] {
  const { atOnce } = load;
  const saves = atOnce === 1 ? 100 : atOnce * 25;
  return [
    prepared(
      "bare driver",
      saves,
      () => rowsOf(load, parts.plain.mapper),
      async (items) => {
        while (items.length > 0) await bare.insert(items.splice(0, atOnce).flat());
      },
    ),
    ...libraryContenders(load, saves, parts),
    ...(emmett === undefined ? [] : [emmettContender("Emmett", load, EMMETT_SAVES, emmett)]),
  ];
}

export const postgresSaves: Suite = {
  name: "postgres-saves",
  title: "Saves on PostgreSQL",
  quick: true,
  note: "The same on a PostgreSQL server of this machine with `fsync`. The limit is pg that inserts the same rows by one prepared statement for as many.",
  run: async (scale) => {
    const server = await startPostgres({ settings: { fsync: "on", synchronous_commit: "on" } });
    try {
      const rows: Measurement[] = [];
      for (const load of loadsFor(scale)) {
        const setup = await makeSetup(server, scale);
        try {
          const measured = await interleaved(contendersFor(load, setup), {
            rounds: ROUNDS[scale],
            warmups: 1,
          });
          rows.push(...savesOf(load, measured, 0.6));
        } finally {
          await Promise.all(Object.values(setup).map((part) => part?.close()));
        }
      }
      return rows;
    } finally {
      await server.stop();
    }
  },
};
