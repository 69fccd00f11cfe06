import { beforeEach, describe, expect, it } from "vitest";
import { RequestAbortedError } from "./errors.ts";
import { SharedResults } from "./shared-results.ts";

interface Text {
  readonly text: string;
}

let results: SharedResults<Text>;
let computed: string[];
let release: () => void;
let signals: AbortSignal[];

beforeEach(() => {
  results = new SharedResults({ maxBytes: 10_000, bytesOf: ({ text }) => text.length });
  [computed, signals] = [[], []];
});

/** Resolves to a text after `release` was called. */
const waiting = (text: string) => async (signal: AbortSignal) => {
  computed.push(text);
  signals.push(signal);
  await new Promise<void>((resolve) => {
    release = resolve;
  });
  return { text };
};
const now = (text: string) => async () => {
  computed.push(text);
  return { text };
};

describe("shared results", () => {
  it("are computed once for concurrent and later callers", async () => {
    const both = [results.get("a", waiting("1")), results.get("a", waiting("2"))];
    release();
    expect(await Promise.all(both)).toEqual([{ text: "1" }, { text: "1" }]);
    expect(await results.get("a", now("3"))).toEqual({ text: "1" });
    expect(computed).toEqual(["1"]);
  });

  it("are evicted beyond the limit, the least recently used first", async () => {
    const text = "x".repeat(4_000);
    await results.get("a", now(text));
    await results.get("b", now(text));
    await results.get("a", now(text));
    await results.get("c", now(text));
    expect(computed).toHaveLength(3);
    await results.get("a", now(text));
    expect(computed).toHaveLength(3);
    await results.get("b", now(text));
    expect(computed).toHaveLength(4);
  });

  it("are returned but not cached if one exceeds the limit", async () => {
    const text = "x".repeat(20_000);
    expect(await results.get("a", now(text))).toEqual({ text });
    await results.get("a", now(text));
    expect(computed).toHaveLength(2);
  });

  it("continue for the callers that still wait", async () => {
    const request = new AbortController();
    const left = results.get("a", waiting("1"), request.signal);
    const other = results.get("a", waiting("2"));
    request.abort();
    await expect(left).rejects.toThrow(RequestAbortedError);
    expect(signals[0]?.aborted).toBe(false);
    release();
    expect(await other).toEqual({ text: "1" });
  });

  it("are cancelled when all callers have left, and computed again for the next", async () => {
    const request = new AbortController();
    const left = results.get("a", waiting("1"), request.signal);
    request.abort();
    await expect(left).rejects.toThrow(RequestAbortedError);
    expect(signals[0]?.aborted).toBe(true);
    expect(await results.get("a", now("2"))).toEqual({ text: "2" });
    await expect(results.get("b", now("3"), AbortSignal.abort())).rejects.toThrow(RequestAbortedError);
  });

  it("do not include failures", async () => {
    const fail = async (): Promise<Text> => {
      throw new Error("no");
    };
    await expect(results.get("a", fail)).rejects.toThrow("no");
    expect(await results.get("a", now("1"))).toEqual({ text: "1" });
  });
});
