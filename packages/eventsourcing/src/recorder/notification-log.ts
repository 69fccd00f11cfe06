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

/** The events of an application in the order in which they were recorded. */
export class NotificationLog {
  readonly #recorder: ApplicationRecorder;
  readonly #waiter: ConditionWaiter<number>;

  constructor(recorder: ApplicationRecorder) {
    this.#recorder = recorder;
    this.#waiter = new ConditionWaiter({
      read: () => recorder.maxNotificationId(),
      watch: (listener) => recorder.watch(listener),
    });
  }

  /** Resolves to the notifications in `range`, in order of id. */
  select(range: NotificationRange): Promise<readonly Notification[]> {
    return this.#recorder.selectNotifications(range);
  }

  /** Iterates over recorded notifications from `start`, then over new ones as they are recorded, until aborted. */
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
   * Resolves to the last notification id once it is at least `id`, or after `timeoutMs`. The recorder is read once for
   * all callers.
   * @throws RecorderError if the recorder does not answer within `timeoutMs`, or a second if that is longer
   * @throws the error of the recorder if it cannot be read
   */
  waitFor(id: number, { timeoutMs }: { readonly timeoutMs: number }): Promise<number> {
    return this.#waiter.wait(
      { check: (lastId) => (lastId >= id ? lastId : undefined), onTimeout: (lastId) => lastId },
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

/** Reads a notification log to its end. */
export class NotificationLogReader {
  readonly #log: Pick<NotificationLog, "select">;
  readonly #batchSize: number;

  constructor(
    log: Pick<NotificationLog, "select">,
    {
      batchSize = 100,
    }: {
      /** How many notifications are read at a time, from 1; fewer if they are large. Default: 100. */
      readonly batchSize?: number;
    } = {},
  ) {
    this.#log = log;
    this.#batchSize = requireFromOne("batchSize", batchSize);
  }

  /** Iterates from `start` to `stop` or to the last notification, in order of id. */
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
