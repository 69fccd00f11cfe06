import { setTimeout as pause } from "node:timers/promises";
import { AutoResetEvent } from "../auto-reset-event.ts";
import {
  InvalidArgumentError,
  messageOf,
  ProgrammingError,
  RecorderClosedError,
  TrackingConflictError,
} from "../errors.ts";
import { copyOfEvent } from "../events/event.ts";
import type { EventType } from "../events/event-type.ts";
import type { Mapper } from "../events/mapper.ts";
import { isDatabaseFailure } from "../projections/failures.ts";
import { checkHandles, topicsOf } from "../projections/projection.ts";
import { RunnerLifetime, StopTimeoutError } from "../projections/runner-lifetime.ts";
import type { FailedEvent } from "../projections/view-store.ts";
import { requireFromOne } from "../recorder/arguments.ts";
import { Listeners } from "../recorder/listeners.ts";
import { type NotificationLog, NotificationLogReader } from "../recorder/notification-log.ts";
import type { Notification } from "../recorder/recorder.ts";
import { guardedListener } from "../warnings.ts";
import { EventLoopYielder } from "../yielding.ts";
import type { ProcessApplication } from "./process-application.ts";
import { ProcessPosition } from "./process-position.ts";
import type { ProcessStatus } from "./process-status.ts";
import { ProcessWaiter } from "./process-waiter.ts";

/** An application whose events are processed; an `Application` is one. */
export interface Upstream {
  readonly notificationLog: Pick<NotificationLog, "subscribe" | "select" | "maxId">;
  readonly mapper: Mapper;
}

/** The options of a `ProcessRunner`. */
export interface ProcessRunnerOptions {
  readonly application: Pick<
    ProcessApplication,
    "handles" | "processEvent" | "skipNotification" | "lastTrackedId" | "withRetry" | "notificationLog"
  >;
  readonly upstream: Upstream;
  /** The name under which the position is stored with the consequences. Must never change. */
  readonly upstreamName: string;
  /** The types of the upstream events to process, if `application` has several upstreams (`application.handles`). */
  readonly handles?: readonly EventType[];
  /** How often to process an event before the runner stops at it (3). Failures of a database do not count. */
  readonly maxAttempts?: number;
  /** The delay before the second attempt, in milliseconds (200). It grows with each further one. */
  readonly retryDelayMs?: number;
  /** How often a stopped runner checks whether another process has processed the event, in milliseconds (1,000). */
  readonly pollIntervalMs?: number;
  /** How long `stop` waits for the event under way, in milliseconds (5,000). */
  readonly stopTimeoutMs?: number;
  /**
   * Called when the runner stops at an event, when a database begins to fail, and when `stop` abandons an event. Emits a
   * process warning by default.
   */
  readonly onError?: (error: unknown, upstreamName: string) => void;
}

interface StoppedEvent {
  readonly event: FailedEvent;
  readonly error: unknown;
}

const MAX_RETRY_DELAY_MS = 5_000;

/**
 * Processes the events of an upstream application with a process application: first the recorded events, then each new
 * event soon after its commit. Any number of runners may run at once, in one process or many: each event is processed once.
 * `status` and `waitFor` work from every process, whether or not its runner is started.
 *
 * A started runner keeps the process alive until `stop`, or until one of the recorders is closed.
 */
export class ProcessRunner implements AsyncDisposable {
  readonly #options: ProcessRunnerOptions;
  readonly #topics: readonly string[];
  readonly #maxAttempts: number;
  readonly #retryDelayMs: number;
  readonly #pollIntervalMs: number;
  readonly #stopTimeoutMs: number;
  readonly #onError: (error: unknown, upstreamName: string) => void;
  readonly #position: ProcessPosition;
  readonly #waiter: ProcessWaiter;
  readonly #progressListeners = new Listeners();
  readonly #lifetime = new RunnerLifetime("ProcessRunner");
  /** Set by `retry`, `skip` and `stop`. */
  readonly #resume = new AutoResetEvent();
  #stopped: StoppedEvent | undefined;
  /** The id of the notification that is being processed, or that a database's failure interrupted; else 0. */
  #underWay = 0;
  /** How often databases have failed in a row, and the last error. */
  #failures = 0;
  #failure: unknown;

