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

/** Options of a subscription. */
export interface SubscriptionOptions {
  /** The first notification id, from 1. */
  readonly start: number;
  /** Selects notifications of these topics. Default: all topics. */
  readonly topics?: readonly string[];
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** How many notifications are read at a time, from 1. Default: 500. */
  readonly batchSize?: number;
  /** A batch ends with the notification that brings its states to this many bytes, from 1. Default: 4 MiB. */
  readonly batchBytes?: number;
}

type SubscribedRecorder = Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">;

/** Reads again after this time, in case a call of the listener was lost. */
const BACKSTOP_MS = 5_000;
const RETRY_MS = 200;
const BATCH_SIZE = 500;
/** A batch in memory has at most this many bytes of states, plus one state. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Iterates over recorded notifications from `start`, then over each new one soon after its commit (R9): in order of
 * id, each once.
 *
 * - Reads the next batch when the consumer has taken the last one, so a slow consumer holds one batch.
 * - Retries while the recorder throws RecorderError, and continues where it was.
 * - Ends at once when `signal` is aborted, even during a read.
 *
 * @throws InvalidArgumentError if `batchSize` or `batchBytes` is not a whole number from 1
 * @throws RecorderClosedError from the iteration, once the recorder is closed
 */
export async function* subscribe(
  recorder: SubscribedRecorder,
  options: SubscriptionOptions,
): AsyncGenerator<Notification, void, undefined> {
  const { start, topics, signal, batchSize = BATCH_SIZE, batchBytes = BATCH_BYTES } = options;
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
  let stopWork = (): void => {};
  // One listener per subscription, because Node warns of many on one signal.
  const stop = () => {
    wakeUp.set();
    stopWork();
  };
  signal?.addEventListener("abort", stop);
  /** Resolves as `work` does, or to undefined as soon as `signal` is aborted. */
  const unlessAborted = <Result>(work: Promise<Result>): Promise<Result | undefined> =>
    new Promise((resolve, reject) => {
      stopWork = () => resolve(undefined);
      if (signal?.aborted) stopWork();
      work.then(resolve, reject);
    });
  try {
    for (let next = start; !signal?.aborted; ) {
      // Before the read, so that events recorded during the read set it again.
      wakeUp.reset();
      const batch = await unlessAborted(readBatch(recorder, next, limits));
      if (batch === undefined) {
        await unlessAborted(pause(RETRY_MS));
        continue;
      }
      for (const notification of batch.notifications) {
        // Reading from memory never waits for I/O, and the consumer may record an event for each one it takes.
        await yielder.step();
        if (signal?.aborted) return;
        yield notification;
      }
      next = batch.next;
      if (batch.atEnd && !signal?.aborted) await wakeUp.wait(BACKSTOP_MS);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    unwatch();
  }
}

interface EventBatch {
  readonly notifications: readonly Notification[];
  readonly next: number;
  readonly atEnd: boolean;
}

/** Resolves to undefined if the recorder cannot be read at present. */
async function readBatch(
  recorder: Pick<SubscribedRecorder, "selectNotifications" | "maxNotificationId">,
  next: number,
  limits: Omit<NotificationRange, "start" | "stop">,
): Promise<EventBatch | undefined> {
  try {
    // Before the read, so that a filter of topics that finds nothing can move on to here.
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
