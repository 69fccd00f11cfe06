import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { KeyedMutex } from "./keyed-mutex.ts";

describe("KeyedMutex", () => {
  it("runs the tasks of one key in the order of the calls, and those of other keys concurrently", async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const task = (name: string, steps: number) => async () => {
      log.push(`${name} starts`);
      for (let step = 0; step < steps; step += 1) await setImmediate();
      log.push(`${name} ends`);
      return name;
    };
    const results = [
      mutex.runExclusive("a", task("first", 9)),
      mutex.runExclusive("a", task("second", 1)),
      mutex.runExclusive("b", task("other", 3)),
    ];
    expect(await Promise.all(results)).toEqual(["first", "second", "other"]);
    expect(log).toEqual([
      "first starts",
      "other starts",
      "other ends",
      "first ends",
      "second starts",
      "second ends",
    ]);
  });

  it("runs a task of several keys after the earlier tasks of each of them, in any order of the keys", async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const task = (name: string) => async () => {
      await setImmediate();
      log.push(name);
    };
    await Promise.all([
      mutex.runExclusive("a", task("a")),
      mutex.runExclusive(["a", "b"], task("ab")),
      mutex.runExclusive(["b", "a"], task("ba")),
      mutex.runExclusive(["b", "c"], task("bc")),
      mutex.runExclusive("a", task("last a")),
    ]);
    expect(log).toEqual(["a", "ab", "ba", "bc", "last a"]);
    await mutex.idle();
  });

  it("runs the next task after a task that failed", async () => {
    const mutex = new KeyedMutex();
    const failed = mutex.runExclusive("a", async () => {
      throw new Error("no");
    });
    const next = mutex.runExclusive("a", async () => "yes");
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("yes");
    expect(await mutex.runExclusive("a", async () => "again")).toBe("again");
  });

  it("is idle when all tasks have ended, failed ones included", async () => {
    const mutex = new KeyedMutex();
    let ended = 0;
    const task = async () => {
      await setImmediate();
      ended += 1;
      if (ended === 1) throw new Error("no");
    };
    const failed = mutex.runExclusive("a", task).catch(() => undefined);
    void mutex.runExclusive("a", task);
    void mutex.runExclusive("b", task);
    await mutex.idle();
    expect(ended).toBe(3);
    await failed;
    await mutex.idle();
  });
});
