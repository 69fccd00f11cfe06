import { NotificationLog, type Recorder } from "@palimpsest/eventsourcing";

/** Follows a log from its first event, and records the order of the events. */
export class Follower {
  readonly name: string;
  readonly ids: number[] = [];
  readonly eventIds: string[] = [];
  readonly #stopped = new AbortController();
  readonly #following: Promise<void>;
  #last = Number.POSITIVE_INFINITY;

  constructor(name: string, recorder: Recorder) {
    this.name = name;
    this.#following = this.#follow(new NotificationLog(recorder));
    this.#following.catch(() => {});
  }

  /** Stops the follower after it has read the notification `id`. */
  async readUpTo(id: number): Promise<void> {
    this.#last = id;
    this.#stopAtLast();
    await this.#following;
  }

  async #follow(log: NotificationLog): Promise<void> {
    const { signal } = this.#stopped;
    for await (const { id, eventId } of log.subscribe({ start: 1, signal })) {
      this.ids.push(id);
      this.eventIds.push(eventId);
      this.#stopAtLast();
    }
  }

  #stopAtLast(): void {
    if ((this.ids.at(-1) ?? 0) >= this.#last) this.#stopped.abort();
  }
}
