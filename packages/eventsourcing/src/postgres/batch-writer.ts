import { setTimeout as pause } from "node:timers/promises";
import { OutcomeUnknownError, RecorderError } from "../errors.ts";
import type { AppendResult } from "../recorder/recorder.ts";
import {
  type AppendRow,
  type AppendSettings,
  appendStatement,
  type Outcome,
  outcomesOf,
  type Save,
  timesOfClockAhead,
} from "./batch.ts";
import { isConnectionLost, mayBeCausedByOneSave, recorderErrorOf } from "./failure.ts";
import { resultsOfLostBatch } from "./lost-write.ts";
import type { Reader } from "./reader.ts";
import type { RecorderConnections } from "./recorder-connections.ts";
import type { Schema } from "./schema-name.ts";

/** Pauses before a batch is sent again. Each is twice as long as the one before. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 500;

/**
 * SQLSTATE class 01. A commit whose wait for the synchronous standby is cancelled succeeds with a warning, and a
 * failover could still undo it (https://www.postgresql.org/docs/current/warm-standby.html, 26.2.8). After a warning
 * the writer therefore treats the outcome as unknown.
 */
const WARNING_CLASS = "01";

export interface WriterSettings extends AppendSettings {
  /** How long a batch whose connections break is sent again. */
  readonly reconnectTimeoutMs: number;
}

interface Retry {
  readonly deadline: number;
  readonly pauseMs: number;
}

export class BatchWriter {
  readonly #connections: RecorderConnections;
  readonly #schema: Schema;
  readonly #reader: Reader;
  readonly #settings: WriterSettings;

  constructor(connections: RecorderConnections, schema: Schema, reader: Reader, settings: WriterSettings) {
    this.#connections = connections;
    this.#schema = schema;
    this.#reader = reader;
    this.#settings = settings;
  }

  /** Resolves to the outcome of each save. Fulfilled saves are on the disk. */
  async commit(saves: readonly Save[], retry?: Retry): Promise<readonly Outcome[]> {
    try {
      const row = await this.#append(saves);
      const [, recordedMs, versions, , clockMs] = row;
      if (versions.some((version) => version !== null))
        this.#settings.clock.stored(Number(clockMs), Number(recordedMs));
      return outcomesOf(saves, row);
    } catch (error) {
      const times = timesOfClockAhead(error);
      if (times !== undefined) return this.#resolveClockAhead(saves, times, retry);
      if (error instanceof OutcomeLost) return this.#resolveLost(saves, error, retry);
      if (saves.length > 1 && mayBeCausedByOneSave(error)) return this.#commitOneByOne(saves, retry);
      return saves.map(() => rejected(recorderErrorOf("The save was not stored", error)));
    }
  }

  /** @throws OutcomeLost; after any other error nothing is stored */
  async #append(saves: readonly Save[]): Promise<AppendRow> {
    return this.#connections.write(async ({ client, sessionKey }) => {
      const { clock, transactionTimeoutMs } = this.#settings;
      const append = appendStatement(this.#schema, saves, { ...clock.beforeAppend(), transactionTimeoutMs });
      let warning: Error | undefined;
      const onNotice = ({
        code,
        message,
      }: {
        code?: string | undefined;
        message?: string | undefined;
      }): void => {
        if (code?.startsWith(WARNING_CLASS)) warning = new Error(message);
      };
      client.on("notice", onNotice);
      try {
        const { rows } = await client.query<AppendRow>(append);
        const [row] = rows;
        if (row === undefined) throw new Error("append returned no row");
        if (warning !== undefined) throw new OutcomeLost(sessionKey, warning);
        return row;
      } catch (error) {
        // The server may report the end of the session after it has committed. A session that still answers has
        // rolled back.
        if (isConnectionLost(error) || !(await isAlive(client))) throw new OutcomeLost(sessionKey, error);
        throw error;
      } finally {
        client.off("notice", onNotice);
      }
    });
  }

  async #commitOneByOne(saves: readonly Save[], retry?: Retry): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const save of saves) outcomes.push(...(await this.commit([save], retry)));
    return outcomes;
  }

  /** Rejects the saves that have events. The others need no time and are committed. */
  async #resolveClockAhead(
    saves: readonly Save[],
    [clockMs, recordedMs]: readonly [number, number],
    retry?: Retry,
  ): Promise<readonly Outcome[]> {
    const error = this.#settings.clock.refused(clockMs, recordedMs);
    if (error === undefined) return this.#retry(saves, new Error("the server was slow"), retry);
    const withoutEvents = saves.filter(({ events }) => events.length === 0);
    const outcomes = withoutEvents.length === 0 ? [] : [...(await this.commit(withoutEvents, retry))];
    return saves.flatMap(({ events }) => (events.length === 0 ? outcomes.splice(0, 1) : rejected(error)));
  }

  /** Finds out which saves of a batch were stored before its connection broke (R6), and sends the others again. */
  async #resolveLost(saves: readonly Save[], lost: OutcomeLost, retry?: Retry): Promise<readonly Outcome[]> {
    let found: readonly (readonly AppendResult[] | undefined)[];
    try {
      found = await this.#connections.writeWithRetry(({ client }) =>
        resultsOfLostBatch(client, lost.sessionKey, saves, this.#reader),
      );
    } catch (error) {
      return saves.map(({ events }) =>
        rejected(
          new OutcomeUnknownError(
            events.map(({ eventId }) => eventId),
            error,
          ),
        ),
      );
    }
    const missing = saves.filter((_, index) => found[index] === undefined);
    const outcomes = [...(await this.#retry(missing, lost.cause, retry))];
    return found.flatMap((value) => (value ? { status: "fulfilled", value } : outcomes.splice(0, 1)));
  }

  async #retry(
    saves: readonly Save[],
    cause: unknown,
    retry: Retry = {
      deadline: Date.now() + this.#settings.reconnectTimeoutMs,
      pauseMs: FIRST_PAUSE_MS,
    },
  ): Promise<readonly Outcome[]> {
    if (saves.length === 0) return [];
    const { deadline, pauseMs } = retry;
    if (Date.now() > deadline)
      return saves.map(() => rejected(new RecorderError("The save was not stored", cause)));
    await pause(pauseMs);
    return this.commit(saves, { deadline, pauseMs: Math.min(2 * pauseMs, MAX_PAUSE_MS) });
  }
}

class OutcomeLost extends Error {
  readonly sessionKey: string;

  constructor(sessionKey: string, cause: unknown) {
    super("the connection broke", { cause });
    this.sessionKey = sessionKey;
  }
}

async function isAlive(client: { query(text: string): Promise<unknown> }): Promise<boolean> {
  return client.query("SELECT").then(
    () => true,
    () => false,
  );
}

function rejected(reason: Error): Outcome {
  return { status: "rejected", reason };
}
