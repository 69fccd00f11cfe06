import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { dropSchemas, newSchema } from "../../../../test/postgres-schemas.ts";
import { memorySums } from "../../test/memory-sums.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { memoryViewStore } from "../memory/view-store.ts";
import { postgresViewStore } from "../postgres/index.ts";
import { sqliteViewStore } from "../sqlite/index.ts";
import { pay, type SumsBackend, sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { gate, runnerOf, WAIT, withMethods } from "../testing/view-contract/view-runners.ts";
import { StopTimeoutError } from "./runner-lifetime.ts";
import type { ViewStore } from "./view-store.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const STORES: Record<string, { open: () => Promise<ViewStore<never>>; sums: SumsBackend<never> }> = {
  memory: { open: async () => memoryViewStore() as never, sums: memorySums as never },
  SQLite: {
    async open() {
      const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
      closing.push(() => rm(folder, { recursive: true }));
      return (await sqliteViewStore({ path: join(folder, "views.db") })) as never;
    },
    sums: sqlSums as never,
  },
  PostgreSQL: {
    async open() {
      const schema = newSchema();
      closing.push(() => dropSchemas([schema]));
      return (await postgresViewStore(schema)) as never;
    },
    sums: sqlSums as never,
  },
};

/** Returns the projection of sums, and one that hangs when it is first called, until `end`. */
function hangingProjection(sums: SumsBackend<never>) {
  const projection = sumsProjection(sums, "sums");
  const { open: end, opened } = gate();
  let calls = 0;
  const hanging: typeof projection = {
    ...projection,
    async project(events, table) {
      calls += 1;
      await opened;
      return projection.project(events, table);
    },
  };
  return { projection, hanging, hasBegun: () => calls === 1, end };
}

describe.each(Object.entries(STORES))("a projection that hangs, on %s", (_, { open, sums }) => {
  it("is abandoned by stop, and another runner takes over", async () => {
    const store = await open();
    closing.push(() => store.close());
    const recorder = memoryRecorder();
    const { projection, hanging, hasBegun, end } = hangingProjection(sums);
    const errors: unknown[] = [];
    const onError = (error: unknown, name: string) => errors.push([name, error]);
    const first = runnerOf(recorder, store, [hanging], { onError, stopTimeoutMs: 20 });
    const second = runnerOf(recorder, store, [projection]);
    closing.push(() => second.stop());
    first.start();
    const lastId = await pay(recorder, "a", "b");
    await until(hasBegun);
    await first.stop();
    expect(errors).toEqual([["sums", expect.any(StopTimeoutError)]]);
    expect(String(errors)).toContain('The projection "sums" has not stopped within 20 ms');
    second.start();
    await second.waitFor(undefined, lastId, WAIT);
    end();
    await pause(50);
    expect(await sums.sums(store, "sums")).toEqual({ a: 1, b: 1 });
    expect(errors).toHaveLength(1);
  });

  it("stores nothing when it returns after stop", async () => {
    const store = await open();
    closing.push(() => store.close());
    const recorder = memoryRecorder();
    const { hanging, hasBegun, end } = hangingProjection(sums);
    const runner = runnerOf(recorder, store, [hanging], { stopTimeoutMs: 20 });
    runner.start();
    await pay(recorder, "a");
    await until(hasBegun);
    await runner.stop();
    end();
    await pause(50);
    expect(await runner.status()).toMatchObject([{ position: 0, runner: "none", lag: 1 }]);
  });
});

describe("a projection runner whose database hangs", () => {
  it("stops within its time limit", async () => {
    const inner = memoryViewStore();
    let calls = 0;
    const store = withMethods(inner, {
      acquireLease() {
        calls += 1;
        return new Promise(() => {});
      },
    });
    const errors: unknown[] = [];
    const runner = runnerOf(memoryRecorder(), store, [sumsProjection(memorySums, "sums")], {
      onError: (error) => errors.push(error),
      stopTimeoutMs: 20,
    });
    runner.start();
    await until(() => calls === 1);
    await runner.stop();
    expect(errors).toEqual([expect.any(StopTimeoutError)]);
    await runner.stop();
    expect(errors).toHaveLength(1);
  });
});
