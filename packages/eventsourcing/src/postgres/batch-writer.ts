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
import { isConnectionLost, mayBlameOneSave, recorderErrorOf } from "./failure.ts";
import { placementsOfLostBatch } from "./lost-write.ts";
import type { Reader } from "./reader.ts";
import type { RecorderConnections } from "./recorder-connections.ts";
import type { Schema } from "./schema-name.ts";

/** How long to wait before a batch is sent again that its connection took with it; longer each time. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/**
 * SQLSTATE class 01. Whoever ends the wait of a commit for the synchronous standby turns it into a warning, and the
 * commit into a success that a failover could take back (https://www.postgresql.org/docs/current/warm-standby.html,
 * 26.2.8): so a save with a warning waits once more.
 */
const WARNING_CLASS = "01";

export interface WriterSettings extends AppendSettings {
  /** How long a batch is sent again that connections take with them. */
  readonly reconnectTimeoutMs: number;
}

/** How a batch is sent again once it is certain that it was not stored. */
interface Repetition {
  readonly deadline: number;
  readonly pauseMs: number;
}

/** Writes batches, one at a time, each in one transaction, and each save of a batch all or not at all. */
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

  /** Resolves to the outcome of each save. Those that are placed have reached the disk. */
  async commit(saves: readonly Save[], repetition?: Repetition): Promise<readonly Outcome[]> {
    try {
      const row = await this.#append(saves);
      const [, recordedMs, versions, , clockMs] = row;
      if (versions.some((version) => version !== null))
        this.#settings.clock.stored(Number(clockMs), Number(recordedMs));
      return outcomesOf(saves, row);
    } catch (error) {
      const times = timesOfClockAhead(error);
      if (times !== undefined) return this.#settleClockAhead(saves, times, repetition);
      if (error instanceof AnswerLost) return this.#settle(saves, error, repetition);
      if (saves.length > 1 && mayBlameOneSave(error)) return this.#commitOneByOne(saves, repetition);
      return saves.map(() => rejected(recorderErrorOf("The save was not stored", error)));
    }
  }

  /** @throws AnswerLost; every other error left nothing */
  async #append(saves: readonly Save[]): Promise<AppendRow> {
    return this.#connections.write(async ({ client, sessionKey }) => {
      const { clock, transactionTimeoutMs } = this.#settings;
      const append = appendStatement(this.#schema, saves, { ...clock.beforeAppend(), transactionTimeoutMs });
      let warning: Error | undefined;
      const hear = ({ code, message }: { code?: string | undefined; message?: string | undefined }): void => {
        if (code?.startsWith(WARNING_CLASS)) warning = new Error(message);
      };
      client.on("notice", hear);
      try {
        const { rows } = await client.query<AppendRow>(append);
        const [row] = rows;
        if (row === undefined) throw new Error("the append gave no answer");
        if (warning !== undefined) throw new AnswerLost(sessionKey, warning);
        return row;
      } catch (error) {
        // PostgreSQL may refuse a statement, or report the end of the session after it has committed. Who still
        // answers has rolled back.
        if (isConnectionLost(error) || !(await answers(client))) throw new AnswerLost(sessionKey, error);
        throw error;
      } finally {
        client.off("notice", hear);
      }
    });
  }

  async #commitOneByOne(saves: readonly Save[], repetition?: Repetition): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const save of saves) outcomes.push(...(await this.commit([save], repetition)));
    return outcomes;
  }

  /** Rejects the saves whose events would get a time too far ahead. A save without events gets none. */
  async #settleClockAhead(
    saves: readonly Save[],
    [clockMs, recordedMs]: readonly [number, number],
    repetition?: Repetition,
  ): Promise<readonly Outcome[]> {
    const error = this.#settings.clock.refused(clockMs, recordedMs);
    if (error === undefined) return this.#repeat(saves, new Error("the server was slow"), repetition);
    const withoutEvents = saves.filter(({ events }) => events.length === 0);
    const outcomes = withoutEvents.length === 0 ? [] : [...(await this.commit(withoutEvents, repetition))];
    return saves.flatMap(({ events }) => (events.length === 0 ? outcomes.splice(0, 1) : rejected(error)));
  }

  /** Finds out what became of a batch whose connection broke (R6). */
  async #settle(
    saves: readonly Save[],
    lost: AnswerLost,
    repetition?: Repetition,
  ): Promise<readonly Outcome[]> {
    let found: readonly (readonly AppendResult[] | undefined)[];
    try {
      found = await this.#connections.writeAgain(({ client }) =>
        placementsOfLostBatch(client, lost.sessionKey, saves, this.#reader),
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
    const outcomes = [...(await this.#repeat(missing, lost.cause, repetition))];
    return found.flatMap((value) => (value ? { status: "fulfilled", value } : outcomes.splice(0, 1)));
  }

  /** Commits saves that are certainly not stored, after a pause. */
  async #repeat(
    saves: readonly Save[],
    cause: unknown,
    repetition: Repetition = {
      deadline: Date.now() + this.#settings.reconnectTimeoutMs,
      pauseMs: FIRST_PAUSE_MS,
    },
  ): Promise<readonly Outcome[]> {
    if (saves.length === 0) return [];
    const { deadline, pauseMs } = repetition;
    if (Date.now() > deadline)
      return saves.map(() => rejected(new RecorderError("The save was not stored", cause)));
    await pause(pauseMs);
    return this.commit(saves, { deadline, pauseMs: Math.min(2 * pauseMs, LONGEST_PAUSE_MS) });
  }
}

/** The connection broke before it told what became of the batch. */
class AnswerLost extends Error {
  readonly sessionKey: string;

  constructor(sessionKey: string, cause: unknown) {
    super("the connection broke", { cause });
    this.sessionKey = sessionKey;
  }
}

async function answers(client: { query(text: string): Promise<unknown> }): Promise<boolean> {
  return client.query("SELECT").then(
    () => true,
    () => false,
  );
}

function rejected(reason: Error): Outcome {
  return { status: "rejected", reason };
}
