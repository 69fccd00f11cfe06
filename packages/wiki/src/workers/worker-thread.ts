import { Worker } from "node:worker_threads";
import { restoreError, type TransferredError } from "./error-transfer.ts";
import { WorkerEndedError } from "./errors.ts";
import type { TaskName } from "./tasks.ts";

export interface TaskCall {
  readonly name: TaskName;
  readonly input: unknown;
}

export type TaskAnswer = { readonly output: unknown } | { readonly error: TransferredError };

interface ThreadOptions {
  /** The built file that the thread runs; a thread cannot load TypeScript. */
  readonly program: URL;
  readonly heapMegabytes: number;
}

interface Waiter {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that computes one task at a time. It keeps the process alive only while it computes. */
export class WorkerThread {
  readonly #worker: Worker;
  #waiter: Waiter | undefined;
  #endedError: Error | undefined;

  constructor({ program, heapMegabytes }: ThreadOptions) {
    this.#worker = new Worker(program, {
      name: "wiki-worker",
      // Without the program's own flags, such as a TypeScript loader, which the thread does not need.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    this.#worker.unref();
    let cause: unknown;
    this.#worker.on("message", (answer: TaskAnswer) => this.#receive(answer));
    this.#worker.on("error", (error) => {
      cause = error;
    });
    this.#worker.on("exit", () => this.#end(new WorkerEndedError("The worker thread ended.", { cause })));
  }

  get hasEnded(): boolean {
    return this.#endedError !== undefined;
  }

  /**
   * Resolves to the output of the task.
   * @throws the errors of the task, WorkerEndedError if the thread ended, DOMException if the input is not plain data
   */
  async compute(call: TaskCall): Promise<unknown> {
    if (this.#endedError !== undefined) throw this.#endedError;
    this.#worker.postMessage(call);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Ends the thread at once. The current task rejects with `error`. */
  async terminate(error: Error): Promise<void> {
    this.#end(error);
    await this.#worker.terminate();
  }

  #receive(answer: TaskAnswer): void {
    this.#worker.unref();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if ("error" in answer) waiter?.reject(restoreError(answer.error));
    else waiter?.resolve(answer.output);
  }

  #end(error: Error): void {
    this.#endedError ??= error;
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }
}
