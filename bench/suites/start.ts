import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { interleaved, spreadOf } from "../measure.ts";
import { type Measurement, once, type Scale, type Suite } from "../measurement.ts";
import { PALIMPSEST, startProgram } from "../programs.ts";
import { writePages } from "../sample-pages.ts";
import { startWiki } from "../servers/wiki-server.ts";
import { inTemporaryFolder } from "../temporary.ts";

const PAGES: Readonly<Record<Scale, number>> = { quick: 100, standard: 10_000, large: 100_000 };
const BYTES = 2_000;
const SETTLE_MS = 5_000;
/** Starts only Node.js and a server, as the limit. */
const BARE = `require("node:http").createServer().listen(0, "127.0.0.1", function () { console.log("at http://127.0.0.1:" + this.address().port); })`;

/** How soon a server is ready, and its memory at rest. */
export const start: Suite = {
  name: "start",
  title: "Start and rest",
  note: "From the start of the process until the server listens, and the memory of the process five seconds later. The aims at 100,000 pages are 1.5 s and 150 MB.",
  run: (scale) => inTemporaryFolder((folder) => measure(folder, PAGES[scale])),
};

async function measure(folder: string, pages: number): Promise<Measurement[]> {
  const data = join(folder, "wiki");
  const wiki = await startWiki({
    folder: data,
    fill: (content) => writePages(content, { pages, bytes: BYTES }),
  });
  await wiki.viewsUpToDate();
  await wiki.stop();
  const serve = [PALIMPSEST, "serve", "--port", "0", "--log-level", "error", "--data-dir", data];
  const startOnce = (words: readonly string[]) => async () => {
    const program = await startProgram(words);
    await program.stop();
    return 1;
  };
  const contenders = [
    { name: "node:http alone, started and stopped", round: startOnce(["-e", BARE]) },
    { name: "palimpsest serve, started and stopped", round: startOnce(serve) },
  ];
  const work = `${pages.toLocaleString("en-GB")} pages`;
  const measured = await interleaved(contenders, { rounds: 5, warmups: 1 });
  const began = performance.now();
  const program = await startProgram(serve);
  const ready = performance.now() - began;
  await pause(SETTLE_MS);
  const answer = await fetch(`${program.address}/metrics`);
  const bytes = /^process_resident_memory_bytes (\d+)/m.exec(await answer.text())?.[1];
  await program.stop();
  return [
    ...measured.map(
      ({ name, seconds }): Measurement => ({ work, contender: name, unit: "s", value: spreadOf(seconds) }),
    ),
    { work, contender: "palimpsest serve, ready", unit: "s", value: once(ready / 1_000) },
    {
      work,
      contender: "palimpsest serve, memory at rest",
      unit: "MB",
      value: once(Number(bytes) / 1_000_000),
    },
  ];
}
