import { setTimeout as pause } from "node:timers/promises";
import { AutoResetEvent } from "../auto-reset-event.ts";
import { RecorderError } from "../errors.ts";
import { EventLoopYielder } from "../yielding.ts";
import { requireFromOne } from "./arguments.ts";
import {
  type ApplicationRecorder,
  endsEarly,
  type Notification,
  type NotificationRange,
} from "./recorder.ts";

/** What a subscription gives, from where, and until when. */
export interface SubscriptionOptions {
  /** The first id wanted, from 1. */
  readonly start: number;
  /** Only these topics; all without it. */
  readonly topics?: readonly string[];
  /** Ends the subscription: the iteration is then done. */
  readonly signal?: AbortSignal;
  /** How many notifications are read at a time (500). */
  readonly batchSize?: number;
  /** A batch ends with the notification that brings its states to so many bytes (4 MiB). */
  readonly batchBytes?: number;
}

/** What subscriptions read of a recorder. */
type SubscribedRecorder = Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">;

/** A recorder that was never heard of any more would be asked again after this. */
const BACKSTOP_MS = 5_000;
const RETRY_MS = 200;
const BATCH_SIZE = 500;
/** What is in memory at a time, in bytes of states, and one notification more. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Iterates over notifications from `start` without end: those that are recorded already, then each new one soon
 * after its commit (R9), in order of id, none left out and none twice. The next ones are read only when those
 * before were taken, so that a slow consumer holds nothing but one batch. While the recorder fails it is asked
 * again, and the iteration goes on where it was. Once `signal` is aborted it ends at once, whatever the recorder
 * is doing, and nothing is given any more.
 *
 * @throws RecorderClosedError, from the iteration, once the recorder is closed. InvalidArgumentError.
 */
export async function* subscribe(
  recorder: SubscribedRecorder,
  options: SubscriptionOptions,
): AsyncGenerator<Notification, void, undefined> {
  const { start, topics, signal, batchSize = BATCH_SIZE, batchBytes = BATCH_BYTES } = options;
  // A batch of none would never end, or pass over what it did not read.
  requireFromOne("batchSize", batchSize);
  requireFromOne("batchBytes", batchBytes);
  const limits = {
    limit: batchSize,
    maxBytes: batchBytes,
    ...(topics === undefined ? {} : { topics }),
  };
  const wakeUp = new AutoResetEvent();
  const yielder = new EventLoopYielder();
  const unwatch = recorder.watch(() => wakeUp.set());
  let giveUp = (): void => {};
  // One listener for each subscription: Node warns of many on one signal.
  const stopWaiting = () => {
    wakeUp.set();
    giveUp();
  };
  signal?.addEventListener("abort", stopWaiting);
  /** Resolves as `work` does, or to undefined as soon as `signal` is aborted. */
  const unlessAborted = <Result>(work: Promise<Result>): Promise<Result | undefined> =>
    new Promise((resolve, reject) => {
      giveUp = () => resolve(undefined);
      if (signal?.aborted) giveUp();
      work.then(resolve, reject);
    });
  try {
    for (let next = start; !signal?.aborted; ) {
      // What is recorded from here on rings again, so that no call is lost between reading and waiting.
      wakeUp.reset();
      const batch = await unlessAborted(readBatch(recorder, next, limits));
      if (batch === undefined) {
        await unlessAborted(pause(RETRY_MS));
        continue;
      }
      for (const notification of batch.notifications) {
        // A recorder in memory answers without a turn of the event loop, and its consumer may record more each time.
        await yielder.step();
        if (signal?.aborted) return;
        yield notification;
      }
      next = batch.next;
      if (batch.atEnd && !signal?.aborted) await wakeUp.wait(BACKSTOP_MS);
    }
  } finally {
    signal?.removeEventListener("abort", stopWaiting);
    unwatch();
  }
}

interface EventBatch {
  readonly notifications: readonly Notification[];
  readonly next: number;
  readonly atEnd: boolean;
}

/** Resolves to undefined while the recorder cannot be read. */
async function readBatch(
  recorder: Pick<SubscribedRecorder, "selectNotifications" | "maxNotificationId">,
  next: number,
  limits: Omit<NotificationRange, "start" | "stop">,
): Promise<EventBatch | undefined> {
  try {
    // Known before reading, so that a filter that finds little still moves on.
    const last = await recorder.maxNotificationId();
    if (last < next) return { notifications: [], next, atEnd: true };
    const range = { ...limits, start: next, stop: last };
    const notifications = await recorder.selectNotifications(range);
    const lastRead = endsEarly(notifications, range) ? (notifications.at(-1)?.id ?? last) : last;
    return { notifications, next: lastRead + 1, atEnd: false };
  } catch (error) {
    if (error instanceof RecorderError) return undefined;
    throw error;
  }
}
