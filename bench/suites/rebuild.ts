import { join } from "node:path";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { ContentManagement } from "../../packages/wiki/dist/application/content-management.js";
import { compare } from "../compare.ts";
import { type Measurement, once, type Scale, type Suite } from "../measurement.ts";
import { palimpsest } from "../programs.ts";
import { inTemporaryFolder } from "../temporary.ts";
import { writeHistory } from "../wiki-history.ts";

const SIZES: Readonly<Record<Scale, { readonly pages: number; readonly events: number }>> = {
  quick: { pages: 1_000, events: 10_000 },
  standard: { pages: 5_000, events: 60_000 },
  large: { pages: 100_000, events: 1_000_000 },
};
const BYTES = 3_000;
/** All views rebuilt from 1,000,000 events, in seconds. */
const AIM_SECONDS = 60;
const MILLION = 1_000_000;
const READING = "reading and decoding the log";
const BATCH_SIZE = 5_000;

/** All views of a wiki, rebuilt from its events. */
export const rebuild: Suite = {
  name: "rebuild",
  title: "Rebuilding all views",
  quick: true,
  note: `The command \`palimpsest rebuild\` on SQLite, with pages of 3 KB. The limit is one thread that only reads and decodes the log. The aim is ${AIM_SECONDS} s for 1,000,000 events.`,
  run: (scale) => inTemporaryFolder((folder) => measure(folder, scale)),
};

async function measure(folder: string, scale: Scale): Promise<Measurement[]> {
  const size = SIZES[scale];
  const open = async (cacheSize?: number) =>
    new ContentManagement({
      recorder: await sqliteRecorder({ path: join(folder, "palimpsest.db") }),
      ...(cacheSize === undefined ? {} : { cacheSize }),
    });
  const writing = await open(3 * size.pages);
  await writeHistory(writing, { ...size, bytes: BYTES });
  await writing.close();
  const content = await open();
  const events = await content.position();
  const data = ["--data-dir", folder];
  await palimpsest(["rebuild", ...data]);
  const work = `${events.toLocaleString("en-GB")} events of ${size.pages.toLocaleString("en-GB")} pages`;
  const contenders = [
    {
      name: READING,
      round: async () => {
        await decodeLog(content, events);
        return events;
      },
    },
    {
      name: "palimpsest rebuild",
      round: async () => {
        await palimpsest(["rebuild", ...data]);
        return events;
      },
    },
  ];
  const rows = await compare(work, contenders, { rounds: scale === "large" ? 1 : 3, warmups: 0 });
  await content.close();
  const rate = rows.find(({ contender }) => contender !== READING)?.value.median ?? Number.NaN;
  return [
    ...rows,
    {
      work,
      contender: `for ${MILLION.toLocaleString("en-GB")} events`,
      unit: "s",
      value: once(MILLION / rate),
    },
  ];
}

async function decodeLog(content: ContentManagement, last: number): Promise<void> {
  for (let start = 1; start <= last; start += BATCH_SIZE) {
    const batch = await content.notificationLog.select({ start, limit: BATCH_SIZE });
    for (const notification of batch) content.mapper.toDomainEvent(notification);
  }
}
