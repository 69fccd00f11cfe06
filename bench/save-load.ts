/** The loads of the save benchmarks. */
import type { UnrecordedEvent } from "@palimpsest/eventsourcing";
import type { EventRow } from "./bare-driver.ts";
import { type Contender, type Measured, rateOf, timesAsFast } from "./measure.ts";
import { Note, type Notes, prose } from "./note.ts";
import { percent, spread, table, times } from "./table.ts";

/** `atOnce` concurrent saves of `events` events, each with a state of about `stateBytes` bytes. */
export interface Load {
  readonly atOnce: number;
  readonly events: number;
  readonly stateBytes: number;
}

export const LOADS: readonly Load[] = [1, 8, 64].flatMap((atOnce) => [
  { atOnce, events: 1, stateBytes: 300 },
  { atOnce, events: 2, stateBytes: 300 },
  { atOnce, events: 1, stateBytes: 2_000 },
]);

const AIM = "60 %";
/** The aim for our rate in multiples of Emmett's. */
const EMMETT_AIM = { atOnce: 64, text: "5 ×" };

/** The JSON around the text: `{"at":1700000000000,"data":{"text":"…"}}`. */
const ENVELOPE_BYTES = 40;

export function textOf({ stateBytes }: Load): string {
  return prose(stateBytes - ENVELOPE_BYTES);
}

export function newNote(load: Load): Note {
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
export async function keepInFlight(
  atOnce: number,
  saves: number,
  save: () => Promise<unknown>,
): Promise<void> {
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

export const OURS = "our saves";
export const EMMETT = "Emmett";

/** Returns table rows. The first contender must be the bare driver. */
export function savesRows({ atOnce, events, stateBytes }: Load, measured: readonly Measured[]): string[][] {
  const [bare] = measured;
  const ours = measured.find(({ name }) => name === OURS);
  return measured.map((each) => {
    const isEmmett = each.name.startsWith(EMMETT);
    const emmettAim = isEmmett && atOnce === EMMETT_AIM.atOnce ? EMMETT_AIM.text : "";
    return [
      each === bare ? `${atOnce}, ${events} × ${stateBytes}` : "",
      each.name,
      spread(rateOf(each)),
      bare === undefined || each === bare ? "" : percent(timesAsFast(each, bare)),
      isEmmett && ours !== undefined ? times(timesAsFast(ours, each)) : "",
      each === ours ? AIM : emmettAim,
    ];
  });
}

export function savesTable(rows: readonly (readonly string[])[]): string {
  const head = ["at once, events × bytes", "", "saves/s", "of the bare driver", "ours to it", "aim"];
  return `\nSaves per second, medians (quartiles)\n\n${table(head, rows)}`;
}
