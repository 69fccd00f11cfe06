import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchLimits, GroupCommit } from "./group-commit.ts";

const limits: BatchLimits<string> = { maxSaves: 100, maxBytes: 1000, bytesOf: (save) => save.length };

/** A group commit whose batches end when the test ends them. */
function heldCommits(batchLimits = limits) {
  const batches: {
    readonly saves: readonly string[];
    readonly end: (outcomes?: PromiseSettledResult<string>[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const group = new GroupCommit<string, string>(
    (saves) =>
      new Promise((resolve, reject) => {
        const end = (outcomes = saves.map((save) => fulfilled(`${save} stored`))) => resolve(outcomes);
        batches.push({ saves, end, fail: reject });
      }),
    batchLimits,
  );
  return { group, batches, savesOf: () => batches.map(({ saves }) => saves) };
}

function fulfilled(value: string): PromiseSettledResult<string> {
  return { status: "fulfilled", value };
}

describe("R12 group commit", () => {
  it("commits a save at once if none is being committed, before timers and I/O", async () => {
    const { group, savesOf } = heldCommits();
    void group.submit("a");
    await new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
    expect(savesOf()).toEqual([["a"]]);
  });

  it("commits concurrent saves together, and then those submitted during that commit", async () => {
    const { group, batches, savesOf } = heldCommits();
    const first = [group.submit("a"), group.submit("b")];
    await setImmediate();
    const second = [group.submit("c"), group.submit("d")];
    await setImmediate();
    expect(savesOf()).toEqual([["a", "b"]]);
    batches[0]?.end();
    expect(await Promise.all(first)).toEqual(["a stored", "b stored"]);
    await setImmediate();
    expect(savesOf()).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    batches[1]?.end();
    expect(await Promise.all(second)).toEqual(["c stored", "d stored"]);
  });

  it("lets each save succeed or fail alone", async () => {
    const { group, batches } = heldCommits();
    const saves = ["a", "b", "c"].map((save) => group.submit(save));
    await setImmediate();
    const refused = new Error("refused");
    batches[0]?.end([fulfilled("1"), { status: "rejected", reason: refused }, fulfilled("3")]);
    expect(await Promise.allSettled(saves)).toEqual([
      fulfilled("1"),
      { status: "rejected", reason: refused },
      fulfilled("3"),
    ]);
  });

  it("rejects every save of a batch whose commit rejects, and commits the next batch", async () => {
    const { group, batches } = heldCommits();
    const saves = ["a", "b"].map((save) => group.submit(save));
    await setImmediate();
    const later = group.submit("c");
    batches[0]?.fail(new Error("disk full"));
    const outcomes = await Promise.allSettled(saves);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await setImmediate();
    batches[1]?.end();
    expect(await later).toBe("c stored");
  });

  it("limits a batch by saves and bytes, and commits a larger save alone", async () => {
    const { group, batches, savesOf } = heldCommits({ ...limits, maxSaves: 2, maxBytes: 5 });
    const saves = ["a", "b", "c", "1234", "too large", "d"].map((save) => group.submit(save));
    for (let index = 0; index < 4; index++) {
      await setImmediate();
      batches[index]?.end();
    }
    await Promise.all(saves);
    expect(savesOf()).toEqual([["a", "b"], ["c", "1234"], ["too large"], ["d"]]);
  });

  it("passes further batches on before the first is committed, up to `maxBatches`", async () => {
    const { group, batches, savesOf } = heldCommits({ ...limits, maxBatches: 2, fullAt: 2 });
    const saves = ["a", "b", "c"].map((save) => group.submit(save));
    expect(savesOf()).toEqual([["a", "b"]]);
    await setImmediate();
    const later = ["d", "e"].map((save) => group.submit(save));
    await setImmediate();
    expect(savesOf()).toEqual([["a", "b"], ["c"]]);
    batches[1]?.end();
    expect(await saves[2]).toBe("c stored");
    await setImmediate();
    expect(savesOf()).toEqual([["a", "b"], ["c"], ["d", "e"]]);
    const draining = group.drain();
    for (const { end } of batches) end();
    await Promise.all([...saves, ...later, draining]);
  });

  it("drains when every save has succeeded or failed", async () => {
    const { group, batches } = heldCommits();
    await group.drain();
    let drained = false;
    const save = group.submit("a");
    const draining = group.drain().then(() => {
      drained = true;
    });
    await setImmediate();
    expect(drained).toBe(false);
    batches[0]?.fail(new Error("disk full"));
    await expect(save).rejects.toThrow("disk full");
    await draining;
  });

  it("commits in the order of calls, one batch at a time", async () => {
    const bursts = fc.array(fc.nat(5), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(bursts, fc.integer({ min: 1, max: 4 }), async (plan, maxSaves) => {
        const stored: string[] = [];
        let inFlight = 0;
        const group = new GroupCommit<string, string>(
          async (saves) => {
            expect(++inFlight).toBe(1);
            expect(saves.length).toBeLessThanOrEqual(maxSaves);
            await setImmediate();
            stored.push(...saves);
            inFlight -= 1;
            return saves.map(fulfilled);
          },
          { ...limits, maxSaves },
        );
        const calls: string[] = [];
        for (const count of plan) {
          for (let index = 0; index < count; index++) {
            calls.push(String(calls.length));
            void group.submit(String(calls.length - 1));
          }
          await setImmediate();
        }
        await group.drain();
        expect(stored).toEqual(calls);
      }),
      { numRuns: 50 },
    );
  });
});
