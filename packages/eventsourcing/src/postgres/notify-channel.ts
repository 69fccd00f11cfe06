import { setTimeout as pause } from "node:timers/promises";
import { isReadOnly } from "./failure.ts";
import type { RecorderConnections } from "./recorder-connections.ts";
import type { Schema } from "./schema-name.ts";

/** The shortest pause between two NOTIFY statements. */
const NOTIFY_PAUSE_MS = 4;
/** The pause before a broken connection is replaced, and between polls on a standby, which cannot LISTEN. */
const POLL_PAUSE_MS = 100;
/** LISTEN is tried again after this many polls, since the standby may have been promoted. */
const POLLS_ON_STANDBY = 20;

/**
 * Notifies other processes that events were recorded (R9). NOTIFY runs after the commits and not in them, because
 * transactions with NOTIFY commit one at a time. One NOTIFY covers all commits since the last.
 */
export class NotifyChannel {
  readonly #connections: RecorderConnections;
  readonly #channel: string;
  readonly #listening = new Set<Promise<void>>();
  #isRequested = false;
  #notifying: Promise<void> | undefined;

  constructor(connections: RecorderConnections, schema: Schema) {
    this.#connections = connections;
    this.#channel = `palimpsest_${BigInt.asUintN(64, BigInt(schema.lockKey)).toString(16)}`;
  }

  /** Notifies all listening processes soon. A failure does no harm, since followers also poll. */
  notify(): void {
    this.#isRequested = true;
    this.#notifying ??= this.#notify();
  }

  /** Calls `listener` for each notification, or when one may have been missed, until the returned function is called. */
  listen(listener: () => void): () => void {
    const stopped = new AbortController();
    const listening = this.#listen(listener, stopped.signal).finally(() => this.#listening.delete(listening));
    this.#listening.add(listening);
    return () => stopped.abort();
  }

  async close(): Promise<void> {
    await this.#notifying;
    await Promise.all(this.#listening);
  }

  async #notify(): Promise<void> {
    while (this.#isRequested) {
      this.#isRequested = false;
      await this.#connections.notify(this.#channel).catch(() => {});
      await pause(NOTIFY_PAUSE_MS);
    }
    this.#notifying = undefined;
  }

  async #listen(listener: () => void, signal: AbortSignal): Promise<void> {
    for (let polls = 0; !signal.aborted; ) {
      if (polls > 0) polls -= 1;
      else
        await this.#connections.listen(this.#channel, listener, signal).catch((error: unknown) => {
          if (isReadOnly(error)) polls = POLLS_ON_STANDBY;
        });
      await pause(POLL_PAUSE_MS, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted && polls > 0) listener();
    }
  }
}
