import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Notification } from "../recorder/recorder.ts";
import { type SubscriptionOptions, subscribe } from "../recorder/subscription.ts";
import type { RecorderUnderTest } from "./contract-case.ts";

const PATIENCE_MS = 30_000;

type Patience = Pick<RecorderUnderTest, "patience">;

/** Resolves to the result of `work`. Rejects with an error that names `what` if it takes too long. */
export async function inTime<Result>(
  { patience = defaultPatience }: Patience,
  work: Promise<Result>,
  what: () => string,
): Promise<Result> {
  const ended = new AbortController();
  const tooLate = patience(ended.signal).then(() => assert.fail(`Timed out waiting for ${what()}`));
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    ended.abort();
  }
}

async function defaultPatience(signal: AbortSignal): Promise<void> {
  await pause(PATIENCE_MS, undefined, { signal });
}

type Followed = Parameters<typeof subscribe>[0];

/** A subscription, one notification at a time. */
export class Follower {
  readonly #subject: Patience;
  readonly #stopping = new AbortController();
  readonly #notifications: AsyncGenerator<Notification, void, undefined>;

  constructor(subject: Patience, recorder: Followed, options: Partial<SubscriptionOptions>) {
    this.#subject = subject;
    this.#notifications = subscribe(recorder, { start: 1, signal: this.#stopping.signal, ...options });
  }

  /** Takes the next `count` notifications and resolves to their ids. */
  async take(count: number): Promise<number[]> {
    const ids: number[] = [];
    const taking = async () => {
      while (ids.length < count) {
        const next = await this.#notifications.next();
        if (next.done) assert.fail(`The iteration ended after notifications ${ids.join(", ")}`);
        ids.push(next.value.id);
      }
      return ids;
    };
    return inTime(
      this.#subject,
      taking(),
      () => `${count} notifications; received ${ids.join(", ") || "none"}`,
    );
  }

  /** Requests one more notification. Resolves to whether the iteration ended; rejects as the iteration does. */
  async hasEnded(): Promise<boolean> {
    const { done = false } = await inTime(
      this.#subject,
      this.#notifications.next(),
      () => "the end of the iteration",
    );
    return done;
  }

  abort(): void {
    this.#stopping.abort();
  }

  /** Leaves the iteration, as `break` does. */
  async leave(): Promise<void> {
    await this.#notifications.return();
  }
}

/** Runs `work`, then ends every subscription that it made. */
export async function following<Result>(
  subject: Patience,
  work: (follow: (recorder: Followed, options?: Partial<SubscriptionOptions>) => Follower) => Promise<Result>,
): Promise<Result> {
  const followers: Follower[] = [];
  try {
    return await work((recorder, options = {}) => {
      const follower = new Follower(subject, recorder, options);
      followers.push(follower);
      return follower;
    });
  } finally {
    for (const follower of followers) {
      follower.abort();
      await follower.leave();
    }
  }
}
