import { setTimeout as pause } from "node:timers/promises";
import { isReadOnly } from "./failure.ts";
import type { RecorderConnections } from "./recorder-connections.ts";
import type { Schema } from "./schema-name.ts";

/** Rings no more often than this. */
const ANNOUNCE_PAUSE_MS = 4;
/** How soon a connection that broke is made again, and how often a standby, which hears no bell, is asked. */
const LISTEN_PAUSE_MS = 100;
/** After so many pauses a standby, which may have been promoted, is asked again whether it can be listened to. */
const PAUSES_ON_STANDBY = 20;

/**
 * Tells every process that events were recorded (R9), by NOTIFY. It is sent after the commit and not with it,
 * because transactions that notify commit one after another, and once for all commits of the last moment.
 */
export class NotifyChannel {
  readonly #connections: RecorderConnections;
  readonly #channel: string;
  readonly #listening = new Set<Promise<void>>();
  #wanted = false;
  #announcing: Promise<void> | undefined;

  constructor(connections: RecorderConnections, schema: Schema) {
    this.#connections = connections;
    this.#channel = `palimpsest_${BigInt.asUintN(64, BigInt(schema.lockKey)).toString(16)}`;
  }

  /** Tells every process that listens, soon. To fail does no harm: who follows asks now and then, too. */
  announce(): void {
    this.#wanted = true;
    this.#announcing ??= this.#announce();
  }

  /** Calls `heard` when it rings, also when it may have rung unheard, until the function returned is called. */
  listen(heard: () => void): () => void {
    const stopped = new AbortController();
    const listening = this.#listen(heard, stopped.signal).finally(() => this.#listening.delete(listening));
    this.#listening.add(listening);
    return () => stopped.abort();
  }

  /** Resolves when it rings no more and those who listened have stopped. */
  async close(): Promise<void> {
    await this.#announcing;
    await Promise.all(this.#listening);
  }

  async #announce(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#connections.notify(this.#channel).catch(() => {});
      await pause(ANNOUNCE_PAUSE_MS);
    }
    this.#announcing = undefined;
  }

  async #listen(heard: () => void, signal: AbortSignal): Promise<void> {
    for (let pauses = 0; !signal.aborted; ) {
      if (pauses > 0) pauses -= 1;
      else
        await this.#connections.listen(this.#channel, heard, signal).catch((error: unknown) => {
          if (isReadOnly(error)) pauses = PAUSES_ON_STANDBY;
        });
      await pause(LISTEN_PAUSE_MS, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted && pauses > 0) heard();
    }
  }
}
