import { setImmediate, setTimeout } from "node:timers/promises";
import { RecorderError } from "@palimpsest/eventsourcing";

/** Health checks and metrics usually time out after a second. */
const TIMEOUT_MS = 800;

/** Runs a query of the database at most once at a time; further callers join it. Each waits at most `TIMEOUT_MS`. */
export class SingleFlight<Result> {
  readonly #query: () => Promise<Result>;
  #running: Promise<Result> | undefined;

  constructor(query: () => Promise<Result>) {
    this.#query = query;
  }

  /** @throws RecorderError if the database does not answer in time, and errors of the query */
  async run(): Promise<Result> {
    this.#running ??= this.#query().finally(() => {
      this.#running = undefined;
    });
    const waiting = new AbortController();
    try {
      return await Promise.race([this.#running, timeout(waiting.signal)]);
    } finally {
      waiting.abort();
    }
  }
}

async function timeout(signal: AbortSignal): Promise<never> {
  await setTimeout(TIMEOUT_MS, undefined, { signal });
  // After a long computation the answer may have arrived without being processed yet.
  await setImmediate();
  throw new RecorderError("The database does not respond", new Error(`no answer within ${TIMEOUT_MS} ms`));
}
