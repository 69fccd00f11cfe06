import { CodedError } from "../errors.ts";
import { ConditionWaiter, type WaitOptions } from "../recorder/condition-waiter.ts";
import type { FailedEvent, Generation, ViewStore } from "./view-store.ts";

/**
 * The view has not processed the notification in time, or is stopped before it. Why it is stopped, `cause` says: the
 * message and the other values do not, since they reach readers, and the text of a database's error is not for them.
 */
export class ViewBehindError extends CodedError {
  readonly code = "view-behind";
  readonly view: string;
  readonly notificationId: number;
  readonly position: number;
  /** Where the view goes no further; undefined while it does. */
  readonly stopped: Omit<FailedEvent, "error"> | undefined;

  constructor(view: string, notificationId: number, generation: Generation | undefined) {
    const position = generation?.position ?? 0;
    const poison = generation?.stopped;
    const why =
      poison === undefined
        ? "Try again in a moment."
        : `It is stopped at notification ${poison.notificationId}, ${poison.topic}; its status says why.`;
    super(
      `The view "${view}" is at notification ${position}, not yet at ${notificationId}. ${why}`,
      poison && { cause: new Error(poison.error) },
    );
    this.view = view;
    this.notificationId = notificationId;
    this.position = position;
    this.stopped = poison && { notificationId: poison.notificationId, topic: poison.topic };
  }
}

/** Lets any number wait for views to get somewhere, and asks the store once for all of them. */
export class ViewWaiter {
  readonly #waiting: ConditionWaiter<readonly Generation[]>;

  constructor(store: Pick<ViewStore<never>, "generations" | "watch">) {
    this.#waiting = new ConditionWaiter({
      // Asked each time, for a database that crashed may have lost the last that views did, and do it again.
      ask: () => store.generations(),
      watch: (listener) => store.watch(listener),
    });
  }

  /**
   * Resolves when each of `views` has processed the notification.
   * @throws ViewBehindError after `timeoutMs`, or when a view is stopped before it; RecorderError when the store does
   *   not answer in that time, or in a second where that is longer; the signal's reason
   */
  async wait(views: readonly string[], notificationId: number, options: WaitOptions): Promise<void> {
    const check = (generations: readonly Generation[], isLate: boolean): true | undefined => {
      const left = behind(generations, views, notificationId);
      const stuck = left.find(({ generation }) => generation?.stopped !== undefined);
      const blamed = stuck ?? left[0];
      if (blamed === undefined) return true;
      if (stuck === undefined && !isLate) return undefined;
      throw new ViewBehindError(blamed.view, notificationId, blamed.generation);
    };
    await this.#waiting.wait(
      { met: (generations) => check(generations, false), late: (generations) => check(generations, true) },
      options,
    );
  }
}

/** Those of `views` whose active generation has not processed the notification. */
function behind(
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
