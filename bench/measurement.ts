import type { Spread } from "./measure.ts";

/**
 * How much is measured: `quick` only for ratios, in two minutes; `standard` with up to 10,000 pages; `large` with
 * 100,000 pages and 1,000,000 events.
 */
export type Scale = "quick" | "standard" | "large";

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** How to read the figures, in Markdown. */
  readonly note: string;
  /** Whether a quick run has the suite. */
  readonly quick?: true;
  readonly run: (scale: Scale) => Promise<readonly Measurement[]>;
}

/** The rate, time or size of one contender at one piece of work. */
export interface Measurement {
  readonly work: string;
  readonly contender: string;
  readonly unit: "per second" | "ms" | "s" | "MB" | "bytes";
  readonly value: Spread;
  readonly ratio?: Ratio;
  /** What the horizontal axis of a chart shows, such as the number of pages. */
  readonly at?: { readonly axis: string; readonly value: number };
}

/** A comparison in the same run. More is better. */
interface Ratio {
  readonly to: string;
  readonly value: number;
  readonly aim?: number;
}

/** A run of suites, as it is stored. */
export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly scale: Scale;
  readonly suites: Readonly<Record<string, readonly Measurement[]>>;
}

/** Returns a value that was measured once. */
export function once(value: number): Spread {
  return { low: value, median: value, high: value };
}
