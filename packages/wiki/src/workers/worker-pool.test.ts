import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { RecorderClosedError } from "@palimpsest/eventsourcing";
import { afterEach, describe, expect, it } from "vitest";
import { RequestAbortedError, ServerBusyError, WorkerEndedError } from "./errors.ts";
import { inlineTasks } from "./task-runner.ts";
import { WorkerPool } from "./worker-pool.ts";

const pools: WorkerPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

type Options = ConstructorParameters<typeof WorkerPool>[0];

function openPool(options: Options = {}): WorkerPool {
  const pool = new WorkerPool({ threads: 1, ...options });
  pools.push(pool);
  return pool;
}

/** Returns a pool whose threads do what the text of a task says. */
function openFixturePool(options: Options = {}) {
  const pool = openPool({ program: new URL("program.fixture.mjs", import.meta.url), ...options });
  return {
    pool,
    act: (action: string, signal?: AbortSignal): Promise<unknown> =>
      pool.run("bodyChange", { body: "", text: `${action} ${" ".repeat(20_000)}` }, signal),
  };
}

function randomText(words: number): string {
  return Array.from({ length: words }, () => {
    const word = Math.random()
      .toString(36)
      .slice(2, 4 + Math.floor(Math.random() * 6));
    return Math.random() < 0.1 ? `${word}\n` : `${word}${Math.random() < 0.05 ? " 𝄞é" : ""} `;
  }).join("");
}

function edited(text: string): string {
  return text.replace(/\S+/g, (word) => (Math.random() < 0.05 ? randomText(2) : word));
}

describe("a worker pool", () => {
  it("computes short tasks without a thread", async () => {
    const pool = openPool();
    expect((await pool.run("bodyChange", { body: "a", text: "b" })).text).toBe("b");
    const [body, text] = [`${"a ".repeat(20_000)}x`, `${"a ".repeat(20_000)}y`];
    expect((await pool.run("bodyChange", { body, text })).diff.hunks).toHaveLength(1);
    expect(pool.threadCount).toBe(0);
  });

  it("returns from threads what the calling thread computes", async () => {
    const pool = openPool({ threads: 2 });
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const base = randomText(3_000);
        const [theirs, yours] = [edited(base), edited(base)];
        for (const [body, text] of [
          [base, theirs],
          [theirs, randomText(1_500)],
        ] as const) {
          expect(await pool.run("bodyChange", { body, text })).toEqual(
            await inlineTasks.run("bodyChange", { body, text }),
          );
        }
        const sides = { base, theirs, yours };
        expect(await pool.run("mergeTexts", sides)).toEqual(await inlineTasks.run("mergeTexts", sides));
      }),
    );
    expect(pool.threadCount).toBe(2);
  });

  it("cancels the running task of an aborted request, and computes the next", async () => {
    const { act } = openFixturePool();
    const request = new AbortController();
    const aborted = act("loop", request.signal);
    const next = act("answer next");
    request.abort();
    await expect(aborted).rejects.toThrow(RequestAbortedError);
    expect(await next).toBe("next");
  });

  it("cancels a waiting task of an aborted request", async () => {
    const { act } = openFixturePool();
    const [first, second] = [new AbortController(), new AbortController()];
    const running = act("loop", first.signal);
    const waiting = act("loop", second.signal);
    second.abort();
    await expect(waiting).rejects.toThrow(RequestAbortedError);
    first.abort();
    await expect(running).rejects.toThrow(RequestAbortedError);
    expect(await act("answer done")).toBe("done");
  });

  it("does not start the task of a request that was aborted before", async () => {
    const { pool, act } = openFixturePool();
    await expect(act("loop", AbortSignal.abort())).rejects.toThrow(RequestAbortedError);
    expect(pool.threadCount).toBe(0);
  });

  it("ends a task that exceeds the time limit", async () => {
    const { act } = openFixturePool({ taskTimeoutMs: 50 });
    await expect(act("loop")).rejects.toThrow("The task bodyChange did not end within 50 ms.");
  });

  it("rejects the task whose thread ends, and starts another thread", async () => {
    const { act } = openFixturePool();
    await expect(act("exit")).rejects.toThrow(WorkerEndedError);
    expect(await act("answer again")).toBe("again");
  });

  it("rejects the task whose thread runs out of memory", async () => {
    const { act } = openFixturePool({ heapMegabytes: 32 });
    await expect(act("fill")).rejects.toMatchObject({ cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } });
  });

  it("refuses tasks while too many wait", async () => {
    const { act } = openFixturePool({ maxWaiting: 2 });
    const request = new AbortController();
    const running = act("loop", request.signal);
    const waiting = [act("answer 1"), act("answer 2")];
    await expect(act("answer 3")).rejects.toMatchObject({ code: "server-busy", retryAfterSeconds: 5 });
    await expect(act("answer 3")).rejects.toThrow(ServerBusyError);
    request.abort();
    await expect(running).rejects.toThrow(RequestAbortedError);
    expect(await Promise.all(waiting)).toEqual(["1", "2"]);
    expect(await act("answer 3")).toBe("3");
  });

  it("ends threads that are idle", async () => {
    const { pool, act } = openFixturePool({ idleTimeoutMs: 1 });
    expect(await act("answer a")).toBe("a");
    await expect.poll(() => pool.threadCount).toBe(0);
    expect(await act("answer b")).toBe("b");
  });

  it("cancels all tasks when it is closed", async () => {
    const { pool, act } = openFixturePool();
    const tasks = [act("loop"), act("answer never")];
    const results = Promise.allSettled(tasks);
    await pool.close();
    const errors = (await results).map((result) => result.status === "rejected" && result.reason);
    expect(errors).toEqual([expect.any(RecorderClosedError), expect.any(RecorderClosedError)]);
    await expect(act("answer never")).rejects.toThrow(RecorderClosedError);
    expect(pool.threadCount).toBe(0);
  });

  it("rejects an input that threads cannot exchange, and keeps the thread", async () => {
    const { pool, act } = openFixturePool();
    const input = { body: "", text: " ".repeat(20_000), method: () => undefined };
    await expect(pool.run("bodyChange", input)).rejects.toThrow(DOMException);
    expect(await act("answer still")).toBe("still");
    expect(pool.threadCount).toBe(1);
  });

  it("does not keep the process alive", async () => {
    const built = new URL("../../dist/workers/worker-pool.js", import.meta.url);
    const program = `
      const { WorkerPool } = await import(${JSON.stringify(built.href)});
      const { diff } = await new WorkerPool().run("bodyChange", { body: "", text: "a".repeat(20_000) });
      console.log(diff.hunks.length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
    expect(stdout).toBe("1\n");
  });
});
