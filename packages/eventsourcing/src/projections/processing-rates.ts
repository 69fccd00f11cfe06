import type { Generation } from "./view-store.ts";

interface Sample {
  readonly position: number;
  readonly at: number;
}

const WINDOW_MS = 30_000;
const MIN_SAMPLE_INTERVAL_MS = 1_000;
/** The rate over a shorter time varies too much to be useful. */
const MIN_SPAN_MS = 500;

/**
 * Measures how many notifications per second generations process, from the positions at the times of the queries.
 * Frequent queries do not shorten the measured time, so any number of callers can share an instance.
 */
export class ProcessingRates {
  /** In order of time, by view and number of generation. */
  readonly #samples = new Map<string, Sample[]>();
  readonly #now: () => number;

  /** @param now returns milliseconds of a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Returns notifications per second over the last 30 s; undefined until half a second after the first call. */
  rateOf(generation: Pick<Generation, "view" | "number" | "position"> | undefined): number | undefined {
    if (generation === undefined) return undefined;
    const at = this.#now();
    const { view, number, position } = generation;
    const key = `${view} ${number}`;
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    while (samples[1] !== undefined && samples[1].at <= at - WINDOW_MS) samples.shift();
    const [oldest] = samples;
    const latest = samples.at(-1);
    if (latest === undefined || at - latest.at >= MIN_SAMPLE_INTERVAL_MS) samples.push({ position, at });
    if (oldest === undefined || at - oldest.at < MIN_SPAN_MS) return undefined;
    return (Math.max(0, position - oldest.position) * 1_000) / (at - oldest.at);
  }

  /** Drops the samples of all other generations. */
  retain(generations: readonly Pick<Generation, "view" | "number">[]): void {
    const retained = new Set(generations.map(({ view, number }) => `${view} ${number}`));
    for (const key of this.#samples.keys()) if (!retained.has(key)) this.#samples.delete(key);
  }
}
