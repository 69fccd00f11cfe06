import { EventLoopYielder } from "../yielding.ts";
import { requireFromOne } from "./arguments.ts";
import { ConditionWaiter } from "./condition-waiter.ts";
import {
  type ApplicationRecorder,
  type ClockStatus,
  endsEarly,
  type Notification,
  type NotificationRange,
} from "./recorder.ts";
import { BATCH_BYTES, type SubscriptionOptions, subscribe } from "./subscription.ts";

/** Everything an application recorded, in its total order. */
export class NotificationLog {
  readonly #recorder: ApplicationRecorder;
  readonly #waiting: ConditionWaiter<number>;

  constructor(recorder: ApplicationRecorder) {
    this.#recorder = recorder;
    this.#waiting = new ConditionWaiter({
      ask: () => recorder.maxNotificationId(),
      watch: (listener) => recorder.watch(listener),
    });
  }

  /**
   * Resolves to notifications with ids `>= start` and `<= stop`, in order, at most `limit`, of `topics` if given, and
   * none after the one that brings their states to `maxBytes`, if given.
   */
  select(range: NotificationRange): Promise<readonly Notification[]> {
    return this.#recorder.selectNotifications(range);
  }

  /** Iterates over notifications from `start` without end: those there are, then new ones as they are recorded. */
  subscribe(options: SubscriptionOptions): AsyncGenerator<Notification, void, undefined> {
    return subscribe(this.#recorder, options);
  }

  /** Calls `listener` soon after any process has recorded events. The function returned ends the calls. */
  watch(listener: () => void): () => void {
    return this.#recorder.watch(listener);
  }

  /** Resolves to the last notification id, or 0. */
  maxId(): Promise<number> {
    return this.#recorder.maxNotificationId();
  }

  /**
   * Resolves to the last notification id as soon as that is at least `id`, by whatever process it was recorded, and
   * after `timeoutMs` in any case. Any number may wait: the recorder is asked once for all of them.
   * @throws what the recorder does when it cannot be read; RecorderError when it does not answer in `timeoutMs`, or
   *   in a second where that is longer
   */
  waitFor(id: number, { timeoutMs }: { readonly timeoutMs: number }): Promise<number> {
    return this.#waiting.wait(
      { met: (lastId) => (lastId >= id ? lastId : undefined), late: (lastId) => lastId },
      { timeoutMs },
    );
  }

  /** Resolves to the id of the last notification recorded at or before `instant`, or 0. */
  idAt(instant: Date): Promise<number> {
    return this.#recorder.notificationIdAt(instant);
  }

  /** Resolves to the state of the clock that gives notifications their `recordedAt`. */
  clockStatus(): Promise<ClockStatus> {
    return this.#recorder.clockStatus();
  }
}

/** Reads a notification log from some id to its end. */
export class NotificationLogReader {
  readonly #log: Pick<NotificationLog, "select">;
  readonly #batchSize: number;

  /** @param options.batchSize how many notifications are read at a time (100); fewer where they are large */
  constructor(
    log: Pick<NotificationLog, "select">,
    { batchSize = 100 }: { readonly batchSize?: number } = {},
  ) {
    this.#log = log;
    this.#batchSize = requireFromOne("batchSize", batchSize);
  }

  /** Iterates in order of id from `start`, and ends at the last notification there is by then. */
  async *read(options: {
    readonly start: number;
    readonly stop?: number;
    readonly topics?: readonly string[];
  }): AsyncGenerator<Notification> {
    const yielder = new EventLoopYielder();
    for (let start = options.start; ; ) {
      await yielder.step();
      const range = { ...options, start, limit: this.#batchSize, maxBytes: BATCH_BYTES };
      const batch = await this.#log.select(range);
      yield* batch;
      const last = batch.at(-1);
      if (last === undefined || !endsEarly(batch, range)) return;
      start = last.id + 1;
    }
  }
}
