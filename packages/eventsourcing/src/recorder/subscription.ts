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
  const work = new AbortableWork(signal, () => wakeUp.set());
  try {
    for (let next = start; !signal?.aborted; ) {
      // Before the read, so that events recorded during the read set it again.
      wakeUp.reset();
      const batch = await work.unlessAborted(readBatch(recorder, next, limits));
      if (batch === undefined) {
        await work.unlessAborted(pause(RETRY_MS));
        continue;
      }
      for (const notification of batch.notifications) {
        // Reading from memory never waits for I/O, and the consumer may record an event for each one it takes.
        if (yielder.isDue) await yielder.step();
        if (signal?.aborted) return;
        yield notification;
      }
      next = batch.next;
      if (batch.atEnd && !signal?.aborted) await wakeUp.wait(BACKSTOP_MS);
    }
  } finally {
    work.close();
    unwatch();
  }
}

/** Stops waiting for asynchronous work when a signal is aborted. Has one listener, because Node warns of many. */
class AbortableWork {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #stopWaiting = (): void => {};

  constructor(signal: AbortSignal | undefined, onAbort: () => void) {
    this.#signal = signal;
    this.#onAbort = () => {
      onAbort();
      this.#stopWaiting();
    };
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Resolves as `work` does, or to undefined once the signal is aborted. */
  unlessAborted<Result>(work: Promise<Result>): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      this.#stopWaiting = () => resolve(undefined);
      if (this.#signal?.aborted) this.#stopWaiting();
      work.then(resolve, reject);
    });
  }

  close(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
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
