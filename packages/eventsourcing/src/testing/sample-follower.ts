import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Notification } from "../recorder/recorder.ts";
import { type SubscriptionOptions, subscribe } from "../recorder/subscription.ts";
import type { RecorderUnderTest } from "./contract-case.ts";

const PATIENCE_MS = 30_000;

/** Resolves as `work` does, or fails with `what` was promised when the subject's patience is over. */
export async function inTime<Result>(
  { patience = defaultPatience }: Pick<RecorderUnderTest, "patience">,
  work: Promise<Result>,
  what: () => string,
): Promise<Result> {
  const settled = new AbortController();
  const tooLate = patience(settled.signal).then(() => assert.fail(`${what()}: promised, but did not come`));
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    settled.abort();
  }
}

async function defaultPatience(signal: AbortSignal): Promise<void> {
  await pause(PATIENCE_MS, undefined, { signal });
}

type Followed = Parameters<typeof subscribe>[0];

/** Someone who subscribed. */
export class Follower {
  readonly #subject: RecorderUnderTest;
  readonly #stopping = new AbortController();
  readonly #notifications: AsyncGenerator<Notification, void, undefined>;

  constructor(subject: RecorderUnderTest, recorder: Followed, options: Partial<SubscriptionOptions>) {
    this.#subject = subject;
    this.#notifications = subscribe(recorder, { start: 1, signal: this.#stopping.signal, ...options });
  }

  /** Takes the next `count` notifications and resolves to their ids. */
  async take(count: number): Promise<number[]> {
    const ids: number[] = [];
    const taking = async () => {
      while (ids.length < count) {
        const next = await this.#notifications.next();
        if (next.done) assert.fail(`the iteration ended after ${ids.join(", ")}`);
        ids.push(next.value.id);
      }
      return ids;
    };
    return inTime(this.#subject, taking(), () => `${count} notifications, of which ${ids.join(", ")} came`);
  }

  /** Asks for one more, and says whether the iteration ended instead. Rejects as the iteration does. */
  async hasEnded(): Promise<boolean> {
    const { done = false } = await inTime(this.#subject, this.#notifications.next(), () => "the end");
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

/** Runs `work`, and sees to it that whoever followed in it is gone then. */
export async function following<Result>(
  subject: RecorderUnderTest,
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
