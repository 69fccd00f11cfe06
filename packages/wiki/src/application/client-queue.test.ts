import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestAbortedError } from "../workers/errors.ts";
import { ClientQueue, type ClientQueueLimits } from "./client-queue.ts";
import { SearchBusyError } from "./errors.ts";

const LIMITS: ClientQueueLimits = { running: 3, runningPerClient: 2, accepted: 8, acceptedPerClient: 4 };

/** Runs tasks that end when the test ends them, and records which are running. */
function queueOf(limits = LIMITS) {
  const queue = new ClientQueue(limits, SearchBusyError);
  const running = new Map<string, (error?: Error) => void>();
  const run = (client: string, name: string, signal?: AbortSignal) =>
    queue.run(
      { client, ...(signal && { signal }) },
      () =>
        new Promise<string>((resolve, reject) => {
          running.set(name, (error) => {
            running.delete(name);
            if (error === undefined) resolve(name);
            else reject(error);
          });
        }),
    );
  const names = async () => {
    await setImmediate();
    return [...running.keys()];
  };
  const end = (name: string, error?: Error) => running.get(name)?.(error);
  return { run, names, end };
}

describe("a queue of clients", () => {
  it("runs tasks in order, up to the limits of each client and of all clients", async () => {
    const { run, names, end } = queueOf();
    const all = [run("a", "a1"), run("a", "a2"), run("a", "a3"), run("b", "b1"), run("c", "c1")];
    expect(await names()).toEqual(["a1", "a2", "b1"]);
    end("b1");
    expect(await names()).toEqual(["a1", "a2", "c1"]);
    end("a2");
    expect(await names()).toEqual(["a1", "c1", "a3"]);
    for (const name of await names()) end(name);
    expect(await Promise.all(all)).toEqual(["a1", "a2", "a3", "b1", "c1"]);
  });

  it("refuses tasks beyond its limits, of a client and of all", async () => {
    const { run, names, end } = queueOf();
    const ofClient = (client: string) => ["1", "2", "3", "4"].map((task) => run(client, client + task));
    const all = ofClient("a");
    await expect(run("a", "a5")).rejects.toThrow(/^You already have 4 searches/);
    all.push(...ofClient("b"));
    await expect(run("c", "c1")).rejects.toThrow(/^8 searches/);
    for (let left = await names(); left.length > 0; left = await names()) {
      for (const name of left) end(name);
    }
    expect(await Promise.all(all)).toHaveLength(8);
    const again = run("c", "c1");
    end((await names())[0] ?? "");
    expect(await again).toBe("c1");
  });

  it("continues after a task that fails", async () => {
    const { run, names, end } = queueOf({ ...LIMITS, running: 1 });
    const failing = run("a", "a1");
    const next = run("a", "a2");
    await names();
    end("a1", new Error("broken"));
    await expect(failing).rejects.toThrow("broken");
    expect(await names()).toEqual(["a2"]);
    end("a2");
    expect(await next).toBe("a2");
  });

  it("drops a waiting task whose client has left, and frees its place", async () => {
    const { run, names, end } = queueOf({ ...LIMITS, running: 1, acceptedPerClient: 2 });
    const first = run("a", "a1");
    const gone = new AbortController();
    const left = run("a", "a2", gone.signal);
    gone.abort();
    await expect(left).rejects.toThrow(RequestAbortedError);
    const third = run("a", "a3");
    await names();
    end("a1");
    expect(await first).toBe("a1");
    expect(await names()).toEqual(["a3"]);
    end("a3");
    expect(await third).toBe("a3");
    await expect(run("a", "a4", AbortSignal.abort())).rejects.toThrow(RequestAbortedError);
  });

  it("keeps its limits and runs every accepted task, whatever clients do", async () => {
    const task = fc.record({ client: fc.constantFrom("a", "b", "c"), leaves: fc.boolean(), ends: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 40 }), async (tasks) => {
        const { run, names, end } = queueOf();
        const clientOf = (name: string) => name.slice(0, 1);
        const expectLimits = async () => {
          const running = await names();
          expect(running.length).toBeLessThanOrEqual(LIMITS.running);
          for (const client of ["a", "b", "c"]) {
            const own = running.filter((name) => clientOf(name) === client);
            expect(own.length).toBeLessThanOrEqual(LIMITS.runningPerClient);
          }
          return running;
        };
        const all: Promise<unknown>[] = [];
        for (const [index, { client, leaves, ends }] of tasks.entries()) {
          const gone = new AbortController();
          all.push(
            run(client, client + index, gone.signal).catch((error) => {
              if (error instanceof SearchBusyError || error instanceof RequestAbortedError) return;
              throw error;
            }),
          );
          for (const name of (await expectLimits()).slice(0, ends)) end(name);
          if (leaves) gone.abort();
        }
        for (let left = await expectLimits(); left.length > 0; left = await expectLimits()) {
          for (const name of left) end(name);
        }
        await Promise.all(all);
      }),
      { numRuns: 50 },
    );
  });
});
