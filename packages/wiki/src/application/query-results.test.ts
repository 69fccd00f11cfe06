import { describe, expect, it } from "vitest";
import type { CheckedState } from "./change-monitor.ts";
import { QueryResults } from "./query-results.ts";

const SOURCE = "names";

function stateOf(number: number, value: number): CheckedState {
  return { number, position: number, epoch: 0, sources: new Map([[SOURCE, value]]) };
}

describe("kept results of queries", () => {
  it("are used while neither the source nor a dependency has changed", async () => {
    const changed = new Set<string>();
    const results = new QueryResults({
      hasChangedSince: (_state, dependencies) => [...dependencies].some((one) => changed.has(one)),
    });
    let runs = 0;
    const get = async (state: CheckedState, key = "query", dependency = "page") => {
      const query = { source: SOURCE, key, dependencies: [dependency] };
      const { result } = await results.get(query, state, async () => {
        runs += 1;
        return { result: runs, text: String(runs) };
      });
      return result;
    };
    expect(await get(stateOf(1, 1))).toBe(1);
    expect(await get(stateOf(2, 1))).toBe(1);
    expect(await get(stateOf(2, 1), "other query")).toBe(2);
    expect(await get(stateOf(3, 2))).toBe(3);
    changed.add("page");
    expect(await get(stateOf(3, 2))).toBe(4);
    expect(await get(stateOf(3, 2), "query", "other page")).toBe(4);
  });

  it("are not kept while the source is unknown, or for long parameters", async () => {
    const results = new QueryResults({ hasChangedSince: () => false });
    let runs = 0;
    const get = (state: CheckedState, key: string) =>
      results.get({ source: SOURCE, key }, state, async () => ({ result: ++runs, text: "" }));
    const unknown = { ...stateOf(1, 1), sources: new Map() };
    for (const [state, key] of [[unknown, "query"] as const, [stateOf(1, 1), "x".repeat(16_384)] as const]) {
      const before = runs;
      await get(state, key);
      await get(state, key);
      expect(runs).toBe(before + 2);
    }
  });
});
