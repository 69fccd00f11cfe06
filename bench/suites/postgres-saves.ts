import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { type PostgresServer, startPostgres } from "../../test/postgres-server.ts";
import { BarePostgres } from "../bare-postgres.ts";
import { type Emmett, emmettOnPostgres } from "../emmett.ts";
import { type Contender, interleaved } from "../measure.ts";
import type { Measurement, Scale, Suite } from "../measurement.ts";
import { Notes } from "../note.ts";
import {
  EMMETT,
  keepInFlight,
  type Load,
  loadsFor,
  newNote,
  OURS,
  prepared,
  rowsOf,
  savesOf,
  textOf,
} from "../save-load.ts";

const ROUNDS: Readonly<Record<Scale, number>> = { quick: 3, standard: 5, large: 9 };
/** Fewer than ours, since each save of Emmett waits for a sync of its own. */
const EMMETT_SAVES = 128;

/** One database per contender, so that all grow alike. */
interface Setup {
  readonly bare: BarePostgres;
  readonly recorder: Recorder;
  readonly plain: Notes;
  readonly made: Notes;
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

function contendersFor(load: Load, { bare, recorder, plain, made, emmett }: Setup): Contender[] {
  const { atOnce } = load;
  const saves = atOnce === 1 ? 100 : atOnce * 25;
  const texts = Array.from({ length: load.events }, () => textOf(load));
  const makeRows = () => rowsOf(load, plain.mapper);
  const each = <Item>(items: Item[], save: (item: Item) => Promise<unknown>) =>
    keepInFlight(atOnce, saves, async () => save(items.pop() as Item));
  return [
    prepared("bare driver", saves, makeRows, async (items) => {
      while (items.length > 0) await bare.insert(items.splice(0, atOnce).flat());
    }),
    prepared("our recorder alone", saves, makeRows, (items) =>
      each(items, (rows) => recorder.insertEvents(rows)),
    ),
    prepared(
      OURS,
      saves,
      () => newNote(load),
      (items) => each(items, (note) => plain.save(note)),
    ),
    {
      name: "made and saved",
      round: async () => {
        await keepInFlight(atOnce, saves, () => made.save(newNote(load)));
        return saves;
      },
    },
    ...(emmett === undefined
      ? []
      : [
          {
            name: EMMETT,
            round: async () => {
              await keepInFlight(atOnce, EMMETT_SAVES, () => emmett.save(texts));
              return EMMETT_SAVES;
            },
          },
        ]),
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
