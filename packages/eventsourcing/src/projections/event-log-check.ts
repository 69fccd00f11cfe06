import type { ApplicationRecorder } from "../recorder/recorder.ts";
import type { Generation } from "./view-store.ts";

/** How many polls a view may be ahead of the recorder: a standby that serves the events needs time to catch up. */
const MAX_POLLS_AHEAD = 10;

interface EventLogMatch {
  /** Whether the generation was built from the events that the recorder has; "pending" while the recorder may lag. */
  readonly match: "match" | "mismatch" | "pending";
  /** Whether this check compared the two, rather than an earlier one. */
  readonly isNew: boolean;
}

/**
 * Compares generations with the event log: after an older backup was restored, the event at a generation's position
 * is missing or has another id.
 */
export class EventLogCheck {
  readonly #recorder: Pick<ApplicationRecorder, "selectNotifications">;
  readonly #pollIntervalMs: number;
  readonly #results = new Map<number, "match" | "mismatch">();
  /** For how many polls a generation has been ahead of the recorder, and when that was last counted. */
  readonly #ahead = new Map<number, { readonly polls: number; readonly at: number }>();

  constructor(recorder: Pick<ApplicationRecorder, "selectNotifications">, pollIntervalMs: number) {
    this.#recorder = recorder;
    this.#pollIntervalMs = pollIntervalMs;
  }

  /** @param lastId the recorder's last notification id, read after the generation */
  async check({ number, position, eventId }: Generation, lastId: number): Promise<EventLogMatch> {
    const known = this.#results.get(number);
    if (known === "mismatch" || (known === "match" && position <= lastId))
      return { match: known, isNew: false };
    const found = position === 0 || position > lastId ? undefined : await this.eventIdAt(position);
    const isAhead = position > 0 && found === undefined;
    if (!isAhead) this.#ahead.delete(number);
    else if (!this.#isAheadForLong(number)) return { match: "pending", isNew: false };
    // Early versions of the library stored no event id.
    const match = !isAhead && (eventId === undefined || eventId === found) ? "match" : "mismatch";
    this.#results.set(number, match);
    return { match, isNew: true };
  }

  async eventIdAt(notificationId: number): Promise<string | undefined> {
    const range = { start: notificationId, stop: notificationId, limit: 1 };
    const [notification] = await this.#recorder.selectNotifications(range);
    return notification?.eventId;
  }

  /** Makes the next checks compare again, because the recorder may serve another database. */
  reset(): void {
    this.#results.clear();
    this.#ahead.clear();
  }

  /** Counts polls: each new event causes a check too, and time alone would pass while the process is suspended. */
  #isAheadForLong(number: number): boolean {
    const now = performance.now();
    const before = this.#ahead.get(number);
    if (before && now - before.at < this.#pollIntervalMs) return false;
    const polls = before ? before.polls + 1 : 0;
    this.#ahead.set(number, { polls, at: now });
    return polls >= MAX_POLLS_AHEAD;
  }
}
