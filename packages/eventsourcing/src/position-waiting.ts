import { Bell } from "./bell.ts";
import type { ApplicationRecorder } from "./recorder.ts";

interface Waiter {
  readonly id: number;
  readonly resolve: (lastId: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A recorder that was never heard of any more would be asked again after this. */
const BACKSTOP_MS = 1_000;

/** Lets any number wait for a notification to be recorded, and asks the recorder once for all of them. */
export class PositionWaiting {
  readonly #recorder: Pick<ApplicationRecorder, "maxNotificationId" | "watch">;
  readonly #waiters = new Set<Waiter>();
  readonly #bell = new Bell();
  #running: Promise<void> | undefined;
  /** The last notification id that was heard of while somebody waited. */
  #lastId = 0;

  constructor(recorder: Pick<ApplicationRecorder, "maxNotificationId" | "watch">) {
    this.#recorder = recorder;
  }

  /** Resolves to the last notification id when that is at least `id`, and after `timeoutMs` in any case. */
  async wait(id: number, { timeoutMs }: { readonly timeoutMs: number }): Promise<number> {
    const lastId = await this.#recorder.maxNotificationId();
    // Asked for itself, whoever comes misses nothing of what was heard until then, and hears what comes later.
    if (lastId >= id || this.#lastId >= id) return Math.max(lastId, this.#lastId);
    let waiter: Waiter | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<number>((resolve, reject) => {
        waiter = { id, resolve, reject };
        this.#waiters.add(waiter);
        // A timer of each one's own: thousands of the same length cost as little as one.
        timer = setTimeout(() => resolve(Math.max(lastId, this.#lastId)), timeoutMs);
        // Where a recorder that is closed refuses to be watched, this one is rejected.
        this.#running ??= this.#run(this.#recorder.watch(() => this.#bell.ring()));
      });
    } finally {
      clearTimeout(timer);
      if (waiter !== undefined) this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this.#bell.ring();
    }
  }

  async #run(unwatch: () => void): Promise<void> {
    try {
      while (this.#waiters.size > 0) {
        this.#bell.silence();
        this.#hear(await this.#recorder.maxNotificationId());
        if (this.#waiters.size > 0) await this.#bell.rung(BACKSTOP_MS);
      }
    } catch (error) {
      for (const { reject } of this.#waiters) reject(error);
      this.#waiters.clear();
    } finally {
      unwatch();
      this.#running = undefined;
      this.#lastId = 0;
    }
  }

  #hear(lastId: number): void {
    if (lastId <= this.#lastId) return;
    this.#lastId = lastId;
    for (const waiter of this.#waiters) {
      if (waiter.id > lastId) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(lastId);
    }
  }
}
