import { MessagePort, parentPort, receiveMessageOnPort, Worker, workerData } from "node:worker_threads";

export type ThreadProgram = "event-writer" | "view-writer" | "view-reader";

/** The thread ended before it answered. Its transaction is either committed or rolled back. */
export class ThreadEndedError extends Error {}

const READY = "ready";
const STOP = "stop";

interface Waiter<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread with its own connection. It answers calls in their order. If it has ended, the next call starts it again. An
 * idle thread does not keep the process alive.
 */
export class DatabaseThread<Call, Answer> {
  readonly #program: ThreadProgram;
  readonly #path: string;
  /** Undefined unless the thread is starting or running. */
  #run: Promise<ThreadRun<Call, Answer>> | undefined;

  /** Starts a thread on an existing database. Rejects if the thread cannot open it. */
  static async start<Call, Answer>(
    program: ThreadProgram,
    path: string,
  ): Promise<DatabaseThread<Call, Answer>> {
    const thread = new DatabaseThread<Call, Answer>(program, path);
    await thread.#start();
    return thread;
  }

  /** Returns a thread that its first call starts. */
  static onDemand<Call, Answer>(program: ThreadProgram, path: string): DatabaseThread<Call, Answer> {
    return new DatabaseThread(program, path);
  }

  private constructor(program: ThreadProgram, path: string) {
    this.#program = program;
    this.#path = path;
  }

  /**
   * Resolves to the answer.
   * @param transfer the parts of `call` that the thread gets without a copy
   * @throws ThreadEndedError: the thread ended during the call. DOMException: `call` cannot be cloned.
   */
  async call(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    // All calls wait for one promise, which keeps their order.
    const run = await (this.#run ?? this.#start());
    return run.call(call, transfer);
  }

  /** Ends the thread after the calls so far. It closes its connection first. */
  async stop(): Promise<void> {
    const run = await this.#run?.catch(() => undefined);
    await run?.stop();
  }

  /**
   * Ends the thread without an answer to its calls, and resolves when its connection is closed. If SQLite is executing
   * a statement, this is when SQLite returns: Node cannot interrupt it.
   */
  async terminate(): Promise<void> {
    const run = await this.#run?.catch(() => undefined);
    await run?.terminate();
  }

  #start(): Promise<ThreadRun<Call, Answer>> {
    const run = ThreadRun.start<Call, Answer>(this.#program, this.#path, () => {
      if (this.#run === run) this.#run = undefined;
    });
    this.#run = run;
    return run;
  }
}

class ThreadRun<Call, Answer> {
  readonly #worker: Worker;
  readonly #waiters: Waiter<Answer>[] = [];
  #endedError: Error | undefined;

  static async start<Call, Answer>(
    program: ThreadProgram,
    path: string,
    onEnd: () => void,
  ): Promise<ThreadRun<Call, Answer>> {
    const run = new ThreadRun<Call, Answer>(program, path, onEnd);
    await run.#nextAnswer();
    return run;
  }

  private constructor(program: ThreadProgram, path: string, onEnd: () => void) {
    // The built file, whether this file is in src/sqlite/ or in dist/sqlite/: a thread cannot load TypeScript.
    this.#worker = new Worker(new URL(`../../dist/sqlite/${program}.js`, import.meta.url), {
      name: `sqlite-${program}`,
      workerData: path,
      // Without the program's own flags, such as a TypeScript loader, which the thread does not need.
      execArgv: [],
      // Instead of 48 MB: nothing of a message outlives its call.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    let cause: unknown;
    this.#worker.on("message", (answer: Answer) => this.#receive(answer));
    this.#worker.on("error", (error) => {
      cause = error;
    });
    // After "error". The thread's connection, and with it its transaction, is closed only now.
    this.#worker.on("exit", () => {
      onEnd();
      this.#end(new ThreadEndedError(`The ${program} thread ended`, { cause }));
    });
  }

  get hasEnded(): boolean {
    return this.#endedError !== undefined;
  }

  call(call: Call, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    this.#worker.postMessage(call, transfer);
    return this.#nextAnswer();
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const exit = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.ref();
    this.#worker.postMessage(STOP);
    await exit;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #nextAnswer(): Promise<Answer> {
    if (this.#endedError !== undefined) return Promise.reject(this.#endedError);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  #receive(answer: Answer): void {
    const waiter = this.#waiters.shift();
    if (this.#waiters.length === 0) this.#worker.unref();
    waiter?.resolve(answer);
  }

  #end(error: Error): void {
    this.#endedError = error;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}

/** Runs in the thread: answers one call after the other until the thread is stopped, and then calls `close`. */
export function answerCalls<Call, Answer>(
  answer: (call: Call) => Answer | Promise<Answer>,
  close: () => void,
): void {
  let previous = Promise.resolve();
  receiveCalls<Call>((call, port) => {
    previous = previous.then(async () => {
      if (call === STOP) endThread(port, close);
      else port.postMessage(await answer(call));
    });
  });
}

/** Does what `answerCalls` does, but answers all calls that have arrived together. */
export function answerCallsTogether<Call, Answer>(
  answer: (calls: readonly Call[]) => readonly Answer[],
  close: () => void,
): void {
  receiveCalls<Call>((first, port) => {
    const calls: Call[] = [];
    let next: Call | typeof STOP | undefined = first;
    while (next !== undefined && next !== STOP) {
      calls.push(next);
      // The port of a thread on Deno is no MessagePort, so its calls are answered one by one.
      const received = port instanceof MessagePort ? receiveMessageOnPort(port) : undefined;
      next = received?.message as Call | typeof STOP | undefined;
    }
    if (calls.length > 0) for (const each of answer(calls)) port.postMessage(each);
    if (next === STOP) endThread(port, close);
  });
}

function receiveCalls<Call>(receive: (call: Call | typeof STOP, port: MessagePort) => void): void {
  const port = parentPort;
  if (port === null) throw new Error("The program of a SQLite thread runs only in a worker thread.");
  port.on("message", (call: Call | typeof STOP) => receive(call, port));
  port.postMessage(READY);
}

function endThread(port: MessagePort, close: () => void): void {
  close();
  // The port of a thread on Deno has no `close`.
  if (typeof port.close === "function") port.close();
  else process.exit();
}

export function threadDatabasePath(): string {
  return String(workerData);
}
