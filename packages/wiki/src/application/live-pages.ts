import type { ContentManagement } from "./content-management.ts";

/** The subscription to the notification log that all listeners share. */
interface Subscription {
  /** Resolves when every later event will reach the listeners. */
  readonly started: Promise<void>;
  stop(): void;
}

/** Notifies readers of a page of its new versions, from any process. All readers share one subscription. */
export class LivePages {
  readonly #content: ContentManagement;
  readonly #listeners = new Map<string, Set<VersionListener>>();
  #subscription: Subscription | undefined;

  constructor(content: ContentManagement) {
    this.#content = content;
  }

  /**
   * Iterates over the versions of a page after `version`: the current one, if it is later, and then each new one. A slow
   * reader gets the latest version only. Ends when `signal` is aborted.
   * @throws PageNotFoundError, and the errors of the subscription; a later call subscribes again
   */
  async *versionsAfter(pageId: string, version: number, signal: AbortSignal): AsyncGenerator<number> {
    const listener = new VersionListener(version);
    const wake = (): void => listener.wake();
    signal.addEventListener("abort", wake);
    const removeListener = this.#addListener(pageId, listener);
    try {
      this.#subscription ??= this.#subscribe();
      await this.#subscription.started;
      // Read after the subscription has started, so that no version is missed.
      listener.notify((await this.#content.getPageById(pageId)).version);
      for (let last = version; !signal.aborted; ) {
        const latest = listener.latest();
        if (latest > last) {
          last = latest;
          yield last;
        } else {
          await listener.change();
        }
      }
    } finally {
      removeListener();
      signal.removeEventListener("abort", wake);
    }
  }

  /** Returns a function that removes the listener. Removing the last one ends the subscription. */
  #addListener(pageId: string, listener: VersionListener): () => void {
    const listeners = this.#listeners.get(pageId) ?? new Set();
    this.#listeners.set(pageId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(pageId);
      if (this.#listeners.size > 0) return;
      this.#subscription?.stop();
      this.#subscription = undefined;
    };
  }

  #subscribe(): Subscription {
    const stopped = new AbortController();
    const position = this.#content.position();
    const subscription: Subscription = {
      started: position.then(() => {}),
      stop: () => stopped.abort(),
    };
    position
      .then((last) => this.#notifyListeners(last + 1, stopped.signal))
      .catch((error: unknown) => {
        if (this.#subscription !== subscription) return;
        this.#subscription = undefined;
        for (const listeners of this.#listeners.values()) {
          for (const listener of listeners) listener.fail(error);
        }
      });
    return subscription;
  }

  async #notifyListeners(start: number, signal: AbortSignal): Promise<void> {
    const notifications = this.#content.notificationLog.subscribe({ start, signal });
    for await (const { originatorId, originatorVersion } of notifications) {
      for (const listener of this.#listeners.get(originatorId) ?? []) listener.notify(originatorVersion);
    }
  }
}

/** The latest version of a page that one reader was notified of. */
class VersionListener {
  #latest: number;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  constructor(version: number) {
    this.#latest = version;
  }

  notify(version: number): void {
    this.#latest = Math.max(this.#latest, version);
    this.wake();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.wake();
  }

  /** Resolves the pending `change`. */
  wake(): void {
    this.#wake();
  }

  /** @throws the error passed to `fail` */
  latest(): number {
    if (this.#failure) throw this.#failure.error;
    return this.#latest;
  }

  /** Resolves at the next call of `notify`, `fail` or `wake`. Call it in the same tick as `latest`, to miss none. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
