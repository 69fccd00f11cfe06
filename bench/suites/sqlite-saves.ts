import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Recorder } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { BareDriver } from "../bare-driver.ts";
import { type Emmett, emmettOnSqlite } from "../emmett.ts";
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
import { inTemporaryFolder } from "../temporary.ts";

const ROUNDS: Readonly<Record<Scale, number>> = { quick: 3, standard: 5, large: 9 };
/** Fewer than ours, since each save of Emmett waits for a sync of its own. */
const EMMETT_SAVES = 64;

// A thread does not inherit the TypeScript loader of this one.
const BARE_WRITER = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL("../bare-writer.ts", import.meta.url).href)});
});`;

interface Setup {
  readonly bare: BareDriver;
  readonly thread: Worker;
  readonly recorder: Recorder;
  readonly plain: Notes;
  readonly gzip: Notes;
  readonly blocking: Notes;
  readonly made: Notes;
  /** Not in a quick run. */
  readonly emmett: Emmett | undefined;
}

/** Opens one database per contender, so that all grow alike. */
async function makeSetup(folder: string, scale: Scale): Promise<Setup> {
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
    emmett: scale === "quick" ? undefined : await emmettOnSqlite(join(folder, "emmett.db")),
  };
}

async function closeSetup({ bare, thread, ...others }: Setup): Promise<void> {
  bare.close();
  await Promise.all([thread.terminate(), ...Object.values(others).map((other) => other?.close())]);
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
    ...(emmett === undefined
      ? []
      : [
          {
            name: `${EMMETT}, its connection kept`,
            round: async () => {
              await keepInFlight(atOnce, EMMETT_SAVES, () => emmett.save(texts));
              return EMMETT_SAVES;
            },
          },
        ]),
  ];
}

export const sqliteSaves: Suite = {
  name: "sqlite-saves",
  title: "Saves on SQLite",
  quick: true,
  note: `Saves of the library, synced to the disk. The limit is better-sqlite3 that inserts the same rows in transactions of as many; _in a thread_ reaches it through a message to a thread and back, as the library reaches its writer. _Made and saved_ includes the commands. _Blocking_ is the option \`blocking\` of the recorder.`,
  run: async (scale) => {
    const rows: Measurement[] = [];
    for (const load of loadsFor(scale)) {
      // New databases for each load, so that the last ones are as small as the first.
      const measured = await inTemporaryFolder(async (folder) => {
        const setup = await makeSetup(folder, scale);
        try {
          return await interleaved(contendersFor(load, setup), { rounds: ROUNDS[scale], warmups: 1 });
        } finally {
          await closeSetup(setup);
        }
      });
      rows.push(...savesOf(load, measured, load.atOnce === 64 ? 0.65 : 0.6));
    }
    return rows;
  },
};
