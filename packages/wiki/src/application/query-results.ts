import { LRUCache } from "lru-cache";
import type { ChangeMonitor, CheckedState } from "./change-monitor.ts";

/** A query whose result is kept until its source or a dependency has changed. */
export interface KeptQuery {
  /** A source in `CheckedState`. */
  readonly source: string;
  /** Names the query and its parameters. */
  readonly key: string;
  /** As in `ReadTrace.dependencies`. */
  readonly dependencies?: readonly string[];
}

/** A result, which must not be changed, and its JSON. */
export interface QueryResult<Result> {
  readonly result: Result;
  readonly text: string;
}

type KeptResult = QueryResult<unknown> & { readonly state: CheckedState };

const MAX_BYTES = 8 * 1024 * 1024;
/** The memory of a result, for each character of its JSON. */
const BYTES_PER_UNIT = 4;
const BASE_BYTES = 300;
/** V8 hashes longer strings by their length alone. */
const MAX_KEY_UNITS = 16_383;

/** Keeps results of queries, so that a page that was edited is shown again without them. */
export class QueryResults {
  readonly #monitor: Pick<ChangeMonitor, "hasChangedSince">;
  readonly #results = new LRUCache<string, KeptResult>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ text }, key) => BASE_BYTES + 2 * key.length + BYTES_PER_UNIT * text.length,
  });

  constructor(monitor: Pick<ChangeMonitor, "hasChangedSince">) {
    this.#monitor = monitor;
  }

  /** Resolves to the result for a request that arrived before the check of `state`. */
  async get<Result>(
    { source, key, dependencies = [] }: KeptQuery,
    state: CheckedState,
    run: () => Promise<QueryResult<Result>>,
  ): Promise<QueryResult<Result>> {
    const value = state.sources.get(source);
    if (value === undefined || key.length > MAX_KEY_UNITS) return run();
    const kept = this.#results.get(key);
    const isCurrent =
      kept?.state.sources.get(source) === value && !this.#monitor.hasChangedSince(kept.state, dependencies);
    if (kept !== undefined && isCurrent) return kept as QueryResult<Result>;
    const found = await run();
    this.#results.set(key, { ...found, state });
    return found;
  }
}
