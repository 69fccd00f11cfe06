import { EventLoopYielder, KeyedMutex } from "@palimpsest/eventsourcing";
import { parseQuery, type SearchQuery } from "../content/search/query.ts";
import { storableText } from "../content/storable-text.ts";
import {
  MAX_RESULTS,
  type SearchHit,
  type SearchIndex,
  type SearchRange,
  type SearchResult,
  totalOf,
} from "../projections/search.ts";
import { RequestAbortedError } from "../workers/errors.ts";
import { SharedResults } from "../workers/shared-results.ts";
import { inlineTasks, type TaskRunner } from "../workers/task-runner.ts";
import { type Client, ClientQueue } from "./client-queue.ts";
import type { ContentManagement } from "./content-management.ts";
import { PageNotFoundError, SearchBusyError } from "./errors.ts";
import { HISTORICAL_SEARCH_LIMITS } from "./limits.ts";

const MAX_CACHED_BYTES = 8 * 1024 * 1024;
const BYTES_PER_ID = 80;

/** Page ids, the best match first; one more than `MAX_RESULTS` if more match. */
type PageIds = readonly string[];

interface Match {
  readonly id: string;
  readonly title: string;
  readonly isExact: boolean;
}

/**
 * Searches the wiki at an earlier position. The index returns all pages that ever matched; each is then loaded at that
 * position and checked. Because this can be thousands of pages, concurrent searches take turns page by page. Results
 * are cached for the next part of the list: they never change.
 */
export class HistoricalSearch {
  readonly #content: Pick<ContentManagement, "getPageAt">;
  readonly #index: Pick<SearchIndex, "candidates">;
  readonly #workers: TaskRunner;
  readonly #mutex = new KeyedMutex();
  /** Yields before each page, so that other requests wait for one page at most. */
  readonly #yielder = new EventLoopYielder(0);
  readonly #results = new SharedResults<PageIds>({
    maxBytes: MAX_CACHED_BYTES,
    bytesOf: (ids) => BYTES_PER_ID * ids.length,
  });
  readonly #queue = new ClientQueue(HISTORICAL_SEARCH_LIMITS, SearchBusyError);

  constructor(
    content: Pick<ContentManagement, "getPageAt">,
    index: Pick<SearchIndex, "candidates">,
    workers: TaskRunner = inlineTasks,
  ) {
    this.#content = content;
    this.#index = index;
    this.#workers = workers;
  }

  /**
   * Resolves to the pages that match at the position `at`: exact titles first, then by title. The search ends once more
   * than `MAX_RESULTS` match. Once `signal` is aborted,
   * loads no more pages for this request.
   * @throws LimitExceededError if the query is too long
   * @throws SearchBusyError if too many requests are running, of this client or of all
   * @throws RequestAbortedError if `signal` is aborted
   */
  async search(
    at: number,
    query: string,
    { limit = 20, offset = 0 }: SearchRange = {},
    client: Client = {},
  ): Promise<SearchResult> {
    const parsed = parseQuery(query);
    if (parsed.any.length === 0) return { hits: [], total: 0 };
    return this.#queue.run(client, async () => {
      const ids = await this.#idsOf(at, parsed, client.signal);
      const hits: SearchHit[] = [];
      for (const id of ids.slice(0, MAX_RESULTS).slice(offset, offset + limit)) {
        hits.push(await this.#runExclusive(() => this.#hit(id, at, parsed), client.signal));
      }
      return { hits, ...totalOf(ids.length) };
    });
  }

  #idsOf(at: number, query: SearchQuery, signal: AbortSignal | undefined): Promise<PageIds> {
    const key = `${at} ${JSON.stringify(query)}`;
    return this.#results.get(key, (signal) => this.#find(at, query, signal), signal);
  }

  async #find(at: number, query: SearchQuery, signal: AbortSignal): Promise<PageIds> {
    const found: Match[] = [];
    const candidates = await this.#runExclusive(() => this.#index.candidates(query), signal);
    for (const id of candidates) {
      const match = await this.#runExclusive(() => this.#match(id, at, query), signal);
      if (match !== undefined) found.push(match);
      if (found.length > MAX_RESULTS) break;
    }
    found.sort(
      (one, other) =>
        Number(other.isExact) - Number(one.isExact) ||
        compare(one.title, other.title) ||
        compare(one.id, other.id),
    );
    return found.map(({ id }) => id);
  }

  /** Runs `task` after the tasks of all searches that were added earlier. */
  #runExclusive<T>(task: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#mutex.runExclusive("", async () => {
      if (signal?.aborted) throw new RequestAbortedError();
      await this.#yielder.step();
      return task();
    });
  }

  /** Resolves to undefined if the page did not match or exist at the position. */
  async #match(id: string, at: number, query: SearchQuery): Promise<Match | undefined> {
    try {
      const { title, body, archived } = await this.#content.getPageAt(id, at);
      if (archived) return undefined;
      const { matches, isExact } = await this.#workers.run("matchPage", { title, body, query });
      return matches ? { id, title, isExact } : undefined;
    } catch (error) {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    }
  }

  async #hit(id: string, at: number, query: SearchQuery): Promise<SearchHit> {
    const { slug, title, body } = await this.#content.getPageAt(id, at);
    const snippet = await this.#workers.run("pageSnippet", { body, query });
    return { page: { id, slug, title: storableText(title) }, snippet };
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
