import { EventLoopYielder } from "@palimpsest/eventsourcing";
import { LRUCache } from "lru-cache";
import { isExactTitle, matches } from "../content/search/match.ts";
import { pageWords, readableText, storableText } from "../content/search/page-text.ts";
import { parseQuery, type SearchQuery } from "../content/search/query.ts";
import { MAX_SNIPPET_SOURCE_UNITS, snippet } from "../content/search/snippet.ts";
import type { SearchHit, SearchIndex, SearchRange, SearchResult } from "../projections/search.ts";
import type { ContentManagement } from "./content-management.ts";
import { PageNotFoundError, SearchAbandonedError, SearchBusyError } from "./errors.ts";
import { KeyedMutex } from "./keyed-mutex.ts";

/** So many requests may search the past at once; the next ones are refused. */
export const MAX_PAST_SEARCHES = 16;
/** So many of them may be one client's, so that nobody takes the search from all others. */
export const MAX_PAST_SEARCHES_OF_CLIENT = 4;
/** Limits of the result cache: searches, and page ids in total. */
const MAX_CACHED_SEARCHES = 200;
const MAX_CACHED_IDS = 100_000;

/** Who waits for a search, and until when. */
export interface SearchClient {
  /** Tells clients apart; all who leave it out are one. */
  readonly client?: string;
  /** When it is aborted, nobody waits any more. */
  readonly signal?: AbortSignal;
}

/** Page ids, the best first. */
type FoundIds = readonly string[];

interface Match {
  readonly id: string;
  readonly title: string;
  readonly isExact: boolean;
}

/** A search that is under way, and how many requests wait for it. */
interface Finding {
  readonly ids: Promise<FoundIds>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * Finds what the search of a time would have found. The index names the pages that may ever have matched; whether they
 * did then, their texts of then say. As that may be very many pages, searches take turns, one page each, so that a
 * long one delays the others little; and since the past does not change, what was found is kept for the next part.
 */
export class PastSearch {
  readonly #content: Pick<ContentManagement, "getPageAt">;
  readonly #index: Pick<SearchIndex, "candidates">;
  readonly #mutex = new KeyedMutex();
  /** Yields before each page, so that requests of others wait for one page at most. */
  readonly #yielder = new EventLoopYielder(0);
  readonly #underWay = new Map<string, Finding>();
  readonly #results = new LRUCache<string, FoundIds>({
    max: MAX_CACHED_SEARCHES,
    maxSize: MAX_CACHED_IDS,
    // An empty result has a size, too: the cache refuses 0.
    sizeCalculation: (ids) => ids.length + 1,
  });
  /** How many requests of each client are under way. */
  readonly #requests = new Map<string, number>();

  constructor(content: Pick<ContentManagement, "getPageAt">, index: Pick<SearchIndex, "candidates">) {
    this.#content = content;
    this.#index = index;
  }

  /**
   * Resolves to what was found at the position `at`: exact titles first, then by title. When `signal` is aborted, no
   * more pages are looked at for this request.
   * @throws LimitExceededError if the query is too long
   * @throws SearchBusyError if too many are searching already, or this client does so too often
   */
  async search(
    at: number,
    query: string,
    { limit = 20, offset = 0 }: SearchRange = {},
    { client = "", signal }: SearchClient = {},
  ): Promise<SearchResult> {
    const parsed = parseQuery(query);
    if (parsed.any.length === 0) return { hits: [], total: 0 };
    this.#enter(client);
    try {
      const ids = await this.#found(at, parsed, signal);
      const hits: SearchHit[] = [];
      for (const id of ids.slice(offset, offset + limit)) {
        hits.push(await this.#inTurn(() => this.#hit(id, at, parsed), signal));
      }
      return { hits, total: ids.length };
    } finally {
      this.#leave(client);
    }
  }

  #enter(client: string): void {
    const own = this.#requests.get(client) ?? 0;
    if (own >= MAX_PAST_SEARCHES_OF_CLIENT) throw new SearchBusyError(own, "client");
    const all = [...this.#requests.values()].reduce((sum, count) => sum + count, 0);
    if (all >= MAX_PAST_SEARCHES) throw new SearchBusyError(all, "all");
    this.#requests.set(client, own + 1);
  }

  #leave(client: string): void {
    const others = (this.#requests.get(client) ?? 0) - 1;
    if (others > 0) this.#requests.set(client, others);
    else this.#requests.delete(client);
  }

  async #found(at: number, query: SearchQuery, signal: AbortSignal | undefined): Promise<FoundIds> {
    const key = `${at} ${JSON.stringify(query)}`;
    const cached = this.#results.get(key);
    if (cached !== undefined) return cached;
    const finding = this.#underWay.get(key) ?? this.#begin(key, at, query);
    finding.waiting += 1;
    try {
      return await unlessAborted(finding.ids, signal);
    } finally {
      finding.waiting -= 1;
      if (finding.waiting === 0) {
        finding.stop.abort();
        if (this.#underWay.get(key) === finding) this.#underWay.delete(key);
      }
    }
  }

  #begin(key: string, at: number, query: SearchQuery): Finding {
    const stop = new AbortController();
    const finding = { ids: this.#find(at, query, stop.signal), stop, waiting: 0 };
    this.#underWay.set(key, finding);
    // Those who wait hear of a failure; when all of them have left, nobody does.
    finding.ids.then(
      (ids) => this.#results.set(key, ids),
      () => undefined,
    );
    return finding;
  }

  async #find(at: number, query: SearchQuery, signal: AbortSignal): Promise<FoundIds> {
    const found: Match[] = [];
    const candidates = await this.#inTurn(() => this.#index.candidates(query), signal);
    for (const id of candidates) {
      const match = await this.#inTurn(() => this.#match(id, at, query), signal);
      if (match !== undefined) found.push(match);
    }
    found.sort(
      (one, other) =>
        Number(other.isExact) - Number(one.isExact) ||
        compare(one.title, other.title) ||
        compare(one.id, other.id),
    );
    return found.map(({ id }) => id);
  }

  /** Does `work` when those who came before have done theirs, and then lets the server do other things. */
  #inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#mutex.runExclusive("", async () => {
      if (signal?.aborted) throw new SearchAbandonedError();
      await this.#yielder.step();
      return work();
    });
  }

  /** Resolves to undefined where the page did not match, or was not there, not yet or not any more. */
  async #match(id: string, at: number, query: SearchQuery): Promise<Match | undefined> {
    try {
      const { title, body, archived } = await this.#content.getPageAt(id, at);
      if (archived) return undefined;
      const words = pageWords(storableText(title), readableText(body));
      return matches(query, words) ? { id, title, isExact: isExactTitle(query, words.title) } : undefined;
    } catch (error) {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    }
  }

  async #hit(id: string, at: number, query: SearchQuery): Promise<SearchHit> {
    const { slug, title, body } = await this.#content.getPageAt(id, at);
    const text = storableText(readableText(body).slice(0, MAX_SNIPPET_SOURCE_UNITS));
    return { page: { id, slug, title: storableText(title) }, snippet: snippet(text, query) };
  }
}

/** Resolves as `work` does; rejects as soon as nobody waits any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(new SearchAbandonedError());
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    const stay = () => signal.removeEventListener("abort", leave);
    work.then(resolve, reject).finally(stay);
  });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
