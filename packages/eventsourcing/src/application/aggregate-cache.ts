import { LRUCache } from "lru-cache";
import type { AggregateDefinition, AggregateState } from "../aggregates/aggregate-state.ts";

interface Entry {
  readonly definition: AggregateDefinition;
  readonly aggregate: AggregateState;
}

/** The total weight of the states kept: about 64 MB at two bytes per character. */
const MAX_WEIGHT = 32 * 1024 * 1024;
/** The weight of any value, as `weightOf` counts it. */
const MIN_WEIGHT = 8;

/** The most recently used states, limited in number and in weight, since sizes differ by a factor of thousands. */
export class AggregateCache {
  readonly #entries: LRUCache<string, Entry> | undefined;

  /** @param maxEntries 0 keeps none */
  constructor(maxEntries: number) {
    // The cache allocates room for all entries at once, and more than this never fit.
    const max = Math.min(maxEntries, MAX_WEIGHT / MIN_WEIGHT);
    if (max > 0) this.#entries = new LRUCache({ max, maxSize: MAX_WEIGHT });
  }

  /** Returns the cached state of an aggregate of `definition`. */
  get(definition: AggregateDefinition, id: string): AggregateState | undefined {
    const entry = this.#entries?.get(id);
    return entry?.definition === definition ? entry.aggregate : undefined;
  }

  /** Adds a state, and evicts the least recently used ones until the cache is within its limits. */
  set(definition: AggregateDefinition, aggregate: AggregateState): void {
    if (this.get(definition, aggregate.id) === aggregate) return;
    this.#entries?.set(aggregate.id, { definition, aggregate }, { size: weightOf(aggregate.state) });
  }
}

/** Returns about the number of characters or bytes of a value, plus 8 for each value in it. */
export function weightOf(value: unknown): number {
  return weigh(value, new Set());
}

/** @param weighed the objects weighed so far, which count once */
function weigh(value: unknown, weighed: Set<object>): number {
  if (typeof value === "string") return value.length + MIN_WEIGHT;
  if (typeof value !== "object" || value === null || weighed.has(value)) return MIN_WEIGHT;
  weighed.add(value);
  if (ArrayBuffer.isView(value)) return value.byteLength + MIN_WEIGHT;
  const inner =
    value instanceof Map
      ? [...value.entries()].flat()
      : value instanceof Set
        ? [...value]
        : Object.values(value);
  return inner.reduce((sum: number, one) => sum + weigh(one, weighed), MIN_WEIGHT);
}
