import { Worker } from "node:worker_threads";
import type { Config } from "../config.ts";
import type { ProjectedPageEvent } from "../projections/page-events.ts";
import type { BatchPage, PageStep } from "../projections/page-follower.ts";
import { byPage, type PageReading } from "../projections/page-reader.ts";
import { HEAP_LIMITS } from "./heap-limits.ts";

/** The `workerData` of the threads' program. */
export interface PageReaderThreadData {
  readonly config: Config;
  /** The size of the cached pages, in UTF-16 code units. */
  readonly cachedUnits: number;
}

/** A call of a method of `PageReading`. */
export type PageReaderCall =
  | { readonly name: "sizes"; readonly events: readonly ProjectedPageEvent[]; readonly maxUnits: number }
  | { readonly name: "read"; readonly events: readonly ProjectedPageEvent[] };

/** A page whose steps lack their events, which the caller has. */
interface TransferredPage extends Omit<BatchPage, "steps"> {
  readonly steps: readonly Omit<PageStep, "event">[];
}

export type PageReaderAnswer =
  | { readonly sizes: readonly number[] }
  | { readonly pages: readonly TransferredPage[] }
  | { readonly error: string };

/** A smaller batch is read in the calling thread, since messages cost more than they gain. */
const MIN_EVENTS = 200;
/** Threads end after this time without work, to free their memory. */
const IDLE_MS = 5_000;

// The built file, whether this file is in src/ or in dist/: a thread cannot load TypeScript.
const PROGRAM = new URL("../../dist/page-reader-program.js", import.meta.url);

interface ThreadsOptions extends PageReaderThreadData {
  /** The number of threads. */
  readonly count: number;
  /** Reads small batches, and those that a thread fails to read. */
  readonly local: PageReading;
  /** The compiled program of the threads. */
  readonly program?: URL;
}

/** Computes the pages of large batches in threads. Each thread reads the same pages each time, so that it can cache them. */
export class PageReaderThreads implements PageReading {
  readonly #options: ThreadsOptions;
  readonly #threads: (ReaderThread | undefined)[];
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: ThreadsOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.count });
  }

  async sizes(events: readonly ProjectedPageEvent[], maxUnits: number): Promise<readonly number[]> {
    const { local } = this.#options;
    if (events.length < MIN_EVENTS) return local.sizes(events, maxUnits);
    const parts = this.#partsOf(events);
    const answers = await this.#callAll(parts, (part) => ({ name: "sizes", events: part, maxUnits }));
    if (answers === undefined) return local.sizes(events, maxUnits);
    const lists = answers.map((answer) => ("sizes" in answer ? answer.sizes : []).values());
    const sizes: number[] = [];
    let total = 0;
    for (const event of events) {
      // A list ends early if the events of its thread alone reach the maximum.
      const next = lists[this.#threadOf(event)]?.next();
      if (next === undefined || next.done) break;
      sizes.push(next.value);
      total += next.value;
      if (total >= maxUnits) break;
    }
    return sizes;
  }

  async read(events: readonly ProjectedPageEvent[]): Promise<readonly BatchPage[]> {
    const { local } = this.#options;
    if (events.length < MIN_EVENTS) return local.read(events);
    const answers = await this.#callAll(this.#partsOf(events), (part) => ({ name: "read", events: part }));
    // An error of an event is thrown again, with its class.
    if (answers === undefined) return local.read(events);
    const pages = new Map<string, TransferredPage>();
    for (const answer of answers)
      if ("pages" in answer) for (const page of answer.pages) pages.set(page.id, page);
    return Array.from(byPage(events), ([id, pageEvents]) => {
      const page = pages.get(id);
      if (page === undefined) throw new TypeError(`The thread did not return page ${id}.`);
      const steps = pageEvents.map((event, index) => ({ ...(page.steps[index] as PageStep), event }));
      return { ...page, steps };
    });
  }

  /** Resolves when the threads have ended. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await Promise.all(this.#threads.splice(0).map((thread) => thread?.close()));
  }

  #partsOf(events: readonly ProjectedPageEvent[]): readonly (readonly ProjectedPageEvent[])[] {
    const parts = this.#threads.map((): ProjectedPageEvent[] => []);
    for (const event of events) parts[this.#threadOf(event)]?.push(event);
    return parts;
  }

  #threadOf({ originatorId }: ProjectedPageEvent): number {
    // The end of a UUID is random.
    return Number.parseInt(originatorId.slice(-6), 16) % this.#threads.length;
  }

  /** Resolves to undefined if a thread fails. */
  async #callAll(
    parts: readonly (readonly ProjectedPageEvent[])[],
    callOf: (part: readonly ProjectedPageEvent[]) => PageReaderCall,
  ): Promise<readonly PageReaderAnswer[] | undefined> {
    clearTimeout(this.#idleTimer);
    const answers = await Promise.all(
      parts.map((part, index) => this.#thread(index).call(callOf(part)).catch(errorAnswer)),
    );
    this.#idleTimer = setTimeout(() => this.#endThreads(), IDLE_MS).unref();
    return answers.some((answer) => "error" in answer) ? undefined : answers;
  }

  #thread(index: number): ReaderThread {
    const current = this.#threads[index];
    if (current !== undefined && !current.hasEnded) return current;
    const { program = PROGRAM, config, cachedUnits } = this.#options;
    const thread = new ReaderThread(program, { config, cachedUnits });
    this.#threads[index] = thread;
    return thread;
  }

  #endThreads(): void {
    for (const [index, thread] of this.#threads.entries()) {
      if (thread?.isBusy) continue;
      void thread?.close();
      this.#threads[index] = undefined;
    }
  }
}

function errorAnswer(error: unknown): PageReaderAnswer {
  return { error: String(error) };
}

interface Waiter {
  readonly resolve: (answer: PageReaderAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that answers one call after the other. */
class ReaderThread {
  readonly #worker: Worker;
  readonly #waiters: Waiter[] = [];
  readonly #ended: Promise<void>;
  #hasEnded = false;

  constructor(program: URL, data: PageReaderThreadData) {
    this.#worker = new Worker(program, {
      name: "page-reader",
      workerData: data,
      // Without the program's own flags, such as a TypeScript loader, which the thread does not need.
      execArgv: [],
      resourceLimits: HEAP_LIMITS,
    });
    this.#worker.unref();
    let cause: unknown;
    this.#worker.on("message", (answer: PageReaderAnswer) => this.#waiters.shift()?.resolve(answer));
    this.#worker.on("error", (error) => {
      cause = error;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#hasEnded = true;
        const error = new Error("The thread that reads pages ended.", { cause });
        for (const { reject } of this.#waiters.splice(0)) reject(error);
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isBusy(): boolean {
    return this.#waiters.length > 0;
  }

  call(call: PageReaderCall): Promise<PageReaderAnswer> {
    this.#worker.postMessage(call);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }
}
