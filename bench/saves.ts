/** Saves on SQLite, beside the bare driver with the same inserts in batches of the same size, and beside Emmett. */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Recorder } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { BareDriver } from "./bare-driver.ts";
import { type Emmett, emmettOnSqlite } from "./emmett.ts";
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
import { inTemporaryFolder } from "./temporary.ts";

const ROUNDS = 9;
/** Fewer than ours, since each save of Emmett waits for a sync of its own. */
const EMMETT_SAVES = 64;

// A thread does not inherit the TypeScript loader of this one.
const BARE_WRITER = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL("./bare-writer.ts", import.meta.url).href)});
});`;

interface Setup {
  readonly bare: BareDriver;
  readonly thread: Worker;
  readonly recorder: Recorder;
  readonly plain: Notes;
  readonly gzip: Notes;
  readonly blocking: Notes;
  readonly made: Notes;
  readonly emmett: Emmett;
}

/** Opens one database per contender, so that all grow alike. */
async function makeSetup(folder: string): Promise<Setup> {
  const recorder = (name: string) => sqliteRecorder({ path: join(folder, `${name}.db`) });
  const thread = new Worker(BARE_WRITER, { eval: true, workerData: join(folder, "thread.db") });
  await once(thread, "message");
  return {
    bare: await BareDriver.open(join(folder, "bare.db")),
    thread,
    recorder: await recorder("recorder"),
    plain: new Notes({ recorder: await recorder("plain") }),
    gzip: new Notes({ recorder: await recorder("gzip"), compression: "gzip" }),
    blocking: new Notes({
      recorder: await sqliteRecorder({ path: join(folder, "blocking.db"), blocking: true }),
    }),
    made: new Notes({ recorder: await recorder("made") }),
    emmett: await emmettOnSqlite(join(folder, "emmett.db")),
  };
}

async function closeSetup({ bare, thread, ...others }: Setup): Promise<void> {
  bare.close();
  await Promise.all([thread.terminate(), ...Object.values(others).map((other) => other.close())]);
}

function contendersFor(
  load: Load,
  { bare, thread, recorder, plain, gzip, blocking, made, emmett }: Setup,
): Contender[] {
  const { atOnce } = load;
  const saves = atOnce === 1 ? 200 : atOnce * 50;
  const texts = Array.from({ length: load.events }, () => textOf(load));
  const makeRows = () => rowsOf(load, plain.mapper);
  const makeNote = () => newNote(load);
  const each = <Item>(items: Item[], save: (item: Item) => Promise<unknown>) =>
    keepInFlight(atOnce, saves, async () => save(items.pop() as Item));
  return [
    prepared("bare driver", saves, makeRows, (items) => {
      while (items.length > 0) bare.insert(items.splice(0, atOnce).flat());
    }),
    prepared("bare driver in a thread", saves, makeRows, async (items) => {
      while (items.length > 0) {
        thread.postMessage(items.splice(0, atOnce).flat());
        await once(thread, "message");
      }
    }),
    prepared("our recorder alone", saves, makeRows, (items) =>
      each(items, (rows) => recorder.insertEvents(rows)),
    ),
    prepared(OURS, saves, makeNote, (items) => each(items, (note) => plain.save(note))),
    prepared("our saves, gzip", saves, makeNote, (items) => each(items, (note) => gzip.save(note))),
    prepared("our saves, blocking", saves, makeNote, (items) => each(items, (note) => blocking.save(note))),
    {
      name: "made and saved",
      round: async () => {
        await keepInFlight(atOnce, saves, () => made.save(newNote(load)));
        return saves;
      },
    },
    {
      name: `${EMMETT}, its connection kept`,
      round: async () => {
        await keepInFlight(atOnce, EMMETT_SAVES, () => emmett.save(texts));
        return EMMETT_SAVES;
      },
    },
  ];
}

async function measureSaves(): Promise<void> {
  const rows: string[][] = [];
  for (const load of LOADS) {
    // New databases for each load, so that the last ones are as small as the first.
    const measured = await inTemporaryFolder(async (folder) => {
      const setup = await makeSetup(folder);
      try {
        return await interleaved(contendersFor(load, setup), { rounds: ROUNDS, warmups: 2 });
      } finally {
        await closeSetup(setup);
      }
    });
    rows.push(...savesRows(load, measured));
  }
  console.log(savesTable(rows));
}

console.log(machine());
await measureSaves();
