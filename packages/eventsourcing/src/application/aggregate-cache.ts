import type { AggregateDefinition, AggregateState } from "../aggregates/aggregate-state.ts";

interface Entry {
  readonly definition: AggregateDefinition;
  readonly aggregate: AggregateState;
  readonly weight: number;
}

/** As many states as this, by their texts and bytes: about 64 MB where each character takes two. */
const MAX_WEIGHT = 32 * 1024 * 1024;

/** The states used last, bounded in number and, as some are a thousand times larger than others, in weight. */
export class AggregateCache {
  readonly #maxEntries: number;
  /** From the least to the most recently used. */
  readonly #entries = new Map<string, Entry>();
  #weight = 0;

  /** @param maxEntries 0 keeps none */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Returns the state kept of an aggregate, if it is one of `definition`. */
  get(definition: AggregateDefinition, id: string): AggregateState | undefined {
    const entry = this.#entries.get(id);
    return entry?.definition === definition ? entry.aggregate : undefined;
  }

  /** Keeps a state, and forgets those that were not used for longest as far as that takes. */
  set(definition: AggregateDefinition, aggregate: AggregateState): void {
    const known = this.#entries.get(aggregate.id);
    const weight = known?.aggregate === aggregate ? known.weight : weightOf(aggregate.state);
    this.#forget(aggregate.id);
    // It would drive out all the others, and then itself.
    if (weight > MAX_WEIGHT) return;
    this.#entries.set(aggregate.id, { definition, aggregate, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#weight <= MAX_WEIGHT) return;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    this.#weight -= this.#entries.get(id)?.weight ?? 0;
    this.#entries.delete(id);
  }
}

/** About how many characters or bytes a value takes; each value counts for a few, whatever it is. */
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
