import { RecorderClosedError } from "../errors.ts";
import { QueryTimeoutError } from "../projections/view-errors.ts";
import { DatabaseThread } from "./database-thread.ts";
import type { ReadAnswer, ReadCall } from "./view-reader.ts";

type ReaderThread = DatabaseThread<ReadCall, ReadAnswer>;

/** Each thread has its own cache of the database, of 16 MB at most. */
const THREADS = 4;

/** Threads that run queries of views, one query each at a time. Each is started when a query first needs it. */
export class ReaderThreads {
  readonly #threads: readonly ReaderThread[];
  /** The thread that was used last is used next, so that no more are started than needed. */
  readonly #idle: ReaderThread[];
  /** Queries that wait for a thread, in order. They get undefined once the threads are stopped. */
  readonly #waiting = new Set<(thread: ReaderThread | undefined) => void>();
  readonly #ending = new Set<Promise<void>>();
  #isStopped = false;

  constructor(path: string) {
    this.#threads = Array.from({ length: THREADS }, () => DatabaseThread.onDemand("view-reader", path));
    this.#idle = [...this.#threads];
  }

  /**
   * Resolves to the answer. If the query has expired, its thread is ended, and restarted by a later query.
   * @throws QueryTimeoutError `timeoutMs` after the call
   * @throws RecorderClosedError if the threads are stopped
   * @throws ThreadEndedError
   */
  read(call: ReadCall, timeoutMs: number): Promise<ReadAnswer> {
    return new Promise((resolve, reject) => {
      let end = (): void => {
        this.#waiting.delete(start);
      };
      const timer = setTimeout(() => {
        reject(new QueryTimeoutError(call.generation.view, timeoutMs));
        end();
      }, timeoutMs);
      const start = (thread: ReaderThread | undefined): void => {
        if (thread === undefined) {
          clearTimeout(timer);
          reject(new RecorderClosedError());
          return;
        }
        let hasEnded = false;
        end = () => {
          hasEnded = true;
          this.#end(thread);
        };
        const answered = (): void => {
          clearTimeout(timer);
          if (!hasEnded) this.#release(thread);
        };
        thread.call(call).then(resolve, reject).finally(answered);
      };
      this.#waiting.add(start);
      this.#startWaiting();
    });
  }

  /** Ends the threads after their queries. Queries that wait for a thread are rejected. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#startWaiting();
    await Promise.all([...this.#threads.map((thread) => thread.stop()), ...this.#ending]);
  }

  #startWaiting(): void {
    for (const start of this.#waiting) {
      const thread = this.#isStopped ? undefined : this.#idle.pop();
      if (thread === undefined && !this.#isStopped) return;
      this.#waiting.delete(start);
      start(thread);
    }
  }

  #release(thread: ReaderThread): void {
    this.#idle.push(thread);
    this.#startWaiting();
  }

  #end(thread: ReaderThread): void {
    const ending = thread.terminate().then(() => {
      this.#ending.delete(ending);
      this.#release(thread);
    });
    this.#ending.add(ending);
  }
}
