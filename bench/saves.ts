/** Saves on SQLite, beside the bare driver doing the same inserts in batches of the same size. */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Recorder, UnrecordedEvent } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { BareDriver, type EventRow } from "./bare-driver.ts";
import { machine } from "./machine.ts";
import { type Contender, interleaved, type Measured, rateOf, timesAsFast } from "./measure.ts";
import { Note, Notes, prose } from "./note.ts";
import { percent, spread, table } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";

const ROUNDS = 11;
const AIM = 0.6;

/** What is saved: so many saves at once, each of so many events with a state of about so many bytes. */
interface Load {
  readonly atOnce: number;
  readonly events: number;
  readonly stateBytes: number;
}

/** JSON around the text, with its time: `{"at":1700000000000,"data":{"text":"…"}}`. */
const ENVELOPE_BYTES = 40;

function newNote(load: Load): Note {
  const text = prose(load.stateBytes - ENVELOPE_BYTES);
  const note = Note.create({ text });
  for (let event = 1; event < load.events; event += 1) note.rewrite({ text });
  return note;
}

/** Rows as the library would store them. Making them is no part of what is measured. */
function rowsOf(load: Load, mapper: Notes["mapper"]): EventRow[] {
  return newNote(load).pendingEvents.map(
    (event) => mapper.toStoredEvent(event) as UnrecordedEvent & EventRow,
  );
}

/** Calls `save` so often, always `atOnce` of them under way. */
async function keepUnderWay(atOnce: number, saves: number, save: () => Promise<unknown>): Promise<void> {
  let left = saves;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await save();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}

// A thread does not inherit what lets this one load TypeScript.
const BARE_WRITER = `import("tsx/esm/api").then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL("./bare-writer.ts", import.meta.url).href)});
});`;

interface Bed {
  readonly bare: BareDriver;
  readonly thread: Worker;
  readonly recorder: Recorder;
  readonly plain: Notes;
  readonly gzip: Notes;
  readonly made: Notes;
}

/** Each contender has a database of its own, so that all of them grow alike. */
async function makeBed(folder: string): Promise<Bed> {
  const recorder = (name: string) => sqliteRecorder({ path: join(folder, `${name}.db`) });
  const thread = new Worker(BARE_WRITER, { eval: true, workerData: join(folder, "thread.db") });
  await once(thread, "message");
  return {
    bare: await BareDriver.open(join(folder, "bare.db")),
    thread,
    recorder: await recorder("recorder"),
    plain: new Notes({ recorder: await recorder("plain") }),
    gzip: new Notes({ recorder: await recorder("gzip"), compression: "gzip" }),
    made: new Notes({ recorder: await recorder("made") }),
  };
}

async function closeBed({ bare, thread, recorder, plain, gzip, made }: Bed): Promise<void> {
  bare.close();
  await Promise.all([thread.terminate(), recorder.close(), plain.close(), gzip.close(), made.close()]);
}

/** A contender that is handed what it saves: making that is no part of what is measured. */
function handed<Item>(
  name: string,
  saves: number,
  make: () => Item,
  saveAll: (items: Item[]) => Promise<void> | void,
): Contender {
  let items: Item[] = [];
  const before = () => {
    items = Array.from({ length: saves }, make);
  };
  const round = async () => {
    await saveAll(items);
    return saves;
  };
  return { name, before, round };
}

function contendersFor(load: Load, { bare, thread, recorder, plain, gzip, made }: Bed): Contender[] {
  const { atOnce } = load;
  const saves = atOnce === 1 ? 200 : atOnce * 50;
  const makeRows = () => rowsOf(load, plain.mapper);
  const makeNote = () => newNote(load);
  const each = <Item>(items: Item[], save: (item: Item) => Promise<unknown>) =>
    keepUnderWay(atOnce, saves, async () => save(items.pop() as Item));
  return [
    handed("bare driver", saves, makeRows, (items) => {
      while (items.length > 0) bare.insert(items.splice(0, atOnce).flat());
    }),
    handed("bare driver in a thread", saves, makeRows, async (items) => {
      while (items.length > 0) {
        thread.postMessage(items.splice(0, atOnce).flat());
        await once(thread, "message");
      }
    }),
    handed("our recorder alone", saves, makeRows, (items) =>
      each(items, (rows) => recorder.insertEvents(rows)),
    ),
    handed("our saves", saves, makeNote, (items) => each(items, (note) => plain.save(note))),
    handed("our saves, gzip", saves, makeNote, (items) => each(items, (note) => gzip.save(note))),
    {
      name: "made and saved",
      round: async () => {
        await keepUnderWay(atOnce, saves, () => made.save(newNote(load)));
        return saves;
      },
    },
  ];
}

async function measureSaves(): Promise<void> {
  const loads: Load[] = [1, 8, 64].flatMap((atOnce) => [
    { atOnce, events: 1, stateBytes: 300 },
    { atOnce, events: 2, stateBytes: 300 },
    { atOnce, events: 1, stateBytes: 2_000 },
  ]);
  const rows: string[][] = [];
  for (const load of loads) {
    // A new database for each, so that the last load does not run on a larger one than the first.
    const measured = await inTemporaryFolder(async (folder) => {
      const bed = await makeBed(folder);
      try {
        return await interleaved(contendersFor(load, bed), { rounds: ROUNDS, warmups: 4 });
      } finally {
        await closeBed(bed);
      }
    });
    rows.push(...savesRows(load, measured));
  }
  console.log("\nSaves in a second, the quarters around the median in brackets\n");
  console.log(table(["at once, events × bytes", "", "saves/s", "of the bare driver", "aim"], rows));
}

function savesRows({ atOnce, events, stateBytes }: Load, measured: readonly Measured[]): string[][] {
  const [bare, , , plain] = measured;
  return measured.map((each) => [
    each === bare ? `${atOnce}, ${events} × ${stateBytes}` : "",
    each.name,
    spread(rateOf(each)),
    bare === undefined || each === bare ? "" : percent(timesAsFast(each, bare)),
    each === plain ? `${AIM * 100} %` : "",
  ]);
}

console.log(machine());
await measureSaves();
