import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { BareDriver } from "../bare-driver.ts";
import { type Emmett, emmettOnSqlite } from "../emmett.ts";
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
  savingNotes,
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

interface Setup extends LibraryParts {
  readonly bare: BareDriver;
  readonly thread: Worker;
  readonly gzip: Notes;
  readonly blocking: Notes;
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

function contendersFor(load: Load, { bare, thread, gzip, blocking, emmett, ...parts }: Setup): Contender[] {
  const { atOnce } = load;
  const saves = atOnce === 1 ? 200 : atOnce * 50;
  const makeRows = () => rowsOf(load, parts.plain.mapper);
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
    ...libraryContenders(load, saves, parts),
    savingNotes("our saves, gzip", load, saves, gzip),
    savingNotes("our saves, blocking", load, saves, blocking),
    ...(emmett === undefined
      ? []
      : [emmettContender("Emmett, its connection kept", load, EMMETT_SAVES, emmett)]),
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
