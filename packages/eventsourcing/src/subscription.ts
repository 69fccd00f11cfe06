import { setTimeout as pause } from "node:timers/promises";
import { Bell } from "./bell.ts";
import { InvalidArgumentError, RecorderError } from "./errors.ts";
import type { ApplicationRecorder, Notification } from "./recorder.ts";

/** What a subscription gives, from where, and until when. */
export interface SubscriptionOptions {
  /** The first id wanted, from 1. */
  readonly start: number;
  /** Only these topics; all without it. */
  readonly topics?: readonly string[];
  /** Ends the subscription: the iteration is then done. */
  readonly signal?: AbortSignal;
  /** How many notifications are read at a time (500). */
  readonly sectionSize?: number;
}

/** A recorder that was never heard of any more would be asked again after this. */
const BACKSTOP_MS = 5_000;
const RETRY_MS = 200;

/**
 * Iterates over notifications from `start` without end: those that are recorded already, then each new one soon
 * after its commit (R9), in order of id, none left out and none twice. The next ones are read only when those
 * before were taken, so that a slow consumer holds nothing but one section. While the recorder fails it is asked
 * again, and the iteration goes on where it was. Nothing is given any more once `signal` is aborted.
 *
 * @throws RecorderClosedError, from the iteration, once the recorder is closed. InvalidArgumentError.
 */
export async function* subscribe(
  recorder: Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">,
  { start, topics, signal, sectionSize = 500 }: SubscriptionOptions,
): AsyncGenerator<Notification, void, undefined> {
  // A section of none would never end, or pass over what it did not read.
  if (!Number.isSafeInteger(sectionSize) || sectionSize < 1)
    throw new InvalidArgumentError("sectionSize", sectionSize, "a whole number from 1");
  const bell = new Bell();
  const unwatch = recorder.watch(() => bell.ring());
  const stopWaiting = () => bell.ring();
  signal?.addEventListener("abort", stopWaiting);
  try {
    for (let next = start; !signal?.aborted; ) {
      // What is recorded from here on rings again, so that no call is lost between reading and waiting.
      bell.silence();
      const section = await readSection(recorder, { next, topics, sectionSize });
      if (section === undefined) {
        await pause(RETRY_MS);
        continue;
      }
      for (const notification of section.notifications) {
        if (signal?.aborted) return;
        yield notification;
      }
      next = section.next;
      if (section.atEnd) await bell.rung(BACKSTOP_MS);
    }
  } finally {
    signal?.removeEventListener("abort", stopWaiting);
    unwatch();
  }
}

interface Section {
  readonly notifications: readonly Notification[];
  readonly next: number;
  readonly atEnd: boolean;
}

/** Resolves to undefined while the recorder cannot be read. */
async function readSection(
  recorder: Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId">,
  from: {
    readonly next: number;
    readonly topics: readonly string[] | undefined;
    readonly sectionSize: number;
  },
): Promise<Section | undefined> {
  const { next, topics, sectionSize } = from;
  try {
    // Known before reading, so that a filter that finds little still moves on.
    const last = await recorder.maxNotificationId();
    if (last < next) return { notifications: [], next, atEnd: true };
    const range = {
      start: next,
      stop: last,
      limit: sectionSize,
      ...(topics === undefined ? {} : { topics }),
    };
    const notifications = await recorder.selectNotifications(range);
    const full = notifications.length === sectionSize;
    const lastRead = full ? (notifications.at(-1)?.id ?? last) : last;
    return { notifications, next: lastRead + 1, atEnd: false };
  } catch (error) {
    if (error instanceof RecorderError) return undefined;
    throw error;
  }
}
