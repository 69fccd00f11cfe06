import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Config } from "../config.ts";
import { HEAP_LIMITS } from "./heap-limits.ts";
import { ProjectionHost, type ProjectionReport, STOP_PROJECTIONS_MS } from "./projection-host.ts";
import { RestartDelay } from "./restart-delay.ts";

/** The `workerData` of the thread's program. */
export interface ProjectionThreadData {
  readonly config: Config;
  /** The holder of the leases. */
  readonly holder: string;
}

export type MessageToThread =
  | { readonly type: "wake" | "stop" }
  | { readonly type: "retry"; readonly view: string };

export type MessageFromThread =
  // After a write of a view, or a change of the failures.
  | { readonly type: "changed"; readonly failures: ProjectionReport["failures"] }
  | { readonly type: "error"; readonly message: string };

/**
 * After a message, the thread looks for events at least this often: it follows with its next batch, or polls the database.
 */
const WAKE_INTERVAL_MS = 20;

interface ThreadOptions {
  /** The compiled program of the thread. */
  readonly program?: URL;
  /** Receives the errors of projections, and crashes of the thread. Default: a warning of the process. */
  readonly onError?: (message: string) => void;
}

// The built file, whether this file is in src/ or in dist/: a thread cannot load TypeScript.
const PROGRAM = new URL("../../dist/projection-program.js", import.meta.url);

/** Runs the projections in a thread, and starts it again after a crash. */
export class ProjectionThread extends ProjectionHost {
  readonly #data: ProjectionThreadData;
  readonly #program: URL;
  readonly #onError: (message: string) => void;
  readonly #stopping = new AbortController();
  #worker: Worker | undefined;
  #wakeTimer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(config: Config, { program = PROGRAM, onError = warn }: ThreadOptions = {}) {
    // The same for each start, so that a new thread need not wait for the leases of one that has crashed.
    super(randomUUID());
    this.#data = { config, holder: this.holder };
    this.#program = program;
    this.#onError = onError;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#post({ type: "stop" });
    const ended = new AbortController();
    const timeout = pause(STOP_PROJECTIONS_MS, undefined, { signal: ended.signal }).then(
      () => this.#worker?.terminate(),
      () => {},
    );
    await this.#running;
    ended.abort();
    await timeout;
  }

  wake(): void {
    if (this.#wakeTimer !== undefined) return;
    this.#post({ type: "wake" });
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = undefined;
    }, WAKE_INTERVAL_MS).unref();
  }

  retry(view: string): void {
    this.#post({ type: "retry", view });
  }

  #post(message: MessageToThread): void {
    this.#worker?.postMessage(message);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const delay = new RestartDelay();
    while (!signal.aborted) {
      const startedAt = performance.now();
      const error = await this.#runThread();
      if (signal.aborted) break;
      const delayMs = delay.nextMs(performance.now() - startedAt);
      this.#crashed(error, delayMs);
      await pause(delayMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves when the thread has ended, to the error that ended it. */
  #runThread(): Promise<unknown> {
    const worker = new Worker(this.#program, {
      name: "projections",
      workerData: this.#data,
      // Without the program's own flags, such as a TypeScript loader, which the thread does not need.
      execArgv: [],
      resourceLimits: HEAP_LIMITS,
    });
    this.#worker = worker;
    let error: unknown;
    worker.on("message", (message: MessageFromThread) => this.#receive(message));
    worker.on("error", (cause) => {
      error = cause;
    });
    return new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#worker = undefined;
        resolve(error ?? new Error(`it exited with code ${code}`));
      });
    });
  }

  #crashed(error: unknown, delayMs: number): void {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The thread of the projections ended: ${reason}. It starts again in ${delayMs / 1_000} s.`;
    this.#onError(message);
    const crashes = this.report.crashes + 1;
    this.notify({ failures: {}, crash: { state: "retrying", error: message }, crashes });
  }

  #receive(message: MessageFromThread): void {
    if (message.type === "error") this.#onError(message.message);
    else this.notify({ failures: message.failures, crash: undefined });
  }
}

function warn(message: string): void {
  process.emitWarning(message);
}
