import { Slug } from "../domain/slug.ts";
import { SITE } from "../projections/site.ts";
import { type CheckedState, RECORD, SITE_NAMES } from "./change-monitor.ts";
import type { SlugResolution } from "./pages.ts";
import type { Names } from "./people.ts";
import type { KeptQuery, QueryResult, QueryResults } from "./query-results.ts";
import { linksTo } from "./site-changes.ts";
import { slugHolders } from "./slug-claims.ts";
import type { WikiReader } from "./wiki-reading.ts";

/** The source of names in `CheckedState`. */
export const PEOPLE = "people";

/** A query of a source outside the record, and its result. */
export interface TracedQuery {
  /** A source in `CheckedState`. */
  readonly source: string;
  /** Resolves to whether the query still has the same result. */
  hasSameResult(): Promise<boolean>;
}

/** Records what is read to make a response, so that a cache can determine whether the response would be the same now. */
export class ReadTrace {
  /** The state before the first read. */
  readonly state: CheckedState;
  /** The ids of the aggregates and logs that were read, and `linksTo` of pages. */
  readonly dependencies = new Set<string>();
  readonly queries: TracedQuery[] = [];
  /** Whether the response waits for the last write of the requester. */
  waitsForOwnWrites = false;
  readonly #results: QueryResults | undefined;
  #isComplete = true;

  constructor(state: CheckedState, results?: QueryResults) {
    this.state = state;
    this.#results = results;
  }

  /** False after a query failed: the response lacks its result. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Adds ids of aggregates or logs, or `linksTo` of pages. */
  add(...dependencies: readonly string[]): void {
    for (const id of dependencies) this.dependencies.add(id);
  }

  /** Adds all events: any new one may change the response. */
  addRecord(): void {
    this.queries.push({ source: RECORD, hasSameResult: async () => false });
  }

  /** Runs a query. Its result must be a value that JSON represents, except that it can contain sets and maps. */
  query<Result>(source: string, run: () => Promise<Result>): Promise<Result> {
    const runWithText = withText(run);
    return this.#query(source, runWithText, runWithText());
  }

  /** Does the same as `query`, but uses a kept result if it is still right. */
  keptQuery<Result>(query: KeptQuery, run: () => Promise<Result>): Promise<Result> {
    const runWithText = withText(run);
    const found = this.#results?.get(query, this.state, runWithText) ?? runWithText();
    return this.#query(query.source, runWithText, found);
  }

  async #query<Result>(
    source: string,
    run: () => Promise<QueryResult<Result>>,
    found: Promise<QueryResult<Result>>,
  ): Promise<Result> {
    try {
      const { result, text } = await found;
      this.queries.push({ source, hasSameResult: async () => (await run()).text === text });
      return result;
    } catch (error) {
      this.#isComplete = false;
      throw error;
    }
  }
}

function withText<Result>(run: () => Promise<Result>): () => Promise<QueryResult<Result>> {
  return async () => {
    const result = await run();
    return { result, text: textOf(result) };
  };
}

function textOf(result: unknown): string {
  return JSON.stringify(result, (_key, value: unknown) =>
    value instanceof Set || value instanceof Map ? [...value] : value,
  );
}

/** Returns a reader that does the same as `wiki`, which reads the current wiki, and adds to `trace` what it reads. */
export function tracedReader(wiki: WikiReader, trace: ReadTrace): WikiReader {
  const page: WikiReader["page"] = (pageId) => {
    trace.add(pageId);
    return wiki.page(pageId);
  };
  const resolveSlug = async (slug: string): Promise<SlugResolution> => {
    trace.add(Slug.createId(slug));
    return wiki.resolveSlug(slug);
  };
  return {
    ...wiki,
    page,
    async resolveSlug(slug) {
      const found = await resolveSlug(slug);
      if (found.kind !== "nothing") trace.add(found.page.id);
      return found;
    },
    pages(range) {
      trace.addRecord();
      return wiki.pages(range);
    },
    wantedPages: (range) => trace.query(SITE, () => wiki.wantedPages(range)),
    orphans: (range) => trace.query(SITE, () => wiki.orphans(range)),
    backlinks(pageId, range) {
      trace.add(linksTo(pageId));
      return trace.keptQuery(
        {
          source: SITE_NAMES,
          key: `backlinks ${pageId} ${JSON.stringify(range)}`,
          dependencies: [linksTo(pageId)],
        },
        () => wiki.backlinks(pageId, range),
      );
    },
    // Kept results are as old as the check, although the view may have processed more events now.
    sitePosition: async () => trace.state.sitePosition ?? wiki.sitePosition(),
    async slugsChangedAfter(position, slugs) {
      for (const slug of slugs) trace.dependencies.add(Slug.createId(slug));
      return position === trace.state.position ? [] : wiki.slugsChangedAfter(position, slugs);
    },
    slugHolders: (slugs) =>
      trace.keptQuery({ source: SITE_NAMES, key: `slugs ${slugs.join("\n")}` }, () =>
        wiki.slugHolders(slugs),
      ),
    slugHoldersInRecord: (slugs) =>
      slugHolders(slugs, async (slug) => {
        const found = await resolveSlug(slug);
        // The events of a slug name its page. Only the events of a former page say whether that page is archived.
        if (found.kind === "moved" || found.kind === "archived") trace.add(found.page.id);
        return found;
      }),
    titleHolders: (keys) =>
      trace.keptQuery({ source: SITE_NAMES, key: `titles ${keys.join("\n")}` }, () =>
        wiki.titleHolders(keys),
      ),
    pagesTitled: (key, range) => trace.query(SITE_NAMES, () => wiki.pagesTitled(key, range)),
  };
}

/** Runs a query, and adds it to the trace if there is one. */
export function traced<Result>(
  trace: ReadTrace | undefined,
  source: string,
  run: () => Promise<Result>,
): Promise<Result> {
  return trace === undefined ? run() : trace.query(source, run);
}

/** Like `traced`, for a query of the names of people or of the wiki. */
export function tracedNames<Result extends Names | string>(
  trace: ReadTrace | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  return traced(trace, PEOPLE, run);
}
