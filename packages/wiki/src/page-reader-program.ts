/** The program of the threads that compute pages of large batches for the projections. */
import { parentPort, workerData } from "node:worker_threads";
import { openContent } from "./open-content.ts";
import type {
  PageReaderAnswer,
  PageReaderCall,
  PageReaderThreadData,
} from "./processes/page-reader-threads.ts";
import { PageReader } from "./projections/page-reader.ts";

if (parentPort === null) throw new Error("The program that reads pages runs only in a worker thread.");
const port = parentPort;
const { config, cachedUnits } = workerData as PageReaderThreadData;
const opening = openContent({ ...config, cacheSize: 0 }, { onlyReads: true }).then(
  ({ content }) =>
    new PageReader(
      (pageId, version) => content.getPageById(pageId, version),
      config.publicOrigin,
      cachedUnits,
    ),
);

let previous = Promise.resolve();
port.on("message", (call: PageReaderCall) => {
  previous = previous.then(async () => port.postMessage(await answer(call)));
});

async function answer(call: PageReaderCall): Promise<PageReaderAnswer> {
  try {
    const reader = await opening;
    if (call.name === "sizes") return { sizes: await reader.sizes(call.events, call.maxUnits) };
    const pages = await reader.read(call.events);
    return {
      pages: pages.map((page) => ({ ...page, steps: page.steps.map(({ event: _, ...step }) => step) })),
    };
  } catch (error) {
    return { error: String(error) };
  }
}
