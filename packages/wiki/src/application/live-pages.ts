import type { ContentManagement } from "./content-management.ts";

type Listener = (version: number) => void;

/** Tells who looks at a page of its new versions, whichever process wrote them. Follows the record once for all. */
export class LivePages {
  readonly #content: ContentManagement;
  readonly #listeners = new Map<string, Set<Listener>>();
  #following: AbortController | undefined;

  constructor(content: ContentManagement) {
    this.#content = content;
  }

  /**
   * Iterates over the versions of a page after `version` as they come, at first the present one if it is later.
   * Whoever is slow is given the last one only. Ends with `signal`.
   * @throws PageNotFoundError
   */
  async *versionsAfter(pageId: string, version: number, signal: AbortSignal): AsyncGenerator<number> {
    let latest = version;
    let wake = (): void => {};
    const hear = (heard: number): void => {
      latest = Math.max(latest, heard);
      wake();
    };
    const awaken = (): void => wake();
    signal.addEventListener("abort", awaken);
    const stop = await this.#listen(pageId, hear);
    try {
      // Asked after listening has begun, so that nothing falls between.
      hear((await this.#content.getPageById(pageId)).version);
      for (let told = version; !signal.aborted; ) {
        if (latest > told) {
          told = latest;
          yield told;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      stop();
      signal.removeEventListener("abort", awaken);
    }
  }

  async #listen(pageId: string, listener: Listener): Promise<() => void> {
    const listeners = this.#listeners.get(pageId) ?? new Set();
    this.#listeners.set(pageId, listeners.add(listener));
    await this.#follow();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(pageId);
      if (this.#listeners.size === 0) {
        this.#following?.abort();
        this.#following = undefined;
      }
    };
  }

  async #follow(): Promise<void> {
    if (this.#following !== undefined) return;
    const following = new AbortController();
    this.#following = following;
    const start = (await this.#content.position()) + 1;
    void this.#tell(start, following.signal).catch(() => {
      if (this.#following === following) this.#following = undefined;
    });
  }

  async #tell(start: number, signal: AbortSignal): Promise<void> {
    const notifications = this.#content.notificationLog.subscribe({ start, signal });
    for await (const { originatorId, originatorVersion } of notifications) {
      for (const listener of this.#listeners.get(originatorId) ?? []) listener(originatorVersion);
    }
  }
}
