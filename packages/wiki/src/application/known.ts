/** Remembers what was used last, bounded in number and in weight. */
export class Known<T> {
  readonly #most: { readonly entries: number; readonly weight: number };
  /** Those used last stand last. */
  readonly #entries = new Map<string, { readonly value: T; readonly weight: number }>();
  #weight = 0;

  constructor(most: { readonly entries: number; readonly weight: number }) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Remembers `value`, and forgets what was not used for longest; what is too heavy is not remembered. */
  set(key: string, value: T, weight: number): void {
    this.#forget(key);
    if (weight > this.#most.weight) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= this.#most.entries && this.#weight <= this.#most.weight) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
