import { setTimeout as pause } from "node:timers/promises";
import {
  type ApplicationRecorder,
  type Notification,
  type NotificationRange,
  RecorderError,
} from "@palimpsest/eventsourcing";
import { batchOf, decodeLine, firstIdOf, lastIdSchema, MAX_WAIT_SECONDS } from "./protocol.ts";

const RETRY_DELAY_MS = 1_000;
const TIMEOUT_MS = 60_000;

/**
 * A notification log that is read over HTTP, as the `recorder` of a `ProjectionRunner`. An answer that is not complete
 * and valid is a RecorderError, after which the runner tries again.
 */
export class RemoteLog
  implements Pick<ApplicationRecorder, "selectNotifications" | "maxNotificationId" | "watch">
{
  readonly #url: URL;
  #lastId = 0;

  /** @param url of the server, ending with a slash */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  async selectNotifications(range: NotificationRange): Promise<readonly Notification[]> {
    const {
      start,
      stop = Number.MAX_SAFE_INTEGER,
      limit,
      topics,
      maxBytes = Number.POSITIVE_INFINITY,
    } = range;
    const selected: Notification[] = [];
    let bytes = 0;
    if (limit < 1) return selected;
    for await (const notification of this.#read(start, stop)) {
      if (topics?.includes(notification.topic) === false) continue;
      selected.push(notification);
      bytes += notification.state.byteLength;
      if (selected.length >= limit || bytes >= maxBytes) break;
    }
    return selected;
  }

  async maxNotificationId(): Promise<number> {
    return this.#readLastId("last", AbortSignal.timeout(TIMEOUT_MS));
  }

  /** Calls `listener` when the last id has changed. The process stays alive until the returned function is called. */
  watch(listener: () => void): () => void {
    const abort = new AbortController();
    void this.#poll(listener, abort.signal);
    return () => abort.abort();
  }

  async #poll(listener: () => void, signal: AbortSignal): Promise<void> {
    for (let last = 0; !signal.aborted; ) {
      try {
        const id = await this.#readLastId(`last?after=${last}&wait=${MAX_WAIT_SECONDS}`, signal);
        if (id !== last) listener();
        last = id;
      } catch {
        await pause(RETRY_DELAY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async *#read(start: number, stop: number): AsyncGenerator<Notification> {
    let id = start;
    while (id <= stop) {
      const batch = batchOf(id);
      let read = firstIdOf(batch);
      for await (const notification of this.#readBatch(batch)) {
        read = notification.id + 1;
        if (notification.id < id) continue;
        if (notification.id > stop) return;
        yield notification;
      }
      id = Math.max(id, read);
      if (read < firstIdOf(batch + 1)) break;
    }
    if (id <= Math.min(stop, this.#lastId))
      throw this.#failure(new RangeError(`It ends before ${id}, although its last id was ${this.#lastId}.`));
  }

  async *#readBatch(batch: number): AsyncGenerator<Notification> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const { body } = await this.#fetch(`batches/${batch}`, signal);
      const [first, next] = [firstIdOf(batch), firstIdOf(batch + 1)];
      let id = first;
      for await (const line of linesOf(body)) {
        if (id === next) throw new RangeError(`Batch ${batch} goes on after ${next - 1}.`);
        yield decodeLine(line, id);
        id += 1;
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #readLastId(path: string, signal: AbortSignal): Promise<number> {
    try {
      const { id } = lastIdSchema.parse(await (await this.#fetch(path, signal)).json());
      this.#lastId = id;
      return id;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #fetch(path: string, signal: AbortSignal): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), { signal });
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Error(`${response.url} answers ${response.status}.`);
  }

  #failure(cause: unknown): RecorderError {
    return new RecorderError(`The log at ${this.#url} cannot be read`, cause);
  }
}

async function* linesOf(body: Response["body"]): AsyncGenerator<string> {
  let rest = "";
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      yield rest + text.slice(from, end);
      rest = "";
      from = end + 1;
    }
    rest += text.slice(from);
  }
  if (rest !== "") throw new RangeError("The last line is not complete.");
}
