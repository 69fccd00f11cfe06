import type { AnyProjection } from "./projection.ts";
import type { FailedEvent, Generation } from "./view-store.ts";

/** How a projection is doing. */
export interface ProjectionStatus {
  readonly name: string;
  /**
   * "stopped": at a poisonous event. "rebuilding": a next generation is being built; the active one is kept up to date
   * if it is of the same version. "rebuild-stopped": that next generation is at a poisonous event, and the active one
   * goes on. "idle": no process runs it. "running".
   */
  readonly state: "running" | "rebuilding" | "rebuild-stopped" | "stopped" | "idle";
  /** Where the runner is that has the lease; another one waits until it stops. */
  readonly runner: "here" | "elsewhere" | "none";
  /** The version of the active view; undefined before there is one. */
  readonly version: number | undefined;
  /** The last notification id that the active view has processed. */
  readonly position: number;
  /** How many notifications are recorded that the active view has not processed. */
  readonly lag: number;
  /**
   * Notifications that the active view processed per second, over the last half minute in which this runner was asked;
   * undefined when it was not asked some time before.
   */
  readonly ratePerSecond: number | undefined;
  /** How many events the active view was made of. */
  readonly processed: number;
  /** Those that operators had left out of it. */
  readonly skipped: readonly number[];
  /** Why the active view goes no further. */
  readonly stopped: FailedEvent | undefined;
  /** The generation that is being built beside the active one. */
  readonly next: NextStatus | undefined;
}

/** How a generation is doing that is to take the place of the active one. */
export interface NextStatus {
  readonly version: number;
  /** Of `total` notifications so many are processed. */
  readonly done: number;
  readonly total: number;
  /** As that of the active view. */
  readonly ratePerSecond: number | undefined;
  readonly skipped: readonly number[];
  /** Why it goes no further. */
  readonly stopped: FailedEvent | undefined;
}

/** Says how a projection is doing whose generations were `found`. */
export function statusOf(
  projection: AnyProjection<unknown>,
  found: {
    readonly generations: readonly Generation[];
    readonly last: number;
    readonly runner: ProjectionStatus["runner"];
  },
  rates: Rates,
): ProjectionStatus {
  const { generations, last, runner } = found;
  const active = generations.find((generation) => generation.active);
  const next = generations.findLast(
    (generation) => !generation.active && generation.version === projection.version,
  );
  const position = active?.position ?? 0;
  return {
    name: projection.name,
    state: stateOf(active, next, runner),
    runner,
    version: active?.version,
    position,
    lag: Math.max(0, last - position),
    ratePerSecond: rates.of(active),
    processed: active?.processed ?? 0,
    skipped: active?.skipped ?? [],
    stopped: active?.stopped,
    next: next && {
      version: next.version,
      done: next.position,
      total: last,
      ratePerSecond: rates.of(next),
      skipped: next.skipped,
      stopped: next.stopped,
    },
  };
}

function stateOf(
  active: Generation | undefined,
  next: Generation | undefined,
  runner: ProjectionStatus["runner"],
): ProjectionStatus["state"] {
  if (active?.stopped) return "stopped";
  if (next) return next.stopped ? "rebuild-stopped" : "rebuilding";
  return runner === "none" ? "idle" : "running";
}

/** Where a generation was at a moment. */
interface Sample {
  readonly position: number;
  readonly at: number;
}

const WINDOW_MS = 30_000;
const BETWEEN_SAMPLES_MS = 1_000;
/** Over a shorter time a rate would say little. */
const SHORTEST_MS = 500;

/**
 * How fast generations go, as those see it who ask now and then. Whoever asks reads the same stretch of time, so that
 * one who asks does not shorten it for another.
 */
export class Rates {
  readonly #samples = new Map<string, Sample[]>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Returns the notifications per second; undefined until it was asked half a second before. */
  of(generation: Pick<Generation, "view" | "number" | "position"> | undefined): number | undefined {
    if (generation === undefined) return undefined;
    const at = this.#now();
    const { view, number, position } = generation;
    const key = `${view} ${number}`;
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    while (samples[1] !== undefined && samples[1].at <= at - WINDOW_MS) samples.shift();
    const [oldest] = samples;
    const latest = samples.at(-1);
    if (latest === undefined || at - latest.at >= BETWEEN_SAMPLES_MS) samples.push({ position, at });
    if (oldest === undefined || at - oldest.at < SHORTEST_MS) return undefined;
    return (Math.max(0, position - oldest.position) * 1_000) / (at - oldest.at);
  }

  /** Forgets all generations but these. */
  keep(generations: readonly Pick<Generation, "view" | "number">[]): void {
    const kept = new Set(generations.map(({ view, number }) => `${view} ${number}`));
    for (const key of this.#samples.keys()) if (!kept.has(key)) this.#samples.delete(key);
  }
}
