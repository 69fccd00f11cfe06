import type { FailedEvent } from "../projections/view-store.ts";

/** The progress and health of a process application with one upstream application. */
export interface ProcessStatus {
  readonly upstreamName: string;
  /**
   * - "running": the runner of this process follows the events.
   * - "stopped": it is stopped at an event, until `retry` or `skip`, or until another process has processed it.
   * - "retrying": a database fails. The runner tries again after at most 5 s.
   * - "idle": the runner of this process is not started; another process may run one.
   */
  readonly state: "running" | "stopped" | "retrying" | "idle";
  /**
   * The last notification id up to which every event is processed, by any process. Includes notifications of types
   * that the application does not handle.
   */
  readonly position: number;
  /** How many notifications the upstream application has after `position`. */
  readonly lag: number;
  /** The event that the runner is stopped at. */
  readonly stopped: FailedEvent | undefined;
  /** The message of the error, if the state is "stopped" or "retrying". */
  readonly error: string | undefined;
}
