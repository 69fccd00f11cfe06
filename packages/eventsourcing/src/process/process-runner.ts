import { setTimeout as pause } from "node:timers/promises";
import type { Application } from "../application/application.ts";
import {
  InvalidArgumentError,
  OutcomeUnknownError,
  ProgrammingError,
  RecorderClosedError,
  RecorderError,
  TrackingConflictError,
} from "../errors.ts";
import type { FailedEvent } from "../projections/view-store.ts";
import type { Notification } from "../recorder/recorder.ts";
import type { ProcessApplication } from "./process-application.ts";

/** What a process application follows, and what is done when an event fails. */
export interface ProcessRunnerOptions {
  readonly application: Pick<ProcessApplication, "handles" | "follow" | "pass" | "position" | "withRetry">;
  /** Whose events are followed. */
  readonly upstream: Pick<Application, "notificationLog" | "mapper">;
  /** The name of the tracking, which must stay the same for ever. */
  readonly upstreamName: string;
  /**
   * How often an event is tried before the runner stops at it (3). A failing database is no try. Consequences that
   * lose a race are saved again within the same one, as `withRetry` does.
   */
  readonly attempts?: number;
  /** How long to wait between the attempts, longer each time (200). */
  readonly retryPauseMs?: number;
  /** Told of what goes wrong (`process.emitWarning`). */
  readonly onFailure?: (error: unknown) => void;
}

/** How far this runner has followed its upstream. */
export interface ProcessStatus {
  readonly state: "running" | "stopped" | "idle";
  /** The last notification id that is tracked, by whatever process. */
  readonly position: number;
  readonly stopped: FailedEvent | undefined;
}

const LONGEST_PAUSE_MS = 5_000;

/**
 * Follows an upstream application for a process application: what is recorded already, then each new event soon after
 * its commit. Several may run at once, in one process or many: each event has its consequences once, since whoever is
 * later stores nothing.
 */
export class ProcessRunner {
  readonly #options: ProcessRunnerOptions;
  readonly #attempts: number;
  readonly #retryPauseMs: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: FailedEvent | undefined;

  constructor(options: ProcessRunnerOptions) {
    this.#options = options;
    this.#attempts = options.attempts ?? 3;
    this.#retryPauseMs = options.retryPauseMs ?? 200;
  }

  /** Begins to follow. @throws ProgrammingError after `stop` */
  start(): void {
    if (this.#stopping.signal.aborted)
      throw new ProgrammingError("A runner that was stopped is not started again.");
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when the event under way is done with. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async status(): Promise<ProcessStatus> {
    const { application, upstreamName } = this.#options;
    const position = await application.position(upstreamName);
    const state = this.#stopped ? "stopped" : this.#running ? "running" : "idle";
    return { state, position, stopped: this.#stopped };
  }

  /** Tries the event again that this runner is stopped at. */
  async retry(): Promise<void> {
    await this.#running;
    this.#stopped = undefined;
    this.start();
  }

  /** Goes on without the event that this runner is stopped at. @throws InvalidArgumentError for another one */
  async skip(notificationId: number): Promise<void> {
    const { application, upstreamName } = this.#options;
    if (this.#stopped?.notificationId !== notificationId)
      throw new InvalidArgumentError(
        "notificationId",
        notificationId,
        "the one that the runner is stopped at",
      );
    await application.pass(upstreamName, notificationId).catch((error: unknown) => {
      // Another runner could process it after all.
      if (!(error instanceof TrackingConflictError)) throw error;
    });
    await this.retry();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted && this.#stopped === undefined; ) {
      try {
        await this.#follow();
        failures = 0;
      } catch (error) {
        if (error instanceof RecorderClosedError) return;
        if (failures === 0) this.#report(error);
        failures += 1;
        await this.#pause(Math.min(this.#retryPauseMs * 2 ** failures, LONGEST_PAUSE_MS));
      }
    }
  }

  /** Resolves when somebody else was faster, or the runner stops; what is tracked then is read anew. */
  async #follow(): Promise<void> {
    const { application, upstream, upstreamName } = this.#options;
    const { signal } = this.#stopping;
    const start = (await application.position(upstreamName)) + 1;
    const topics = application.handles.flatMap(({ topics }) => topics);
    for await (const notification of upstream.notificationLog.subscribe({ start, topics, signal })) {
      if (!(await this.#process(notification))) return;
    }
  }

  /** Resolves to whether the next notification is to follow. */
  async #process(notification: Notification): Promise<boolean> {
    const { application, upstream, upstreamName } = this.#options;
    for (let failed = 0; !this.#stopping.signal.aborted; ) {
      try {
        const { id: notificationId, recordedAt } = notification;
        const event = { ...upstream.mapper.toDomainEvent(notification), notificationId, recordedAt };
        await application.withRetry(() => application.follow(upstreamName, event));
        return true;
      } catch (error) {
        if (error instanceof TrackingConflictError) return false;
        if (isNoFaultOfEvent(error)) throw error;
        failed += 1;
        if (failed >= this.#attempts) {
          this.#stopAt(notification, error);
          return false;
        }
        await this.#pause(this.#retryPauseMs * failed);
      }
    }
    return false;
  }

  #stopAt({ id: notificationId, topic }: Notification, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#stopped = { notificationId, topic, error: message };
    this.#report(error);
  }

  #report(error: unknown): void {
    const { onFailure = warn } = this.#options;
    try {
      onFailure(error);
    } catch (failure) {
      // Whoever is told must not end what goes on.
      warn(failure);
    }
  }

  async #pause(timeoutMs: number): Promise<void> {
    await pause(timeoutMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

/** Whether a database was in the way. An outcome that is not known shows in the tracking. */
function isNoFaultOfEvent(error: unknown): boolean {
  return (
    error instanceof RecorderError ||
    error instanceof RecorderClosedError ||
    error instanceof OutcomeUnknownError
  );
}

function warn(failure: unknown): void {
  process.emitWarning(failure instanceof Error ? failure : String(failure));
}