  /** @throws InvalidArgumentError, ProgrammingError for options that cannot work */
  constructor(options: ProcessRunnerOptions) {
    const { application, upstream, upstreamName, onError = warn } = options;
    if (typeof upstreamName !== "string" || upstreamName === "")
      throw new InvalidArgumentError("upstreamName", upstreamName, "a name that stays the same for ever");
    const handles = options.handles ?? application.handles;
    checkHandles(application.constructor.name, handles, upstream.mapper);
    this.#options = options;
    this.#topics = topicsOf(handles);
    this.#maxAttempts = requireFromOne("maxAttempts", options.maxAttempts ?? 3);
    this.#retryDelayMs = requireFromOne("retryDelayMs", options.retryDelayMs ?? 200);
    this.#pollIntervalMs = requireFromOne("pollIntervalMs", options.pollIntervalMs ?? 1_000);
    this.#stopTimeoutMs = requireFromOne("stopTimeoutMs", options.stopTimeoutMs ?? 5_000);
    this.#onError = guardedListener(onError);
    const source = { name: upstreamName, log: upstream.notificationLog };
    this.#position = new ProcessPosition(application, source, this.#topics);
    this.#waiter = new ProcessWaiter({
      upstreamName,
      readProgress: () => this.#position.read(),
      watch: (listener) => this.#watch(listener),
      stopped: () => this.#stopped,
    });
  }

  /** Starts to process events. @throws ProgrammingError if called twice */
  start(): void {
    this.#lifetime.start(() => this.#run());
  }

  /**
   * Processes the events that are recorded when it is called, up to `maxEvents`, without `start`. Resolves to how many it
   * processed.
   * @throws the error of the first event that fails, which the next call processes again
   */
  async catchUp({ maxEvents = Infinity }: { readonly maxEvents?: number } = {}): Promise<number> {
    const { application, upstream, upstreamName } = this.#options;
    const stop = await upstream.notificationLog.maxId();
    const start = (await application.lastTrackedId(upstreamName)) + 1;
    if (start > stop) return 0;
    let processed = 0;
    const reader = new NotificationLogReader(upstream.notificationLog);
    for await (const notification of reader.read({ start, stop, topics: this.#topics })) {
      if (await this.#processOnce(notification)) processed += 1;
      if (processed >= maxEvents) break;
    }
    return processed;
  }

  /**
   * Resolves when the event under way is processed. After `stopTimeoutMs` the event is abandoned: `onError` gets a
   * StopTimeoutError, and consequences that the policy returns later are not stored.
   */
  stop(): Promise<void> {
    const stopped = this.#lifetime.stop(this.#stopTimeoutMs, () => this.#reportTimeout());
    this.#resume.set();
    return stopped;
  }

  /** As `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when every event up to the notification is processed, by any process.
   * @throws ProcessBehindError after `timeoutMs`, or at once if this runner is stopped before the notification
   * @throws RecorderError if a database does not answer within `timeoutMs`, or a second if that is longer
   * @throws the reason of the signal
   */
  waitFor(
    notificationId: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    return this.#waiter.wait(notificationId, options);
  }

  /** @throws RecorderError while a database cannot be read */
  async status(): Promise<ProcessStatus> {
    const { position, lastId } = await this.#position.read();
    return {
      upstreamName: this.#options.upstreamName,
      state: this.#state(),
      position,
      lag: Math.max(0, lastId - position),
      stopped: this.#stopped?.event,
      error: this.#stopped?.event.error ?? (this.#failures > 0 ? messageOf(this.#failure) : undefined),
    };
  }

  /** Makes this runner, if it is stopped, process its failed event again. */
  async retry(): Promise<void> {
    this.#stopped = undefined;
    this.#resume.set();
  }

  /**
   * Makes this runner continue without the event that it is stopped at. From another process, call `skipNotification`
   * of the process application.
   * @throws InvalidArgumentError if the runner is not stopped at this notification
   */
  async skip(notificationId: number): Promise<void> {
    const { application, upstreamName } = this.#options;
    const stoppedAt = this.#stopped?.event.notificationId;
    if (stoppedAt !== notificationId) {
      const expected = stoppedAt === undefined ? ", but it is not stopped" : `, ${stoppedAt}`;
      throw new InvalidArgumentError(
        "notificationId",
        notificationId,
        `the one that the runner is stopped at${expected}`,
      );
    }
    await application.skipNotification(upstreamName, notificationId).catch((error: unknown) => {
      // Another runner has processed it after all.
      if (!(error instanceof TrackingConflictError)) throw error;
    });
    await this.retry();
  }

  #reportTimeout(): void {
    const { upstreamName } = this.#options;
    const reason =
      this.#underWay > 0
        ? `notification ${this.#underWay} is still being processed`
        : "a database does not answer";
    const runner = `The process runner for "${upstreamName}"`;
    this.#onError(new StopTimeoutError(runner, this.#stopTimeoutMs, reason), upstreamName);
  }

  #state(): ProcessStatus["state"] {
    if (this.#stopped !== undefined) return "stopped";
    if (!this.#lifetime.isRunning) return "idle";
    return this.#failures === 0 ? "running" : "retrying";
  }

  /** Calls `listener` for the progress of this runner, and for consequences that any process has recorded. */
  #watch(listener: () => void): () => void {
    const unwatch = [
      this.#options.application.notificationLog.watch(listener),
      this.#progressListeners.add(listener),
    ];
    return () => {
      for (const end of unwatch) end();
    };
  }

  async #run(): Promise<void> {
    const { stopping } = this.#lifetime;
    const yielder = new EventLoopYielder();
    while (!stopping.aborted) {
      await yielder.step();
      try {
        await this.#follow();
      } catch (error) {
        if (error instanceof RecorderClosedError) return;
        await this.#delayAfterFailure(error);
      }
      if (this.#stopped !== undefined) await this.#untilResumed(this.#stopped);
    }
  }

  /** Resolves when another process has processed an event first, or the runner stops. */
  async #follow(): Promise<void> {
    const { application, upstream, upstreamName } = this.#options;
    const lastTrackedId = await application.lastTrackedId(upstreamName);
    if (this.#underWay <= lastTrackedId) this.#recover();
    this.#progressListeners.notify();
    const range = { start: lastTrackedId + 1, topics: this.#topics, signal: this.#lifetime.stopping };
    for await (const notification of upstream.notificationLog.subscribe(range)) {
      if (!(await this.#process(notification))) return;
      this.#recover();
      this.#progressListeners.notify();
    }
  }

  /** Resolves to whether to continue with the next notification. */
  async #process(notification: Notification): Promise<boolean> {
    const { stopping, abandoned } = this.#lifetime;
    this.#underWay = notification.id;
    for (let failed = 0; !stopping.aborted; ) {
      try {
        return await this.#processOnce(notification);
      } catch (error) {
        if (abandoned.aborted) return false;
        if (isDatabaseFailure(error)) throw error;
        failed += 1;
        if (failed >= this.#maxAttempts || error instanceof ProgrammingError) {
          this.#stopAt(notification, error);
          return false;
        }
        await this.#pause(this.#retryDelayMs * failed);
      }
    }
    return false;
  }

  /** Resolves to false if the event was processed before. */
  async #processOnce(notification: Notification): Promise<boolean> {
    const { application, upstream, upstreamName } = this.#options;
    const { id: notificationId, recordedAt } = notification;
    const signal = this.#lifetime.abandoned;
    const event = { ...upstream.mapper.toDomainEvent(notification), notificationId, recordedAt };
    try {
      await application.withRetry(() =>
        application.processEvent(upstreamName, copyOfEvent(event), { signal }),
      );
      return true;
    } catch (error) {
      if (error instanceof TrackingConflictError) return false;
      throw error;
    }
  }

  #stopAt({ id: notificationId, topic }: Notification, error: unknown): void {
    this.#recover();
    this.#stopped = { event: { notificationId, topic, error: messageOf(error) }, error };
    this.#onError(error, this.#options.upstreamName);
    this.#progressListeners.notify();
  }

  async #untilResumed(stopped: StoppedEvent): Promise<void> {
    const { application, upstreamName } = this.#options;
    const { notificationId } = stopped.event;
    while (this.#stopped === stopped && !this.#lifetime.stopping.aborted) {
      this.#resume.reset();
      await this.#resume.wait(this.#pollIntervalMs);
      if (this.#stopped !== stopped) return;
      const lastTrackedId = await application.lastTrackedId(upstreamName).catch(() => 0);
      if (lastTrackedId >= notificationId) this.#stopped = undefined;
    }
  }

  async #delayAfterFailure(error: unknown): Promise<void> {
    if (this.#failures === 0) this.#onError(error, this.#options.upstreamName);
    this.#failures += 1;
    this.#failure = error;
    await this.#pause(Math.min(this.#retryDelayMs * 2 ** this.#failures, MAX_RETRY_DELAY_MS));
  }

  #recover(): void {
    this.#failures = 0;
    this.#failure = undefined;
    this.#underWay = 0;
  }

  async #pause(delayMs: number): Promise<void> {
    await pause(delayMs, undefined, { signal: this.#lifetime.stopping }).catch(() => {});
  }
}

function warn(error: unknown, upstreamName: string): void {
  process.emitWarning(`Process runner for "${upstreamName}": ${messageOf(error)}`);
}
