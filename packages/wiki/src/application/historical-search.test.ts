import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { asUser } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM } from "../domain/user.ts";
import { RequestAbortedError } from "../workers/errors.ts";
import { inlineTasks, type TaskRunner } from "../workers/task-runner.ts";
import { ContentManagement } from "./content-management.ts";
import { SearchBusyError } from "./errors.ts";
import { HistoricalSearch } from "./historical-search.ts";
import { HISTORICAL_SEARCH_LIMITS } from "./limits.ts";

const PAGES = 60;
let content: ContentManagement;
const ids: string[] = [];
let at: number;

beforeAll(async () => {
  content = new ContentManagement({ recorder: memoryRecorder() });
  await asUser(SYSTEM, async () => {
    for (let n = 10; n < 10 + PAGES; n++) {
      ids.push((await content.addPage({ title: `Page ${n}`, body: `A common word, and word${n}.` })).page.id);
    }
  });
  at = await content.position();
});
afterAll(() => content.close());

/** Returns a search of these pages, and the ids that it loads, in order. */
const searching = (candidates: (words: readonly string[]) => readonly string[] = () => ids) => {
  const loadedIds: string[] = [];
  const counted: Pick<ContentManagement, "getPageAt"> = {
    getPageAt(id, position) {
      loadedIds.push(id);
      return content.getPageAt(id, position);
    },
  };
  const search = new HistoricalSearch(counted, {
    candidates: async ({ any }) => candidates(any.flatMap(({ all }) => all.flatMap(({ words }) => words))),
  });
  return { search, loadedIds };
};
const titles = ({ hits }: Awaited<ReturnType<HistoricalSearch["search"]>>) =>
  hits.map(({ page }) => page.title);

describe("a search of an earlier date", () => {
  it("matches pages and cuts snippets as tasks of workers", async () => {
    const tasks: string[] = [];
    const workers: TaskRunner = {
      run(name, input, signal) {
        tasks.push(name);
        return inlineTasks.run(name, input, signal);
      },
    };
    const search = new HistoricalSearch(content, { candidates: async () => ids.slice(0, 2) }, workers);
    expect((await search.search(at, "common", { limit: 1 })).total).toBe(2);
    expect(tasks).toEqual(["matchPage", "matchPage", "pageSnippet"]);
  });

  it("caches the result for further parts and for equivalent queries", async () => {
    const { search, loadedIds } = searching();
    const first = await search.search(at, "common", { limit: 5 });
    expect([first.total, titles(first)[0], loadedIds.length]).toEqual([PAGES, "Page 10", PAGES + 5]);
    const next = await search.search(at, " COMMON ", { limit: 5, offset: 5 });
    expect([next.total, titles(next)[0], loadedIds.length]).toEqual([PAGES, "Page 15", PAGES + 10]);
    await search.search(at - 1, "common", { limit: 0 });
    expect(loadedIds.length).toBe(2 * PAGES + 10);
  });

  it("is shared by concurrent requests for the same query", async () => {
    const { search, loadedIds } = searching();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => search.search(at, "common", { limit: 0 }, { client: `${n}` })),
    );
    expect(all.map(({ total }) => total)).toEqual(Array(8).fill(PAGES));
    expect(loadedIds.length).toBe(PAGES);
  });

  it("stops within a page once no request waits for it", async () => {
    const { search, loadedIds } = searching();
    const gone = new AbortController();
    const abandoned = search.search(at, "common", {}, { signal: gone.signal });
    while (loadedIds.length < 3) await setImmediate();
    gone.abort();
    await expect(abandoned).rejects.toThrow(RequestAbortedError);
    const seen = loadedIds.length;
    await pause(20);
    expect(loadedIds.length).toBeLessThanOrEqual(seen + 1);
    // A stopped search leaves nothing in the cache.
    expect((await search.search(at, "common", { limit: 0 })).total).toBe(PAGES);
  });

  it("continues for the requests that still wait", async () => {
    const { search, loadedIds } = searching();
    const gone = new AbortController();
    const abandoned = search.search(at, "common", {}, { signal: gone.signal });
    const other = search.search(at, "common", { limit: 0 });
    while (loadedIds.length < 3) await setImmediate();
    gone.abort();
    await expect(abandoned).rejects.toThrow(RequestAbortedError);
    expect((await other).total).toBe(PAGES);
    expect(loadedIds.length).toBe(PAGES);
  });

  it("does not start for a request that was aborted", async () => {
    const { search, loadedIds } = searching();
    await expect(search.search(at, "common", {}, { signal: AbortSignal.abort() })).rejects.toThrow(
      RequestAbortedError,
    );
    await pause(20);
    expect(loadedIds).toEqual([]);
  });

  it("does not wait for the end of longer searches", async () => {
    const { search } = searching((words) => (words.includes("word12") ? ids.slice(2, 3) : ids));
    const ended: string[] = [];
    const all = ["common", "word", "page", "a", "word12"].map(async (query) => {
      const { total } = await search.search(at, query, { limit: 1 }, { client: query });
      ended.push(query);
      return total;
    });
    expect((await Promise.all(all)).at(-1)).toBe(1);
    expect(ended[0]).toBe("word12");
  });

  it("is refused while too many requests are running", async () => {
    const { search } = searching();
    const gone = new AbortController();
    const all = Array.from({ length: HISTORICAL_SEARCH_LIMITS.accepted }, (_, n) =>
      search.search(
        at,
        `common OR x${n}`,
        { limit: 0 },
        { client: `${n}`, ...(n === 0 && { signal: gone.signal }) },
      ),
    );
    await expect(search.search(at, "common")).rejects.toThrow(SearchBusyError);
    // A query without words is not limited.
    expect((await search.search(at, "?")).total).toBe(0);
    gone.abort();
    await expect(all[0]).rejects.toThrow(RequestAbortedError);
    expect((await search.search(at, "common", { limit: 0 })).total).toBe(PAGES);
    await Promise.all(all.slice(1));
    expect((await search.search(at, "word", { limit: 0 })).total).toBe(PAGES);
  });

  it("is refused to a client with too many requests, and to no other client", async () => {
    const { search } = searching();
    const ofOne = (n: number, signal?: AbortSignal) =>
      search.search(at, `common OR x${n}`, { limit: 0 }, { client: "one", ...(signal && { signal }) });
    const gone = new AbortController();
    const left = ofOne(0, gone.signal);
    const all = Array.from({ length: HISTORICAL_SEARCH_LIMITS.acceptedPerClient - 1 }, (_, n) =>
      ofOne(n + 1),
    );
    await expect(ofOne(5)).rejects.toMatchObject({
      code: "search-busy",
      message: expect.stringMatching(/ 4 searches /),
    });
    const other = search.search(at, "common", { limit: 0 }, { client: "two" });
    gone.abort();
    await expect(left).rejects.toThrow(RequestAbortedError);
    const next = ofOne(5);
    expect((await Promise.all([other, next])).map(({ total }) => total)).toEqual([PAGES, PAGES]);
    await Promise.all(all);
    await Promise.all(Array.from({ length: HISTORICAL_SEARCH_LIMITS.acceptedPerClient }, (_, n) => ofOne(n)));
  });

  it("that failed rejects all its requests, and is started again by the next", async () => {
    const { search } = searching();
    const failing = new HistoricalSearch(content, {
      candidates: async () => {
        throw new Error("no index");
      },
    });
    const all = await Promise.allSettled([failing.search(at, "a"), failing.search(at, "a")]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(failing.search(at, "a")).rejects.toThrow("no index");
    expect((await search.search(at, "a")).total).toBe(PAGES);
  });
});
