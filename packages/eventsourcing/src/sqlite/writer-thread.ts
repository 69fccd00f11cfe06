import { Worker } from "node:worker_threads";
import type { PackedBatch, PackedOutcomes } from "./batch.ts";
import type { WriterAnswer, WriterTask } from "./writer.ts";

// Always the built file, from src/sqlite/ as from dist/sqlite/: a thread cannot load TypeScript.
const WRITER = new URL("../../dist/sqlite/writer.js", import.meta.url);

interface ConditionWaiter<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The thread that writes, seen from the thread that asks. It does not keep the process alive while idle. */
export class WriterThread {
  readonly #worker: Worker;
  #waiting: ConditionWaiter<WriterAnswer> | undefined;
  #ended: Error | undefined;

  /** Starts a thread on the database at `path`, which is prepared. Rejects when it cannot open it. */
  static async start(path: string): Promise<WriterThread> {
    const thread = new WriterThread(path);
    await thread.#answer();
    return thread;
  }

  private constructor(path: string) {
    // The thread needs none of the program's own flags, such as a loader of TypeScript.
    this.#worker = new Worker(WRITER, { name: "sqlite-writer", workerData: path, execArgv: [] });
    this.#worker.on("message", (answer: WriterAnswer) => this.#take(answer));
    this.#worker.on("error", (error) => {
      this.#ended ??= error;
    });
    // Later than "error": only now are the thread's connection, and its transaction, closed.
    this.#worker.on("exit", () => {
      this.#ended ??= new Error("the thread that writes has ended");
      this.#waiting?.reject(this.#ended);
    });
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Writes one batch; the one before must be answered. Rejects when the thread ended without an answer: the
   * batch is then stored or not, but it will not be stored later.
   */
  async commit(batch: PackedBatch): Promise<PackedOutcomes> {
    this.#tell(batch, [batch.states.buffer]);
    const outcomes = await this.#answer();
    if (outcomes === "ready") throw new Error("The writer said that it is ready when it was not asked.");
    return outcomes;
  }

  /** Closes the connection and ends the thread. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    const exit = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.ref();
    this.#tell("close");
    await exit;
  }

  #answer(): Promise<WriterAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #take(answer: WriterAnswer): void {
    this.#worker.unref();
    this.#waiting?.resolve(answer);
    this.#waiting = undefined;
  }

  #tell(task: WriterTask, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(task, transfer);
  }
}
