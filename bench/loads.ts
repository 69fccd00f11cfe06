/** Loads on SQLite without a cache, beside the bare driver, which selects the same rows and parses their JSON. */
import { join } from "node:path";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { BareDriver } from "./bare-driver.ts";
import { machine } from "./machine.ts";
import { type Contender, interleaved, type Measured, rateOf, timesAsFast } from "./measure.ts";
import { Note, Notes, prose } from "./note.ts";
import { percent, spread, table } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";

const ROUNDS = 15;
const AIM = 0.6;
const AGGREGATES = 100;
const TEXT = prose(260);

async function saveNotes(notes: Notes, events: number): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < AGGREGATES) {
    const note = Note.create({ text: TEXT });
    for (let event = 1; event < events; event += 1) note.rewrite({ text: TEXT });
    await notes.save(note);
    ids.push(note.id);
  }
  return ids;
}

function contendersFor(ids: readonly string[], events: number, notes: Notes, bare: BareDriver): Contender[] {
  const times = Math.max(1, Math.floor(200 / events));
  const loadAll = async (load: (id: string) => unknown): Promise<number> => {
    for (let time = 0; time < times; time += 1) for (const id of ids) await load(id);
    return times * ids.length;
  };
  return [
    { name: "bare driver and JSON.parse", round: () => loadAll((id) => bare.load(id)) },
    { name: "our events, validated", round: () => loadAll((id) => notes.events.get(id)) },
    { name: "our aggregates", round: () => loadAll((id) => notes.repository.get(Note, id)) },
  ];
}

function rowsOf(events: number, measured: readonly Measured[]): string[][] {
  const [bare, , ours] = measured;
  return measured.map((each) => [
    each === bare ? String(events) : "",
    each.name,
    spread(rateOf(each)),
    bare === undefined || each === bare ? "" : percent(timesAsFast(each, bare)),
    each === ours ? `${AIM * 100} %` : "",
  ]);
}

console.log(machine());
const rows = await inTemporaryFolder(async (folder) => {
  const path = join(folder, "loads.db");
  const notes = new Notes({ recorder: await sqliteRecorder({ path }), cacheSize: 0 });
  const bare = await BareDriver.open(path);
  try {
    const all: string[][] = [];
    for (const events of [5, 50, 500]) {
      const ids = await saveNotes(notes, events);
      all.push(
        ...rowsOf(events, await interleaved(contendersFor(ids, events, notes, bare), { rounds: ROUNDS })),
      );
    }
    return all;
  } finally {
    bare.close();
    await notes.close();
  }
});
console.log("\nLoads per second, medians (quartiles)\n");
console.log(table(["events of 300 bytes", "", "loads/s", "of the bare driver", "aim"], rows));
