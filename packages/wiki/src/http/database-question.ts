import { setImmediate, setTimeout } from "node:timers/promises";
import { RecorderError } from "@palimpsest/eventsourcing";

/** Those who probe a server give up after a second, as a rule. */
const PATIENCE_MS = 800;

/** Something that a database is asked again and again by many, who want to hear soon when it gives no answer. */
export class DatabaseQuestion<Answer> {
  readonly #ask: () => Promise<Answer>;
  #asked: Promise<Answer> | undefined;

  constructor(ask: () => Promise<Answer>) {
    this.#ask = ask;
  }

  /**
   * Resolves to the answer. However many ask, and however long a silent database takes, it has one question at a time.
   * @throws RecorderError within a second where there is no answer; what the question fails with
   */
  async answer(): Promise<Answer> {
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
    });
    const waiting = new AbortController();
    try {
      return await Promise.race([this.#asked, silence(waiting.signal)]);
    } finally {
      waiting.abort();
    }
  }
}

async function silence(signal: AbortSignal): Promise<never> {
  await setTimeout(PATIENCE_MS, undefined, { signal });
  // After a long computation the answer may have come already, and not be read yet.
  await setImmediate();
  throw new RecorderError("The database is not there", new Error(`no answer within ${PATIENCE_MS} ms`));
}
