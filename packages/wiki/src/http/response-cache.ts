import type { FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { ChangeMonitor, CheckedState } from "../application/change-monitor.ts";
import { ROLES } from "../application/policy.ts";
import { QueryResults } from "../application/query-results.ts";
import { ReadTrace } from "../application/read-trace.ts";
import { type CacheableResponse, CachedResponse, type Variant } from "./cached-response.ts";
import { contentEncodingFor } from "./content-encoding.ts";
import { mayHaveCookie, NOTICE_COOKIE } from "./cookies.ts";
import { matchesEtag } from "./etag.ts";
import type { Requester } from "./person.ts";
import { turnBudget } from "./turn-budget.ts";

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_VARIANT_BYTES = 32 * 1024 * 1024;
/** Longer addresses are not cached. Leaves room for a query of several parameters. */
const MAX_URL_LENGTH = 1_000;
const MAX_BYTES_OF_ONE = 8 * 1024 * 1024;

export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly responses: number;
  readonly bytes: number;
}

/**
 * Keeps responses by address and role, with their compressed variants. A change of the wiki removes the responses that
 * were made from what changed, and no others.
 */
export class ResponseCache {
  readonly monitor: ChangeMonitor;
  readonly #keysByDependency = new Map<string, Set<string>>();
  readonly #responses = new LRUCache<string, CachedResponse>({
    maxSize: MAX_RESPONSE_BYTES,
    maxEntrySize: MAX_BYTES_OF_ONE,
    dispose: ({ trace }, key) => {
      for (const id of trace.dependencies) this.#forget(id, key);
    },
  });
  readonly #variants = new LRUCache<string, Variant>({
    maxSize: MAX_VARIANT_BYTES,
    maxEntrySize: MAX_BYTES_OF_ONE,
  });
  readonly #results: QueryResults;
  #hits = 0;
  #misses = 0;

  constructor(monitor: ChangeMonitor) {
    this.monitor = monitor;
    this.#results = new QueryResults(monitor);
    monitor.listen({
      onChanged: (dependencies) => this.#removeMadeFrom(dependencies),
      onAllChanged: () => this.#responses.clear(),
    });
  }

  get counts(): CacheCounts {
    return {
      hits: this.#hits,
      misses: this.#misses,
      responses: this.#responses.size,
      bytes: this.#responses.calculatedSize + this.#variants.calculatedSize,
    };
  }

  /** Returns whether a response of this address may be cached for the requester, who may be unknown yet. */
  has(url: string, requester: Requester | null | undefined): boolean {
    if (requester !== undefined) return this.#responses.has(keyOf(url, requester));
    return CLASSES.some((one) => this.#responses.has(`${one} ${url}`));
  }

  /**
   * Resolves to the cached response for a request that arrived before the check of `state`. Undefined if there is none
   * or it has changed.
   * @param hasWritten whether the requester may have written something that a list must wait for
   */
  async find(
    url: string,
    requester: Requester | null,
    state: CheckedState,
    hasWritten: boolean,
  ): Promise<CachedResponse | undefined> {
    const key = keyOf(url, requester);
    const cached = this.#responses.get(key);
    if (cached === undefined || (hasWritten && cached.trace.waitsForOwnWrites)) return undefined;
    if (cached.state !== state && !(await this.#hasSameResults(cached, state))) {
      if (this.#responses.peek(key) === cached) this.#responses.delete(key);
      return undefined;
    }
    this.#hits += 1;
    return cached;
  }

  /**
   * Resolves to a trace for the reads of a request; undefined if its response cannot be cached.
   * @param parameters the parameters of the query that the response depends on
   */
  async trace(
    { method, url, query, headers, log }: FastifyRequest,
    parameters: readonly string[] = [],
  ): Promise<ReadTrace | undefined> {
    if ((method !== "GET" && method !== "HEAD") || mayHaveCookie(headers, NOTICE_COOKIE)) return undefined;
    // Otherwise one response would be cached for each value of a parameter that nobody reads.
    const isKnown =
      url.length <= MAX_URL_LENGTH && Object.keys(query as object).every((name) => parameters.includes(name));
    if (!isKnown) return undefined;
    try {
      const state = await this.monitor.check();
      // All requests that waited for this check continue now, and most of them compute a response.
      await turnBudget.wait();
      return new ReadTrace(state, this.#results);
    } catch (error) {
      log.error(error);
      return undefined;
    }
  }

  /** Sends a response with its ETag, or status 304, and caches it. */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    response: CacheableResponse,
  ): Promise<FastifyReply> {
    this.#misses += 1;
    const { trace } = response;
    const cached = new CachedResponse(response, reply.getHeaders(), this.#variants);
    const encoding = contentEncodingFor(request.headers) ?? "identity";
    const variant = await cached.variant(encoding, request.person, trace.state);
    const isCacheable = trace.isComplete && reply.statusCode === 200 && !reply.hasHeader("set-cookie");
    if (isCacheable && !this.monitor.hasChangedSince(trace.state, trace.dependencies)) {
      this.#add(keyOf(request.url, request.person), cached);
    }
    const isUnchanged = matchesEtag(request.headers["if-none-match"], variant.etag);
    const headers = isUnchanged ? variant.headersIfUnchanged : variant.headers;
    for (let index = 0; index < headers.length; index += 2) {
      reply.header(headers[index] as string, headers[index + 1] as string);
    }
    return isUnchanged ? reply.code(304).send() : reply.send(variant.body);
  }

  #add(key: string, cached: CachedResponse): void {
    this.#responses.delete(key);
    this.#responses.set(key, cached, { size: cached.size });
    // A response above the limits is not added.
    if (this.#responses.peek(key) !== cached) return;
    for (const id of cached.trace.dependencies) {
      const keys = this.#keysByDependency.get(id);
      if (keys === undefined) this.#keysByDependency.set(id, new Set([key]));
      else keys.add(key);
    }
  }

  #removeMadeFrom(dependencies: Iterable<string>): void {
    for (const id of dependencies) {
      for (const key of this.#keysByDependency.get(id) ?? []) this.#responses.delete(key);
    }
  }

  #forget(dependency: string, key: string): void {
    const keys = this.#keysByDependency.get(dependency);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByDependency.delete(dependency);
  }

  /** Runs the queries of the sources that have changed. The next request need not run them again. */
  async #hasSameResults(cached: CachedResponse, state: CheckedState): Promise<boolean> {
    const before = cached.state.sources;
    const changed = cached.trace.queries.filter(({ source }) => {
      const value = state.sources.get(source);
      return value === undefined || value !== before.get(source);
    });
    const results = await Promise.all(changed.map((query) => query.hasSameResult()));
    if (!results.every(Boolean)) return false;
    cached.state = state;
    return true;
  }
}

const CLASSES = ["anonymous", ...ROLES] as const;

function keyOf(url: string, requester: Requester | null): string {
  return `${requester?.role ?? "anonymous"} ${url}`;
}
