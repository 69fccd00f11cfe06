import { messageOf } from "../errors.ts";
import type { ProcessingRates } from "./processing-rates.ts";
import type { AnyProjection } from "./projection.ts";
import type { FollowerFailure } from "./projection-follower.ts";
import type { ReportedFailure } from "./remote-runner.ts";
import type { FailedEvent, Generation } from "./view-store.ts";

/** The progress and health of a projection. */
export interface ProjectionStatus {
  readonly name: string;
  /**
   * - "running": the view follows the events.
   * - "rebuilding": so does the active generation, while the next one is built.
   * - "rebuild-stopped": so does the active generation; the next one is stopped at an event.
   * - "stopped": the active generation is stopped at an event, until `retry` or `skip`.
   * - "retrying": a database fails. This process tries again after at most 5 s.
   * - "failed": the view cannot be written, as when the SQL of `create` is wrong. This process tries again after 60 s,
   *   or at once by `retry`.
   * - "idle": no process runs the projection.
   *
   * "retrying" and "failed" are reported only by the process that has the failure, itself or in its remote runner.
   */
  readonly state: "running" | "rebuilding" | "rebuild-stopped" | "stopped" | "retrying" | "failed" | "idle";
  /** Which process holds the lease of the projection, itself or by its remote runner. Other runners stand by. */
  readonly runner: "here" | "elsewhere" | "none";
  /** The version of the active generation; undefined before there is one. */
  readonly version: number | undefined;
  /** The last notification id that the active generation has processed. */
  readonly position: number;
  /** How many recorded notifications the active generation has not processed. */
  readonly lag: number;
  /**
   * Notifications per second that the active generation processed over the last 30 s of calls of `status`; undefined
   * until a second call.
   */
  readonly ratePerSecond: number | undefined;
  /** How many events the active generation was built from. */
  readonly processed: number;
  /** Notification ids that operators skipped in the active generation. */
  readonly skipped: readonly number[];
  /** The event that the active generation is stopped at. */
  readonly stopped: FailedEvent | undefined;
  /** The message of the error, if the state is "stopped", "retrying" or "failed". */
  readonly error: string | undefined;
  /** The generation that is being built beside the active one. */
  readonly next: NextStatus | undefined;
}

/** The progress of a generation that will replace the active one. */
export interface NextStatus {
  readonly version: number;
  /** The last notification id that it has processed, of `total`. */
  readonly done: number;
  readonly total: number;
  /** As `ProjectionStatus.ratePerSecond`. */
  readonly ratePerSecond: number | undefined;
  readonly skipped: readonly number[];
  /** The event that it is stopped at. */
  readonly stopped: FailedEvent | undefined;
}

/** Returns the status of a projection with these generations. */
export function statusOf(
  projection: AnyProjection<unknown>,
  found: {
    readonly generations: readonly Generation[];
    readonly lastId: number;
    readonly runner: ProjectionStatus["runner"];
    readonly failure: FollowerFailure | ReportedFailure | undefined;
  },
  rates: ProcessingRates,
): ProjectionStatus {
  const { generations, lastId, runner, failure } = found;
  const active = generations.find((generation) => generation.active);
  const next = generations.findLast(
    (generation) => !generation.active && generation.version === projection.version,
  );
  const position = active?.position ?? 0;
  return {
    name: projection.name,
    state: stateOf(found, active, next),
    runner,
    version: active?.version,
    position,
    lag: Math.max(0, lastId - position),
    ratePerSecond: rates.rateOf(active),
    processed: active?.processed ?? 0,
    skipped: active?.skipped ?? [],
    stopped: active?.stopped,
    error: active?.stopped?.error ?? (failure && messageOf(failure.error)),
    next: next && {
      version: next.version,
      done: next.position,
      total: lastId,
      ratePerSecond: rates.rateOf(next),
      skipped: next.skipped,
      stopped: next.stopped,
    },
  };
}

function stateOf(
  { failure, runner }: Pick<Parameters<typeof statusOf>[1], "failure" | "runner">,
  active: Generation | undefined,
  next: Generation | undefined,
): ProjectionStatus["state"] {
  if (active?.stopped) return "stopped";
  if (failure) return failure.state;
  if (next) return next.stopped ? "rebuild-stopped" : "rebuilding";
  return runner === "none" ? "idle" : "running";
}
