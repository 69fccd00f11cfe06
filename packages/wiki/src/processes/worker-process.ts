import cluster, { type Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import type { ProcessMetrics } from "../http/metrics.ts";
import type { MessageToPrimary, MessageToWorker, WorkerReady, WorkerStart } from "./messages.ts";
import { RestartDelay } from "./restart-delay.ts";

/** How long a worker may take to answer its requests in progress. Then it is killed. */
const STOP_MS = 30_000;
/** How long metrics wait for a worker. */
const MEASURE_MS = 500;

interface WorkerOptions {
  /** Returns the message that starts the worker, each time it is started. */
  readonly start: () => WorkerStart;
  readonly receive: (message: MessageToPrimary) => void;
  /** Receives a line when the worker has crashed. */
  readonly onCrash: (line: string) => void;
  /** Aborted when the worker must not be started again. */
  readonly signal: AbortSignal;
}

/** A worker as the primary process sees it: started again whenever it ends, until the signal is aborted. */
export class WorkerProcess {
  readonly #number: number;
  readonly #options: WorkerOptions;
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;
  #onMeasured: (metrics: ProcessMetrics) => void = () => {};

  /** @param number names the worker in logs and metrics */
  constructor(number: number, options: WorkerOptions) {
    this.#number = number;
    this.#options = options;
  }

  /** Starts the worker. Resolves when it is ready; rejects if it ends before, and is then not started again. */
  start(): Promise<WorkerReady> {
    return new Promise((resolve, reject) => {
      this.#running = this.#run(resolve, reject);
    });
  }

  send(message: MessageToWorker): void {
    // A worker that has just ended has no channel; its "exit" follows.
    if (this.#worker?.isConnected()) this.#worker.send(message, undefined, undefined, () => {});
  }

  /** Resolves to undefined if the worker does not answer. */
  async measure(): Promise<ProcessMetrics | undefined> {
    const answered = new Promise<ProcessMetrics>((resolve) => {
      this.#onMeasured = resolve;
    });
    this.send({ type: "measure" });
    const metrics = await Promise.race([answered, pause(MEASURE_MS, undefined, { ref: false })]);
    return metrics && { ...metrics, process: String(this.#number) };
  }

  /** Resolves when the worker has ended. */
  async stop(): Promise<void> {
    const ended = new AbortController();
    this.send({ type: "stop" });
    const timeout = pause(STOP_MS, undefined, { signal: ended.signal }).then(
      () => this.#worker?.process.kill("SIGKILL"),
      () => {},
    );
    await this.#running;
    ended.abort();
    await timeout;
  }

  async #run(onReady: (ready: WorkerReady) => void, onFailure: (error: Error) => void): Promise<void> {
    const { signal, onCrash } = this.#options;
    const delay = new RestartDelay();
    let wasReady = false;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const end = await this.#runOnce((ready) => {
        wasReady = true;
        onReady(ready);
      });
      if (signal.aborted) break;
      if (!wasReady) return onFailure(new Error(end));
      const delayMs = delay.nextMs(performance.now() - startedAt);
      onCrash(`Worker ${this.#number} ended (${end}). It starts again in ${delayMs / 1_000} s.`);
      await pause(delayMs, undefined, { signal }).catch(() => {});
    }
    onFailure(new Error("it was stopped"));
  }

  /** Resolves when the worker has ended, to its signal or exit code. */
  async #runOnce(onReady: (ready: WorkerReady) => void): Promise<string> {
    const worker = cluster.fork();
    this.#worker = worker;
    worker.on("message", (message: MessageToPrimary) => {
      if (message.type === "connect") this.send({ type: "start", start: this.#options.start() });
      else if (message.type === "ready") onReady(message.ready);
      else if (message.type === "measured") this.#onMeasured(message.metrics);
      else this.#options.receive(message);
    });
    const end = await new Promise<string>((resolve) => {
      worker.on("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
      worker.on("error", ({ message }) => resolve(message));
    });
    this.#worker = undefined;
    return end;
  }
}
