import { LRUCache } from "lru-cache";

/** A cache whose entries belong to one version of their source. It is emptied when it is asked for another version. */
export class VersionedCache<Value extends object> {
  readonly #entries: LRUCache<string, Value>;
  #version = 0;

  constructor(maxEntries: number) {
    this.#entries = new LRUCache({ max: maxEntries });
  }

  get(key: string, version: number): Value | undefined {
    if (version !== this.#version) {
      this.#entries.clear();
      this.#version = version;
    }
    return this.#entries.get(key);
  }

  /** Stores a value that was read after its source had `version`, unless the cache now belongs to another version. */
  set(key: string, value: Value, version: number): void {
    if (version === this.#version) this.#entries.set(key, value);
  }
}
