/** The program of the thread that runs the projections. */
import { parentPort, workerData } from "node:worker_threads";
import { openContent } from "./open-content.ts";
import { openViews } from "./open-views.ts";
import type {
  MessageFromThread,
  MessageToThread,
  ProjectionThreadData,
} from "./processes/projection-thread.ts";

if (parentPort === null) throw new Error("The program of the projections runs only in a worker thread.");
const port = parentPort;
const { config, holder } = workerData as ProjectionThreadData;

// Projections load pages at earlier versions, which the cache does not hold.
const { recorder, content } = await openContent({ ...config, cacheSize: 0 }, { onlyReads: true });
const { runner, close } = await openViews(config.database, recorder, content, {
  origin: config.publicOrigin,
  config,
  holder,
  onReplacedFile: (message) => post({ type: "error", message }),
  onError: (error, view) =>
    post({
      type: "error",
      message: `Projection "${view}": ${error instanceof Error ? error.message : error}`,
    }),
});
runner.watch(reportChange);
port.on("message", (message: MessageToThread) => {
  if (message.type === "wake") runner.wake();
  // If the database fails, the projection itself reports it.
  else if (message.type === "retry") runner.retry(message.view).catch(() => {});
  else void stop();
});
runner.start();
reportChange();

function post(message: MessageFromThread): void {
  port.postMessage(message);
}

function reportChange(): void {
  post({ type: "changed", failures: runner.failures });
}

async function stop(): Promise<void> {
  await close();
  await content.close();
  port.close();
}
