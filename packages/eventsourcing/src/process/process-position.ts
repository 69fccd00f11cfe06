import type { NotificationLog } from "../recorder/notification-log.ts";
import type { ProcessApplication } from "./process-application.ts";

export interface ProcessProgress {
  /** The last notification id up to which every handled event is processed. */
  readonly position: number;
  readonly lastId: number;
}

/**
 * Reads the position of a process application in its upstream application, moved by any process. Only handled events
 * are tracked, so the position includes the notifications after the last tracked one, up to the next handled one.
 */
export class ProcessPosition {
  readonly #application: Pick<ProcessApplication, "lastTrackedId">;
  readonly #upstreamName: string;
  readonly #log: Pick<NotificationLog, "select" | "maxId">;
  readonly #topics: readonly string[];
  /** No notification above `trackedId`, up to `end`, is of a handled type: the next query starts there. */
  #unhandled = { trackedId: 0, end: 0 };

  constructor(
    application: Pick<ProcessApplication, "lastTrackedId">,
    upstream: { readonly name: string; readonly log: Pick<NotificationLog, "select" | "maxId"> },
    topics: readonly string[],
  ) {
    this.#application = application;
    this.#upstreamName = upstream.name;
    this.#log = upstream.log;
    this.#topics = topics;
  }

  async read(): Promise<ProcessProgress> {
    const trackedId = await this.#application.lastTrackedId(this.#upstreamName);
    const lastId = await this.#log.maxId();
    const start = Math.max(trackedId, this.#unhandledEnd(trackedId, lastId));
    if (start >= lastId) return { position: start, lastId };
    const range = { start: start + 1, stop: lastId, limit: 1, topics: this.#topics };
    const [next] = await this.#log.select(range);
    const position = next === undefined ? lastId : next.id - 1;
    this.#unhandled = { trackedId, end: position };
    return { position, lastId };
  }

  /** Returns 0 if an older backup of either database was restored since the last query. */
  #unhandledEnd(trackedId: number, lastId: number): number {
    const { trackedId: earlier, end } = this.#unhandled;
    return trackedId >= earlier && end <= lastId ? end : 0;
  }
}
