import type { ContentManagement } from "./content-management.ts";

interface Listener {
  hear(version: number): void;
  /** Nothing more will be heard. */
  fail(error: unknown): void;
}

/** The one subscription that all share who listen. */
interface Following {
  /** Resolves once whatever is recorded from then on will be told. */
  readonly begun: Promise<void>;
  end(): void;
}

/** Tells who looks at a page of its new versions, whichever process wrote them. Follows the record once for all. */
export class LivePages {
  readonly #content: ContentManagement;
  readonly #listeners = new Map<string, Set<Listener>>();
  #following: Following | undefined;

  constructor(content: ContentManagement) {
    this.#content = content;
  }

  /**
   * Iterates over the versions of a page after `version` as they come, at first the present one if it is later.
   * Whoever is slow is given the last one only. Ends with `signal`.
   * @throws PageNotFoundError; what keeps the record from being followed, and whoever comes later tries anew
   */
  async *versionsAfter(pageId: string, version: number, signal: AbortSignal): AsyncGenerator<number> {
    const news = new News(version);
    const awaken = (): void => news.wake();
    signal.addEventListener("abort", awaken);
    const stop = this.#listen(pageId, news);
    try {
      await this.#follow();
      // Asked after listening has begun, so that nothing falls between.
      news.hear((await this.#content.getPageById(pageId)).version);
      for (let told = version; !signal.aborted; ) {
        const latest = news.latest();
        if (latest > told) {
          told = latest;
          yield told;
        } else {
          await news.any();
        }
      }
    } finally {
      stop();
      signal.removeEventListener("abort", awaken);
    }
  }

  /** Returns what ends the listening; who is last to leave ends the following. */
  #listen(pageId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(pageId) ?? new Set();
    this.#listeners.set(pageId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(pageId);
      if (this.#listeners.size === 0) this.#unfollow();
    };
  }

  #unfollow(): void {
    this.#following?.end();
    this.#following = undefined;
  }

  async #follow(): Promise<void> {
    this.#following ??= this.#begin();
    await this.#following.begun;
  }

  #begin(): Following {
    const ending = new AbortController();
    const start = this.#content.position();
    const following: Following = {
      begun: start.then(() => {}),
      end: () => ending.abort(),
    };
    start
      .then((position) => this.#tell(position + 1, ending.signal))
      .catch((error: unknown) => {
        if (this.#following !== following) return;
        this.#following = undefined;
        for (const listeners of this.#listeners.values()) {
          for (const listener of listeners) listener.fail(error);
        }
      });
    return following;
  }

  async #tell(start: number, signal: AbortSignal): Promise<void> {
    const notifications = this.#content.notificationLog.subscribe({ start, signal });
    for await (const { originatorId, originatorVersion } of notifications) {
      for (const listener of this.#listeners.get(originatorId) ?? []) listener.hear(originatorVersion);
    }
  }
}

/** What one listener has heard: the last version, or that there is no more to hear. */
class News implements Listener {
  #latest: number;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  constructor(version: number) {
    this.#latest = version;
  }

  hear(version: number): void {
    this.#latest = Math.max(this.#latest, version);
    this.wake();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.wake();
  }

  wake(): void {
    this.#wake();
  }

  /** @throws what it failed with */
  latest(): number {
    if (this.#failure) throw this.#failure.error;
    return this.#latest;
  }

  /** Resolves when there may be news. Asked for at once after `latest`, it misses nothing. */
  any(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
