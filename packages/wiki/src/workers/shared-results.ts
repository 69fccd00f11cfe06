import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { RequestAbortedError } from "./errors.ts";

interface Running<Result> {
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  callers: number;
}

interface ResultLimits<Result> {
  readonly maxBytes: number;
  readonly bytesOf: (result: Result) => number;
}

/** Caches results by key. Computes a result once for all callers that wait for it. */
export class SharedResults<Result extends object> {
  readonly #cached: LRUCache<string, Result>;
  readonly #running = new Map<string, Running<Result>>();

  constructor({ maxBytes, bytesOf }: ResultLimits<Result>) {
    this.#cached = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (result, key) => bytesOf(result) + 2 * key.length + 500,
    });
  }

  /**
   * Resolves to the cached result, or to the one that `compute` resolves to. A failure is not cached.
   *
   * @param compute its signal is aborted when all callers have left
   * @param signal when it is aborted, this caller leaves
   * @throws RequestAbortedError, and the errors of `compute`
   */
  async get(
    key: string,
    compute: (signal: AbortSignal) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const cached = this.#cached.get(key);
    if (cached !== undefined) return cached;
    if (signal?.aborted) throw new RequestAbortedError();
    const running = this.#running.get(key) ?? this.#start(key, compute);
    running.callers += 1;
    try {
      return await unlessAborted(running.result, signal);
    } finally {
      running.callers -= 1;
      if (running.callers === 0) {
        running.stop.abort();
        if (this.#running.get(key) === running) this.#running.delete(key);
      }
    }
  }

  #start(key: string, compute: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const stop = new AbortController();
    const running = { result: compute(stop.signal), stop, callers: 0 };
    this.#running.set(key, running);
    running.result.then(
      (result) => this.#cached.set(key, result),
      // The callers report a failure. Without callers, the failure is ignored.
      () => undefined,
    );
    return running;
  }
}

/** Returns a key for results that depend on these texts: a hash, which is shorter. */
export function keyOfTexts(...lists: readonly (readonly string[])[]): string {
  const hash = createHash("sha256");
  for (const texts of lists) {
    hash.update(`${texts.length} `);
    for (const text of texts) hash.update(`${text.length} `).update(text);
  }
  return hash.digest("base64");
}

/** Settles as `promise` does. @throws RequestAbortedError once `signal` is aborted */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new RequestAbortedError());
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
