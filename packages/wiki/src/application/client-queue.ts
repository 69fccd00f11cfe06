import { RequestAbortedError } from "../workers/errors.ts";

/** The client that waits for a task. */
export interface Client {
  /** Identifies the client. All tasks without it count as those of one client. */
  readonly client?: string;
  /** Aborted when the client stops waiting. */
  readonly signal?: AbortSignal;
}

/** Each limit counts tasks: of all clients, and of each client. */
export interface ClientQueueLimits {
  /** Running tasks. */
  readonly running: number;
  readonly runningPerClient: number;
  /** Running and waiting tasks. */
  readonly accepted: number;
  readonly acceptedPerClient: number;
}

/** The error of a queue that has accepted too many tasks, of all clients or of one. */
type BusyError = new (count: number, scope: "all" | "client") => Error;

interface WaitingTask {
  readonly client: string;
  readonly start: () => void;
}

/** Runs expensive tasks of clients, some at a time, in the order of the calls, so that no client delays others for long. */
export class ClientQueue {
  readonly #limits: ClientQueueLimits;
  readonly #BusyError: BusyError;
  readonly #accepted = new Counts();
  readonly #running = new Counts();
  readonly #waiting = new Set<WaitingTask>();

  constructor(limits: ClientQueueLimits, busyError: BusyError) {
    this.#limits = limits;
    this.#BusyError = busyError;
  }

  /**
   * Settles as `task` does, which runs once it is the turn of the client.
   * @throws the busy error if too many tasks are accepted, RequestAbortedError if `signal` is aborted before the task runs
   */
  async run<T>({ client = "", signal }: Client, task: () => Promise<T>): Promise<T> {
    const own = this.#accepted.of(client);
    if (own >= this.#limits.acceptedPerClient) throw new this.#BusyError(own, "client");
    if (this.#accepted.total >= this.#limits.accepted) throw new this.#BusyError(this.#accepted.total, "all");
    this.#accepted.add(client);
    try {
      await this.#turn(client, signal);
      try {
        return await task();
      } finally {
        this.#running.remove(client);
        this.#startWaiting();
      }
    } finally {
      this.#accepted.remove(client);
    }
  }

  /** Resolves when a task of the client may run, which then counts as running. */
  #turn(client: string, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(new RequestAbortedError());
    if (this.#mayRun(client)) {
      this.#running.add(client);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const abandon = (): void => {
        this.#waiting.delete(waiting);
        reject(new RequestAbortedError());
      };
      const waiting: WaitingTask = {
        client,
        start: () => {
          signal?.removeEventListener("abort", abandon);
          this.#running.add(client);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", abandon, { once: true });
    });
  }

  #startWaiting(): void {
    for (const waiting of this.#waiting) {
      if (this.#running.total >= this.#limits.running) return;
      if (!this.#mayRun(waiting.client)) continue;
      this.#waiting.delete(waiting);
      waiting.start();
    }
  }

  #mayRun(client: string): boolean {
    return (
      this.#running.total < this.#limits.running && this.#running.of(client) < this.#limits.runningPerClient
    );
  }
}

/** Counts tasks by client. */
class Counts {
  readonly #byClient = new Map<string, number>();
  total = 0;

  of(client: string): number {
    return this.#byClient.get(client) ?? 0;
  }

  add(client: string): void {
    this.#byClient.set(client, this.of(client) + 1);
    this.total += 1;
  }

  remove(client: string): void {
    const left = this.of(client) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
    this.total -= 1;
  }
}
