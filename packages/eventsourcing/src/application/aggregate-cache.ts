import type { AggregateDefinition, AggregateState } from "../aggregates/aggregate-state.ts";

interface Entry {
  readonly definition: AggregateDefinition;
  readonly aggregate: AggregateState;
  readonly weight: number;
}

/** The total weight of the states kept: about 64 MB at two bytes per character. */
const MAX_WEIGHT = 32 * 1024 * 1024;

/** The most recently used states, limited in number and in weight, since sizes differ by a factor of thousands. */
export class AggregateCache {
  readonly #maxEntries: number;
  /** From the least to the most recently used. */
  readonly #entries = new Map<string, Entry>();
  #weight = 0;

  /** @param maxEntries 0 keeps none */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Returns the cached state of an aggregate of `definition`. */
  get(definition: AggregateDefinition, id: string): AggregateState | undefined {
    const entry = this.#entries.get(id);
    return entry?.definition === definition ? entry.aggregate : undefined;
  }

  /** Adds a state, and evicts the least recently used ones until the cache is within its limits. */
  set(definition: AggregateDefinition, aggregate: AggregateState): void {
    const known = this.#entries.get(aggregate.id);
    const weight = known?.aggregate === aggregate ? known.weight : weightOf(aggregate.state);
    this.#evict(aggregate.id);
    // It would evict all others, and then itself.
    if (weight > MAX_WEIGHT) return;
    this.#entries.set(aggregate.id, { definition, aggregate, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#weight <= MAX_WEIGHT) return;
      this.#evict(oldest);
    }
  }

  #evict(id: string): void {
    this.#weight -= this.#entries.get(id)?.weight ?? 0;
    this.#entries.delete(id);
  }
}

/** Returns about the number of characters or bytes of a value, plus 8 for each value in it. */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return value.length + 8;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength + 8;
  const inner =
    value instanceof Map
      ? [...value.entries()].flat()
      : value instanceof Set
        ? [...value]
        : Object.values(value);
  return inner.reduce((sum: number, one) => sum + weightOf(one), 8);
}
