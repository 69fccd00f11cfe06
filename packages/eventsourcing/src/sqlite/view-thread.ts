import { Worker } from "node:worker_threads";
import { RecorderError } from "../errors.ts";
import { errorOf } from "./view-failure.ts";
import type { ViewTransactions } from "./view-transactions.ts";
import type { ViewAnswer, ViewTask } from "./view-writer.ts";

// Always the built file, from src/sqlite/ as from dist/sqlite/: a thread cannot load TypeScript.
const WRITER = new URL("../../dist/sqlite/view-writer.js", import.meta.url);

interface ConditionWaiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The thread that writes views, seen from the thread that asks. It does not keep the process alive while idle. */
export class ViewThread {
  readonly #worker: Worker;
  /** Those whose tasks the thread has, in their order. */
  readonly #waiting: ConditionWaiter[] = [];
  #ended: Error | undefined;

  /** Starts a thread on the database at `path`, which is prepared. Rejects when it cannot open it. */
  static async start(path: string): Promise<ViewThread> {
    const thread = new ViewThread(path);
    await thread.#answer();
    return thread;
  }

  private constructor(path: string) {
    // The thread needs none of the program's own flags, such as a loader of TypeScript.
    this.#worker = new Worker(WRITER, { name: "sqlite-view-writer", workerData: path, execArgv: [] });
    this.#worker.on("message", (answer: ViewAnswer) => this.#take(answer));
    this.#worker.on("error", (error) => {
      this.#ended ??= error;
    });
    // Later than "error": only now are the thread's connection, and its transaction, closed.
    this.#worker.on("exit", () => {
      this.#ended ??= new Error("the thread that writes views has ended");
      const lost = new RecorderError("A view may or may not be written", this.#ended);
      for (const { reject } of this.#waiting.splice(0)) reject(lost);
    });
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Has the thread run a transaction, after those it was told before. */
  async run<Method extends keyof ViewTransactions>(
    method: Method,
    ...args: Parameters<ViewTransactions[Method]>
  ): Promise<ReturnType<ViewTransactions[Method]>> {
    if (this.#ended !== undefined) throw new RecorderError("The view is not written", this.#ended);
    this.#worker.postMessage({ method, args } as unknown as ViewTask);
    return (await this.#answer()) as ReturnType<ViewTransactions[Method]>;
  }

  /** Ends the thread once it has done what it was told. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    const exit = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    await this.run("close");
    this.#worker.ref();
    await exit;
  }

  #answer(): Promise<unknown> {
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #take(answer: ViewAnswer): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if ("failure" in answer) waiting?.reject(errorOf(answer.failure));
    else waiting?.resolve(answer.value);
  }
}
