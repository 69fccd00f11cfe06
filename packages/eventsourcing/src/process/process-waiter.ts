import { CodedError } from "../errors.ts";
import type { FailedEvent } from "../projections/view-store.ts";
import { ConditionWaiter, type WaitOptions } from "../recorder/condition-waiter.ts";
import type { ProcessProgress } from "./process-position.ts";

/** The process application has not processed a notification in time, or its runner is stopped at an event before it. */
export class ProcessBehindError extends CodedError {
  readonly code = "process-behind";
  readonly upstreamName: string;
  readonly notificationId: number;
  readonly position: number;
  /** The event that the runner is stopped at; undefined if it follows the events. */
  readonly stopped: Omit<FailedEvent, "error"> | undefined;

  constructor(
    upstreamName: string,
    notificationId: number,
    position: number,
    stopped: FailedEvent | undefined,
    cause: unknown,
  ) {
    const reason = stopped
      ? `The runner is stopped at notification ${stopped.notificationId} (${stopped.topic}); its status has the error.`
      : "Try again in a moment.";
    super(
      `Notifications of "${upstreamName}" are processed up to ${position}, not yet ${notificationId}. ${reason}`,
      stopped && { cause },
    );
    this.upstreamName = upstreamName;
    this.notificationId = notificationId;
    this.position = position;
    this.stopped = stopped && { notificationId: stopped.notificationId, topic: stopped.topic };
  }
}

interface ProcessWaiterOptions {
  readonly upstreamName: string;
  readonly readProgress: () => Promise<ProcessProgress>;
  /** Calls `listener` when the progress may have changed. The function returned ends the calls. */
  readonly watch: (listener: () => void) => () => void;
  readonly stopped: () => { readonly event: FailedEvent; readonly error: unknown } | undefined;
}

/** Lets any number of callers wait for a process application, with one query for all of them. */
export class ProcessWaiter {
  readonly #options: ProcessWaiterOptions;
  readonly #waiter: ConditionWaiter<ProcessProgress>;

  constructor(options: ProcessWaiterOptions) {
    this.#options = options;
    this.#waiter = new ConditionWaiter({ read: options.readProgress, watch: options.watch });
  }

  /** @throws ProcessBehindError, RecorderError, the reason of the signal: see `ProcessRunner.waitFor` */
  async wait(notificationId: number, options: WaitOptions): Promise<void> {
    const check = ({ position }: ProcessProgress, isLate: boolean): true | undefined => {
      if (position >= notificationId) return true;
      const { upstreamName } = this.#options;
      const stopped = this.#options.stopped();
      if (stopped === undefined && !isLate) return undefined;
      throw new ProcessBehindError(upstreamName, notificationId, position, stopped?.event, stopped?.error);
    };
    await this.#waiter.wait(
      { check: (progress) => check(progress, false), onTimeout: (progress) => check(progress, true) },
      options,
    );
  }
}
