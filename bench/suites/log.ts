import { join } from "node:path";
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { startPostgres } from "../../test/postgres-server.ts";
import { BareDriver } from "../bare-driver.ts";
import { BarePostgres } from "../bare-postgres.ts";
import { ratesOf } from "../compare.ts";
import { type Contender, interleaved, type Measured } from "../measure.ts";
import type { Measurement, Suite } from "../measurement.ts";
import { Notes } from "../note.ts";
import { type Load, rowsOf } from "../save-load.ts";
import { inTemporaryFolder } from "../temporary.ts";

const EVENTS = 60_000;
/** The batch size of projections. */
const ROUNDS = 9;
const BATCH_SIZE = 2_000;
const LOAD: Load = { atOnce: BATCH_SIZE, events: BATCH_SIZE, stateBytes: 300 };

const OURS = "our log, as stored";
const DECODED = "our log, decoded and validated";

type Section = readonly { readonly state: Uint8Array }[];

/** Reads all events in batches and passes each batch to `use`. */
async function readAll(
  select: (start: number) => Promise<Section> | Section,
  use: (batch: Section) => void = () => {},
): Promise<number> {
  let read = 0;
  while (read < EVENTS) {
    const batch = await select(read + 1);
    if (batch.length === 0) throw new Error(`The log ends at ${read}.`);
    use(batch);
    read += batch.length;
  }
  return read;
}

function parseAll(batch: Section): void {
  for (const { state } of batch) JSON.parse(state.toString());
}

async function contendersFor(
  recorder: Recorder,
  selectBare: (start: number) => Promise<Section> | Section,
): Promise<Contender[]> {
  const notes = new Notes({ recorder });
  for (let written = 0; written < EVENTS; written += BATCH_SIZE)
    await recorder.insertEvents(rowsOf(LOAD, notes.mapper));
  const select = (start: number) => notes.notificationLog.select({ start, limit: BATCH_SIZE });
  return [
    { name: "bare driver", round: () => readAll(selectBare) },
    { name: OURS, round: () => readAll(select) },
    { name: "bare driver and JSON.parse", round: () => readAll(selectBare, parseAll) },
    {
      name: DECODED,
      round: async () => {
        let read = 0;
        while (read < EVENTS) {
          const batch = await select(read + 1);
          for (const notification of batch) notes.mapper.toDomainEvent(notification);
          read += batch.length;
        }
        return read;
      },
    },
  ];
}

function rowsFor(database: string, measured: readonly Measured[]): Measurement[] {
  const [stored, decoded] = [measured.slice(0, 2), measured.slice(2)];
  return [...ratesOf(`${database}, as stored`, stored, {}), ...ratesOf(`${database}, decoded`, decoded, {})];
}

async function onSqlite(): Promise<Measurement[]> {
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, "log.db");
    const bare = await BareDriver.open(path);
    const recorder = await sqliteRecorder({ path });
    try {
      const contenders = await contendersFor(recorder, (start) => bare.select(start, BATCH_SIZE));
      return rowsFor("SQLite", await interleaved(contenders, { rounds: ROUNDS }));
    } finally {
      bare.close();
      await recorder.close();
    }
  });
}

async function onPostgres(): Promise<Measurement[]> {
  const server = await startPostgres();
  try {
    const url = await server.createDatabase();
    const bare = await BarePostgres.open(url);
    const recorder = await postgresRecorder({ url });
    try {
      const contenders = await contendersFor(recorder, (start) => bare.select(start, BATCH_SIZE));
      return rowsFor("PostgreSQL", await interleaved(contenders, { rounds: ROUNDS }));
    } finally {
      await bare.close();
      await recorder.close();
    }
  } finally {
    await server.stop();
  }
}

export const log: Suite = {
  name: "log",
  title: "Reading the log",
  note: `Reading ${EVENTS.toLocaleString("en-GB")} events of 300 bytes, ${BATCH_SIZE.toLocaleString("en-GB")} at a time. The limit is the driver that selects the same rows; decoded, with \`JSON.parse\`.`,
  run: async () => [...(await onSqlite()), ...(await onPostgres())],
};
