/** What the benches of saves save, and how many at once. */
import type { UnrecordedEvent } from "@palimpsest/eventsourcing";
import type { EventRow } from "./bare-driver.ts";
import { type Contender, type Measured, rateOf, timesAsFast } from "./measure.ts";
import { Note, type Notes, prose } from "./note.ts";
import { percent, spread, table, times } from "./table.ts";

/** So many saves at once, each of so many events with a state of about so many bytes. */
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
/** How many times as fast as Emmett ours should be, with as many at once. */
const EMMETT_AIM = { atOnce: 64, text: "5 ×" };

/** JSON around the text, with its time: `{"at":1700000000000,"data":{"text":"…"}}`. */
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

/** Rows as the library would store them. Making them is no part of what is measured. */
export function rowsOf(load: Load, mapper: Notes["mapper"]): EventRow[] {
  return newNote(load).pendingEvents.map(
    (event) => mapper.toStoredEvent(event) as UnrecordedEvent & EventRow,
  );
}

/** Calls `save` so often, always `atOnce` of them under way. */
export async function keepUnderWay(
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

/** A contender that is handed what it saves: making that is no part of what is measured. */
export function handed<Item>(
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

/** The names that the rows of the table go by. */
export const OURS = "our saves";
export const EMMETT = "Emmett";

/** The first contender is the bare driver. */
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
  const head = ["at once, events × bytes", "", "saves/s", "of the bare driver", "ours as fast", "aim"];
  return `\nSaves in a second, the quarters around the median in brackets\n\n${table(head, rows)}`;
}
