import type { AnyProjection } from "./projection.ts";
import type { Generation, PoisonousEvent } from "./view-store.ts";

/** How a projection is doing. */
export interface ProjectionStatus {
  readonly name: string;
  /**
   * "stopped": at a poisonous event, its own or that of the next generation. "rebuilding": a next generation is being
   * built; the active one is kept up to date if it is of the same version. "idle": no process runs it. "running".
   */
  readonly state: "running" | "rebuilding" | "stopped" | "idle";
  /** Where the runner is that has the lease; another one waits until it stops. */
  readonly runner: "here" | "elsewhere" | "none";
  /** The version of the active view; undefined before there is one. */
  readonly version: number | undefined;
  /** The last notification id that the active view has processed. */
  readonly position: number;
  /** How many notifications are recorded that the active view has not processed. */
  readonly lag: number;
  /** Notifications that were processed per second since the last time this was asked. */
  readonly ratePerSecond: number;
  /** How many events the active view was made of. */
  readonly processed: number;
  /** Those that operators had left out of it. */
  readonly skipped: readonly number[];
  /** Why it goes no further. */
  readonly stopped: PoisonousEvent | undefined;
  /** The generation that is being built beside the active one. */
  readonly next: { readonly version: number; readonly done: number; readonly total: number } | undefined;
}

/** A position at a moment, from which the next status works out a rate. */
export interface Sample {
  readonly generation: number;
  readonly position: number;
  readonly at: number;
  readonly ratePerSecond: number;
}

/** Asked more often than this, a rate would say little. */
const SHORTEST_SAMPLE_MS = 500;

export function statusOf(
  projection: AnyProjection<unknown>,
  found: {
    readonly generations: readonly Generation[];
    readonly last: number;
    readonly runner: ProjectionStatus["runner"];
  },
  samples: Map<string, Sample>,
): ProjectionStatus {
  const { generations, last, runner } = found;
  const active = generations.find((generation) => generation.active);
  const next = generations.findLast(
    (generation) => !generation.active && generation.version === projection.version,
  );
  const stopped = active?.stopped ?? next?.stopped;
  const position = active?.position ?? 0;
  return {
    name: projection.name,
    state: stopped ? "stopped" : next ? "rebuilding" : runner === "none" ? "idle" : "running",
    runner,
    version: active?.version,
    position,
    lag: Math.max(0, last - position),
    ratePerSecond: rateOf(next ?? active, projection.name, samples),
    processed: active?.processed ?? 0,
    skipped: active?.skipped ?? [],
    stopped,
    next: next && { version: next.version, done: next.position, total: last },
  };
}

function rateOf(moving: Generation | undefined, name: string, samples: Map<string, Sample>): number {
  if (moving === undefined) return 0;
  const at = performance.now();
  const { number: generation, position } = moving;
  const before = samples.get(name);
  if (before?.generation !== generation) {
    samples.set(name, { generation, position, at, ratePerSecond: 0 });
    return 0;
  }
  if (at - before.at < SHORTEST_SAMPLE_MS) return before.ratePerSecond;
  const ratePerSecond = ((position - before.position) * 1_000) / (at - before.at);
  samples.set(name, { generation, position, at, ratePerSecond });
  return ratePerSecond;
}
