/** Saves on PostgreSQL, beside the bare driver with the same inserts in batches of the same size, and beside Emmett. */
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { type PostgresServer, startPostgres } from "../test/postgres-server.ts";
import { BarePostgres } from "./bare-postgres.ts";
import { type Emmett, emmettOnPostgres } from "./emmett.ts";
import { machine } from "./machine.ts";
import { type Contender, interleaved } from "./measure.ts";
import { Notes } from "./note.ts";
import {
  EMMETT,
  keepInFlight,
  LOADS,
  type Load,
  newNote,
  OURS,
  prepared,
  rowsOf,
  savesRows,
  savesTable,
  textOf,
} from "./save-load.ts";

const ROUNDS = 9;
/** Fewer than ours, since each save of Emmett waits for a sync of its own. */
const EMMETT_SAVES = 128;

/** One database per contender, so that all grow alike. */
interface Setup {
  readonly bare: BarePostgres;
  readonly recorder: Recorder;
  readonly plain: Notes;
  readonly made: Notes;
  readonly emmett: Emmett;
}

async function makeSetup(server: PostgresServer): Promise<Setup> {
  const recorder = async () => postgresRecorder({ url: await server.createDatabase() });
  return {
    bare: await BarePostgres.open(await server.createDatabase()),
    recorder: await recorder(),
    plain: new Notes({ recorder: await recorder() }),
    made: new Notes({ recorder: await recorder() }),
    emmett: await emmettOnPostgres(await server.createDatabase()),
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
    {
      name: EMMETT,
      round: async () => {
        await keepInFlight(atOnce, EMMETT_SAVES, () => emmett.save(texts));
        return EMMETT_SAVES;
      },
    },
  ];
}

console.log(machine());
const server = await startPostgres({ settings: { fsync: "on", synchronous_commit: "on" } });
try {
  const rows: string[][] = [];
  for (const load of LOADS) {
    const setup = await makeSetup(server);
    try {
      const measured = await interleaved(contendersFor(load, setup), { rounds: ROUNDS, warmups: 2 });
      rows.push(...savesRows(load, measured));
    } finally {
      await Promise.all(Object.values(setup).map((part) => part.close()));
    }
  }
  console.log(savesTable(rows));
} finally {
  await server.stop();
}
