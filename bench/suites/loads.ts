import { join } from "node:path";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { BareDriver } from "../bare-driver.ts";
import { compare } from "../compare.ts";
import type { Contender } from "../measure.ts";
import type { Measurement, Suite } from "../measurement.ts";
import { Note, Notes, prose } from "../note.ts";
import { inTemporaryFolder } from "../temporary.ts";

const AIM = 0.6;
const OURS = "our aggregates";
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
    { name: OURS, round: () => loadAll((id) => notes.repository.get(Note, id)) },
  ];
}

export const loads: Suite = {
  name: "loads",
  title: "Loads of aggregates on SQLite",
  quick: true,
  note: "Loads without a cache, of aggregates with events of 300 bytes. The limit is better-sqlite3 that selects the same rows, and `JSON.parse`.",
  run: (scale) =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, "loads.db");
      const notes = new Notes({ recorder: await sqliteRecorder({ path }), cacheSize: 0 });
      const bare = await BareDriver.open(path);
      try {
        const rows: Measurement[] = [];
        for (const events of [5, 50, 500]) {
          const ids = await saveNotes(notes, events);
          const contenders = contendersFor(ids, events, notes, bare);
          const rounds = scale === "quick" ? 3 : 15;
          rows.push(...(await compare(`${events} events`, contenders, { rounds, aims: { [OURS]: AIM } })));
        }
        return rows;
      } finally {
        bare.close();
        await notes.close();
      }
    }),
};
