import cluster from "node:cluster";
import { type ProcessMetrics, processMetrics } from "../http/metrics.ts";
import type { MessageToPrimary, MessageToWorker, WorkerReady, WorkerStart } from "./messages.ts";
import { ProjectionHost } from "./projection-host.ts";

/** The primary process is told of commits at most this often. */
const WAKE_INTERVAL_MS = 5;
/** How long metrics wait for the primary process. */
const MEASURE_MS = 800;

/** The primary process as a worker sees it. It runs the projections. */
export class ClusterWorker extends ProjectionHost {
  readonly #start: WorkerStart;
  /** Resolves when the primary process wants this worker to end. */
  readonly stopRequested: Promise<void>;
  #wakeTimer: NodeJS.Timeout | undefined;
  #measuring: ((processes: readonly ProcessMetrics[]) => void)[] = [];

  /** Resolves when the primary process has sent its settings. Ends this process if it must stop before. */
  static connect(): Promise<ClusterWorker> {
    return new Promise((resolve) => {
      // Reports for all workers may arrive first.
      const receive = (message: MessageToWorker): void => {
        if (message.type === "stop") process.exit();
        if (message.type !== "start") return;
        process.off("message", receive);
        resolve(new ClusterWorker(message.start));
      };
      process.on("message", receive);
      send({ type: "connect" });
    });
  }

  private constructor(start: WorkerStart) {
    super(start.holder);
    this.#start = start;
    this.notify(start.report);
    this.stopRequested = new Promise((resolve) => {
      process.on("message", (message: MessageToWorker) => {
        if (message.type === "stop") resolve();
        else this.#receive(message);
      });
    });
  }

  get port(): number {
    return this.#start.port;
  }

  ready(ready: WorkerReady): void {
    send({ type: "ready", ready });
  }

  /** The primary process starts the projections. */
  override start(): void {}

  override async stop(): Promise<void> {
    clearTimeout(this.#wakeTimer);
  }

  override wake(): void {
    this.#wakeTimer ??= setTimeout(() => {
      this.#wakeTimer = undefined;
      send({ type: "wake" });
    }, WAKE_INTERVAL_MS);
  }

  override retry(view: string): void {
    send({ type: "retry", view });
  }

  /** Resolves to the metrics of this process alone if the primary process does not answer. */
  override measureProcesses(): Promise<readonly ProcessMetrics[]> {
    return new Promise((resolve) => {
      setTimeout(() => resolve([processMetrics()]), MEASURE_MS).unref();
      this.#measuring.push(resolve);
      send({ type: "measure-all" });
    });
  }

  #receive(message: MessageToWorker): void {
    if (message.type === "projections") this.notify(message.report);
    else if (message.type === "measure") send({ type: "measured", metrics: processMetrics() });
    else if (message.type === "measured")
      for (const resolve of this.#measuring.splice(0)) resolve(message.processes);
  }
}

function send(message: MessageToPrimary): void {
  // Without a primary process, this one is about to end.
  if (process.connected) cluster.worker?.send(message, undefined, undefined, () => {});
}
