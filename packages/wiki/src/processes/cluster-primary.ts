import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { CodedError } from "@palimpsest/eventsourcing";
import type { Config } from "../config.ts";
import { processMetrics } from "../http/metrics.ts";
import type { MessageToPrimary, WorkerReady } from "./messages.ts";
import { ProjectionThread } from "./projection-thread.ts";
import { WorkerProcess } from "./worker-process.ts";

/** A worker ended before it was ready. It has printed the reason. */
class WorkerStartError extends CodedError {
  readonly code = "worker-start";

  constructor(end: string) {
    super(`A worker ended before it was ready (${end}). No worker serves the wiki.`);
  }
}

/** Workers are told of new views at most this often. */
const REPORT_INTERVAL_MS = 5;

/** Starts workers that serve on one port, starts those again that crash, and runs the projections of all. */
export class ClusterPrimary {
  readonly #host: string;
  readonly #projections: ProjectionThread;
  readonly #stopping = new AbortController();
  readonly #workers: readonly WorkerProcess[];
  #port: number;
  #reportTimer: NodeJS.Timeout | undefined;

  /** @param onCrash receives a line when a worker or the thread of the projections has crashed */
  constructor(config: Config, onCrash: (line: string) => void) {
    this.#host = config.host;
    this.#port = config.port;
    this.#projections = new ProjectionThread(config, { onError: onCrash });
    this.#workers = Array.from({ length: config.workers }, (_, index) => {
      const worker: WorkerProcess = new WorkerProcess(index + 1, {
        start: () => ({
          port: this.#port,
          holder: this.#projections.holder,
          report: this.#projections.report,
        }),
        receive: (message) => this.#receive(worker, message),
        onCrash,
        signal: this.#stopping.signal,
      });
      return worker;
    });
  }

  /** Resolves when all workers are ready. @throws WorkerStartError if one ends before */
  async start(): Promise<WorkerReady> {
    const [first, ...others] = this.#workers;
    if (first === undefined) throw new TypeError("A cluster needs a worker.");
    // Workers that listen on port 0 lose their common port when all of them end.
    if (this.#port === 0) this.#port = await freePort(this.#host);
    try {
      // The first one alone, since it may create the databases.
      const ready = await first.start();
      this.#projections.watch(() => this.#scheduleReport());
      this.#projections.start();
      await Promise.all(others.map((worker) => worker.start()));
      return ready;
    } catch (error) {
      await this.stop();
      throw new WorkerStartError((error as Error).message);
    }
  }

  /** Resolves when all workers have answered their requests in progress and have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.#projections.stop();
    clearTimeout(this.#reportTimer);
  }

  #receive(worker: WorkerProcess, message: MessageToPrimary): void {
    if (message.type === "wake") this.#projections.wake();
    else if (message.type === "retry") this.#projections.retry(message.view);
    else if (message.type === "measure-all") void this.#measureFor(worker);
  }

  async #measureFor(worker: WorkerProcess): Promise<void> {
    const measured = await Promise.all(this.#workers.map((each) => each.measure()));
    const processes = measured.filter((metrics) => metrics !== undefined);
    worker.send({ type: "measured", processes: [{ ...processMetrics(), process: "primary" }, ...processes] });
  }

  #scheduleReport(): void {
    this.#reportTimer ??= setTimeout(() => {
      this.#reportTimer = undefined;
      for (const worker of this.#workers)
        worker.send({ type: "projections", report: this.#projections.report });
    }, REPORT_INTERVAL_MS);
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
