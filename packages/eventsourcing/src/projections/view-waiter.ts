import { CodedError } from "../errors.ts";
import { checkInteger } from "../recorder/arguments.ts";
import { ConditionWaiter, type WaitOptions } from "../recorder/condition-waiter.ts";
import type { FailedEvent, Generation, ViewStore } from "./view-store.ts";

/**
 * The view has not processed a notification in time, or cannot process it. The error that stopped the view is the
 * `cause`. It is in no other property, because those may be shown to readers, and a database's message is not for them.
 */
export class ViewBehindError extends CodedError {
  readonly code = "view-behind";
  readonly view: string;
  readonly notificationId: number;
  readonly position: number;
  /** The event that the view is stopped at; undefined if it follows the events. */
  readonly stopped: Omit<FailedEvent, "error"> | undefined;

  /** @param failure why the view cannot be written, apart from an event */
  constructor(view: string, notificationId: number, generation: Generation | undefined, failure?: unknown) {
    const position = generation?.position ?? 0;
    const stopped = generation?.stopped;
    const cause = stopped === undefined ? failure : new Error(stopped.error);
    super(
      `View "${view}" is at notification ${position}, not yet at ${notificationId}. ${reasonOf(stopped, failure)}`,
      cause === undefined ? undefined : { cause },
    );
    this.view = view;
    this.notificationId = notificationId;
    this.position = position;
    this.stopped = stopped && { notificationId: stopped.notificationId, topic: stopped.topic };
  }
}

function reasonOf(stopped: FailedEvent | undefined, failure: unknown): string {
  if (stopped !== undefined)
    return `It is stopped at notification ${stopped.notificationId} (${stopped.topic}); its status has the error.`;
  return failure === undefined ? "Try again in a moment." : "It has failed; its status has the error.";
}

interface ViewFailures {
  /** Returns why `view` cannot be written, or undefined. */
  of(view: string): unknown;
  /** Calls `listener` when a failure begins or ends. The function returned ends the calls. */
  watch(listener: () => void): () => void;
}

const NO_FAILURES: ViewFailures = { of: () => undefined, watch: () => () => {} };

/** Lets any number of callers wait for views, with one query of the store for all of them. */
export class ViewWaiter {
  readonly #waiter: ConditionWaiter<readonly Generation[]>;
  readonly #failures: ViewFailures;

  constructor(store: Pick<ViewStore<never>, "generations" | "watch">, failures = NO_FAILURES) {
    this.#failures = failures;
    this.#waiter = new ConditionWaiter({
      // Queried for each wait, because a database that crashed may have lost the last writes of views.
      read: () => store.generations(),
      watch: (listener) => {
        const unwatch = [store.watch(listener), failures.watch(listener)];
        return () => {
          for (const end of unwatch) end();
        };
      },
    });
  }

  /**
   * Resolves when each of `views` has processed the notification.
   * @throws InvalidArgumentError unless `notificationId` is a whole number from 0
   * @throws ViewBehindError after `timeoutMs`, or at once if a view has failed or is stopped before the notification
   * @throws RecorderError if the store does not answer within `timeoutMs`, or a second if that is longer
   * @throws the reason of the signal
   */
  async wait(views: readonly string[], notificationId: number, options: WaitOptions): Promise<void> {
    checkInteger("notificationId", notificationId, 0);
    const check = (generations: readonly Generation[], isLate: boolean): true | undefined => {
      const behind = viewsBehind(generations, views, notificationId);
      if (behind.length === 0) return true;
      for (const { view, generation } of behind) {
        const failure = this.#failures.of(view);
        if (generation?.stopped !== undefined || failure !== undefined)
          throw new ViewBehindError(view, notificationId, generation, failure);
      }
      const [first] = behind;
      if (first === undefined || !isLate) return undefined;
      throw new ViewBehindError(first.view, notificationId, first.generation);
    };
    await this.#waiter.wait(
      {
        check: (generations) => check(generations, false),
        onTimeout: (generations) => check(generations, true),
      },
      options,
    );
  }
}

function viewsBehind(
  generations: readonly Generation[],
  views: readonly string[],
  notificationId: number,
): readonly { readonly view: string; readonly generation: Generation | undefined }[] {
  return views
    .map((view) => ({
      view,
      generation: generations.find((generation) => generation.view === view && generation.active),
    }))
    .filter(({ generation }) => (generation?.position ?? 0) < notificationId);
}
