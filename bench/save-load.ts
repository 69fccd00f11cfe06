/** The loads of the save benchmarks. */
import type { Recorder, UnrecordedEvent } from "@palimpsest/eventsourcing";
import type { EventRow } from "./bare-driver.ts";
import { ratesOf } from "./compare.ts";
import type { Emmett } from "./emmett.ts";
import type { Contender, Measured } from "./measure.ts";
import type { Measurement, Scale } from "./measurement.ts";
import { Note, type Notes, prose } from "./note.ts";

/** `atOnce` concurrent saves of `events` events, each with a state of about `stateBytes` bytes. */
export interface Load {
  readonly atOnce: number;
  readonly events: number;
  readonly stateBytes: number;
}

const LOADS: readonly Load[] = [1, 8, 64].flatMap((atOnce) => [
  { atOnce, events: 1, stateBytes: 300 },
  { atOnce, events: 2, stateBytes: 300 },
  { atOnce, events: 1, stateBytes: 2_000 },
]);

/** A quick run measures the first load of these numbers of concurrent saves. */
export function loadsFor(scale: Scale): readonly Load[] {
  return scale === "quick" ? LOADS.filter(({ atOnce }, index) => atOnce !== 8 && index % 3 === 0) : LOADS;
}

/** The JSON around the text: `{"at":1700000000000,"data":{"text":"…"}}`. */
const ENVELOPE_BYTES = 40;

function textOf({ stateBytes }: Load): string {
  return prose(stateBytes - ENVELOPE_BYTES);
}

function newNote(load: Load): Note {
  const text = textOf(load);
  const note = Note.create({ text });
  for (let event = 1; event < load.events; event += 1) note.rewrite({ text });
  return note;
}

/** Returns the rows that the library would store. */
export function rowsOf(load: Load, mapper: Notes["mapper"]): EventRow[] {
  return newNote(load).pendingEvents.map(
    (event) => mapper.toStoredEvent(event) as UnrecordedEvent & EventRow,
  );
}

/** Calls `save` `saves` times, with `atOnce` calls in flight. */
async function keepInFlight(atOnce: number, saves: number, save: () => Promise<unknown>): Promise<void> {
  let left = saves;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await save();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}

/** A contender that saves items made before the round, so that making them is not measured. */
export function prepared<Item>(
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

const OURS = "our saves";

/** The parts of the library that save, each with a database of its own, so that all grow alike. */
export interface LibraryParts {
  readonly recorder: Recorder;
  readonly plain: Notes;
  readonly made: Notes;
}

/** Returns contenders for the recorder alone, for saves, and for making and saving. */
export function libraryContenders(load: Load, saves: number, parts: LibraryParts): Contender[] {
  const { recorder, plain, made } = parts;
  const { atOnce } = load;
  return [
    prepared(
      "our recorder alone",
      saves,
      () => rowsOf(load, plain.mapper),
      (items) => each(items, atOnce, (rows) => recorder.insertEvents(rows)),
    ),
    savingNotes(OURS, load, saves, plain),
    concurrent("made and saved", atOnce, saves, () => made.save(newNote(load))),
  ];
}

/** A contender that saves notes which were made before the round. */
export function savingNotes(name: string, load: Load, saves: number, notes: Notes): Contender {
  return prepared(
    name,
    saves,
    () => newNote(load),
    (items) => each(items, load.atOnce, (note) => notes.save(note)),
  );
}

/** A contender that appends the same events by Emmett. */
export function emmettContender(name: string, load: Load, saves: number, emmett: Emmett): Contender {
  const texts = Array.from({ length: load.events }, () => textOf(load));
  return concurrent(name, load.atOnce, saves, () => emmett.save(texts));
}

function concurrent(name: string, atOnce: number, saves: number, save: () => Promise<unknown>): Contender {
  return {
    name,
    round: async () => {
      await keepInFlight(atOnce, saves, save);
      return saves;
    },
  };
}

/** Saves all items, with `atOnce` saves in flight. */
function each<Item>(items: Item[], atOnce: number, save: (item: Item) => Promise<unknown>): Promise<void> {
  return keepInFlight(atOnce, items.length, async () => save(items.pop() as Item));
}

/** Returns the rates of contenders. The first contender must be the bare driver. */
export function savesOf(
  { atOnce, events, stateBytes }: Load,
  measured: readonly Measured[],
  aim: number,
): Measurement[] {
  const saves = atOnce === 1 ? "1 save" : `${atOnce} saves`;
  const each = events === 1 ? "1 event" : `${events} events`;
  return ratesOf(`${saves} at once, ${each} of ${stateBytes} bytes`, measured, { aims: { [OURS]: aim } });
}
