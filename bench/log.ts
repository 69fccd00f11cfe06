/** The whole log read on SQLite and PostgreSQL, as stored and decoded, beside the bare drivers. */
import { join } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { startPostgres } from "../test/postgres-server.ts";
import { BareDriver } from "./bare-driver.ts";
import { BarePostgres } from "./bare-postgres.ts";
import { machine } from "./machine.ts";
import { type Contender, interleaved, type Measured, rateOf, timesAsFast } from "./measure.ts";
import { Notes } from "./note.ts";
import { type Load, rowsOf } from "./save-load.ts";
import { percent, spread, table } from "./table.ts";
import { inTemporaryFolder } from "./temporary.ts";

const ROUNDS = 11;
const EVENTS = 60_000;
/** As the projections read them. */
const SECTION = 2_000;
const LOAD: Load = { atOnce: SECTION, events: SECTION, stateBytes: 300 };

const OURS = "our log, as stored";
const DECODED = "our log, decoded and validated";
const AIMS: Readonly<Record<string, string>> = { [OURS]: "250,000", [DECODED]: "100,000" };

type Section = readonly { readonly state: Uint8Array }[];

/** Reads all events, a section at a time, and hands each section to `use`. */
async function readAll(
  select: (start: number) => Promise<Section> | Section,
  use: (section: Section) => void = () => {},
): Promise<number> {
  let read = 0;
  while (read < EVENTS) {
    const section = await select(read + 1);
    if (section.length === 0) throw new Error(`The log ends at ${read}.`);
    use(section);
    read += section.length;
  }
  return read;
}

function parseAll(section: Section): void {
  for (const { state } of section) JSON.parse(state.toString());
}

async function contendersFor(
  recorder: Recorder,
  selectBare: (start: number) => Promise<Section> | Section,
): Promise<Contender[]> {
  const notes = new Notes({ recorder });
  for (let written = 0; written < EVENTS; written += SECTION)
    await recorder.insertEvents(rowsOf(LOAD, notes.mapper));
  const select = (start: number) => notes.notificationLog.select({ start, limit: SECTION });
  return [
    { name: "bare driver", round: () => readAll(selectBare) },
    { name: OURS, round: () => readAll(select) },
    { name: "bare driver and JSON.parse", round: () => readAll(selectBare, parseAll) },
    {
      name: DECODED,
      round: async () => {
        let read = 0;
        while (read < EVENTS) {
          const section = await select(read + 1);
          for (const notification of section) notes.mapper.toDomainEvent(notification);
          read += section.length;
        }
        return read;
      },
    },
  ];
}

function rowsFor(database: string, measured: readonly Measured[]): string[][] {
  const [bare, , parsed] = measured;
  return measured.map((each, index) => {
    const reference = index < 2 ? bare : parsed;
    return [
      each === bare ? database : "",
      each.name,
      spread(rateOf(each)),
      reference === undefined || reference === each ? "" : percent(timesAsFast(each, reference)),
      AIMS[each.name] ?? "",
    ];
  });
}

async function onSqlite(): Promise<string[][]> {
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, "log.db");
    const bare = await BareDriver.open(path);
    const recorder = await sqliteRecorder({ path });
    try {
      const contenders = await contendersFor(recorder, (start) => bare.select(start, SECTION));
      return rowsFor("SQLite", await interleaved(contenders, { rounds: ROUNDS }));
    } finally {
      bare.close();
      await recorder.close();
    }
  });
}

async function onPostgres(): Promise<string[][]> {
  const server = await startPostgres();
  try {
    const url = await server.createDatabase();
    const bare = await BarePostgres.open(url);
    const recorder = await postgresRecorder({ url });
    try {
      const contenders = await contendersFor(recorder, (start) => bare.select(start, SECTION));
      return rowsFor("PostgreSQL", await interleaved(contenders, { rounds: ROUNDS }));
    } finally {
      await bare.close();
      await recorder.close();
    }
  } finally {
    await server.stop();
  }
}

console.log(machine());
const rows = [...(await onSqlite()), ...(await onPostgres())];
console.log(
  `\nEvents of 300 bytes in a second, ${SECTION} at a time, the quarters around the median in brackets\n`,
);
console.log(table(["", "", "events/s", "of the bare driver", "aim"], rows));
