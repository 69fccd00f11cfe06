import { Bell } from "./bell.ts";
import { CodedError } from "./errors.ts";
import type { Generation, PoisonousEvent, ViewStore } from "./view-store.ts";

/**
 * The view has not processed the notification in time, or is stopped before it. Why it is stopped, `cause` says: the
 * message and the other values do not, since they reach readers, and the text of a database's error is not for them.
 */
export class ViewBehindError extends CodedError {
  readonly code = "view-behind";
  readonly view: string;
  readonly notificationId: number;
  readonly position: number;
  /** Where the view goes no further; undefined while it does. */
  readonly stopped: Omit<PoisonousEvent, "error"> | undefined;

  constructor(view: string, notificationId: number, generation: Generation | undefined) {
    const position = generation?.position ?? 0;
    const poison = generation?.stopped;
    const why =
      poison === undefined
        ? "Try again in a moment."
        : `It is stopped at notification ${poison.notificationId}, ${poison.topic}; its status says why.`;
    super(
      `The view "${view}" is at notification ${position}, not yet at ${notificationId}. ${why}`,
      poison && { cause: new Error(poison.error) },
    );
    this.view = view;
    this.notificationId = notificationId;
    this.position = position;
    this.stopped = poison && { notificationId: poison.notificationId, topic: poison.topic };
  }
}

interface Waiter {
  readonly views: readonly string[];
  readonly notificationId: number;
  /** When it gives up, in milliseconds since 1970. */
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A store that was never heard of any more would be asked again after this. */
const BACKSTOP_MS = 1_000;

/** Lets any number wait for views to get somewhere, and asks the store once for all of them. */
export class ViewWaiting {
  readonly #store: Pick<ViewStore<never>, "generations" | "watch">;
  readonly #waiters = new Set<Waiter>();
  readonly #bell = new Bell();
  #running: Promise<void> | undefined;

  constructor(store: Pick<ViewStore<never>, "generations" | "watch">) {
    this.#store = store;
  }

  /**
   * Resolves when each of `views` has processed the notification.
   * @throws ViewBehindError after `timeoutMs`, or when a view is stopped before it; the signal's reason
   */
  async wait(
    views: readonly string[],
    notificationId: number,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    signal?.throwIfAborted();
    // Asked each time, for a database that crashed may have lost the last that views did, and do it again.
    if (behind(await this.#store.generations(), views, notificationId).length === 0) return;
    signal?.throwIfAborted();
    let waiter: Waiter | undefined;
    const abort = () => waiter?.reject(signal?.reason);
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { views, notificationId, deadline: Date.now() + timeoutMs, resolve, reject };
        this.#waiters.add(waiter);
        signal?.addEventListener("abort", abort);
        this.#bell.ring();
        // Where a store that is closed refuses to be watched, this one is rejected.
        this.#running ??= this.#run(this.#store.watch(() => this.#bell.ring()));
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  async #run(unwatch: () => void): Promise<void> {
    try {
      while (this.#waiters.size > 0) {
        this.#bell.silence();
        this.#settle(await this.#store.generations());
        if (this.#waiters.size > 0) await this.#bell.rung(this.#pauseMs());
      }
    } catch (error) {
      for (const { reject } of this.#waiters) reject(error);
      this.#waiters.clear();
    } finally {
      unwatch();
      this.#running = undefined;
    }
  }

  #pauseMs(): number {
    const deadlines = [...this.#waiters].map(({ deadline }) => deadline);
    return Math.max(0, Math.min(BACKSTOP_MS, Math.min(...deadlines) - Date.now()));
  }

  #settle(generations: readonly Generation[]): void {
    const now = Date.now();
    for (const waiter of this.#waiters) {
      const { views, notificationId } = waiter;
      const left = behind(generations, views, notificationId);
      const stuck = left.find(({ generation }) => generation?.stopped !== undefined);
      const blamed = stuck ?? left[0];
      if (blamed === undefined) this.#leave(waiter, () => waiter.resolve());
      else if (stuck !== undefined || now >= waiter.deadline) {
        const error = new ViewBehindError(blamed.view, notificationId, blamed.generation);
        this.#leave(waiter, () => waiter.reject(error));
      }
    }
  }

  #leave(waiter: Waiter, settle: () => void): void {
    this.#waiters.delete(waiter);
    settle();
  }
}

/** Those of `views` whose active generation has not processed the notification. */
function behind(
  generations: readonly Generation[],
  views: readonly string[],
  notificationId: number,
): readonly { readonly view: string; readonly generation: Generation | undefined }[] {
  return views
    .map((view) => ({
      view,
      generation: generations.find((generation) => generation.view === view && generation.active),
    }))
    .filter(({ generation }) => (generation?.position ?? 0) < notificationId);
}
