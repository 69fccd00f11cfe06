import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { dropSchemas, newSchema } from "../../../../test/postgres-schemas.ts";
import { memorySums } from "../../test/memory-sums.ts";
import { InvalidArgumentError, ProgrammingError, RecorderError } from "../errors.ts";
import { eventFamily } from "../events/event-family.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { memoryViewStore } from "../memory/view-store.ts";
import { postgresViewStore } from "../postgres/index.ts";
import { sqliteViewStore } from "../sqlite/index.ts";
import { pay, sampleMapper, sqlSums, sumsProjection } from "../testing/sample-view.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { withMethods } from "../testing/view-contract/view-runners.ts";
import type { AnyProjection } from "./projection.ts";
import { ProjectionRunner, type ProjectionRunnerOptions } from "./projection-runner.ts";
import { ChangeRefusedError } from "./view-errors.ts";
import type { SqlViewStore, Statement } from "./view-store.ts";
import { ViewBehindError } from "./view-waiter.ts";

const WAIT = { timeoutMs: 20_000 };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const SQL_STORES: Record<string, () => Promise<SqlViewStore>> = {
  async SQLite() {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
    closing.push(() => rm(folder, { recursive: true }));
    return sqliteViewStore({ path: join(folder, "views.db") });
  },
  async PostgreSQL() {
    const schema = newSchema();
    closing.push(() => dropSchemas([schema]));
    return postgresViewStore(schema);
  },
};

function runnerOf(options: Partial<ProjectionRunnerOptions<never>>) {
  const runner = new ProjectionRunner({
    recorder: memoryRecorder(),
    mapper: sampleMapper,
    store: memoryViewStore() as never,
    projections: [],
    pollIntervalMs: 10,
    retryDelayMs: 1,
    onError: () => {},
    ...options,
  });
  closing.push(() => runner.stop());
  return runner;
}

describe.each(Object.keys(SQL_STORES))("a projection whose tables cannot be created, on %s", (kind) => {
  it("fails at once with the database's error, and recovers when it is retried", async () => {
    const store = await SQL_STORES[kind]?.();
    if (store === undefined) throw new Error("no store");
    closing.push(() => store.close());
    let sql = "CREATE TABEL";
    const projection: AnyProjection<Statement> = {
      ...sumsProjection(sqlSums, "sums"),
      create: (table) => [{ sql: `${sql} ${table("sums")} (key TEXT PRIMARY KEY, sum BIGINT NOT NULL)` }],
    };
    const well = sumsProjection(sqlSums, "well");
    const recorder = memoryRecorder();
    const errors: unknown[] = [];
    const onError = (error: unknown, name: string) => errors.push([name, (error as Error).name]);
    const runner = runnerOf({
      recorder,
      store: store as never,
      projections: [projection, well] as never,
      onError,
    });
    runner.start();
    const lastId = await pay(recorder, "a", "b");
    const error = await runner.waitFor(["sums"], lastId, WAIT).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ViewBehindError);
    expect(error).toMatchObject({
      message: 'View "sums" is at notification 0, not yet at 2. It has failed; its status has the error.',
      cause: expect.any(ChangeRefusedError),
    });
    await runner.waitFor(["well"], lastId, WAIT);
    expect(await runner.status()).toMatchObject([
      {
        name: "sums",
        state: "failed",
        runner: "none",
        position: 0,
        error: expect.stringMatching(/syntax error/),
      },
      { name: "well", state: "running", runner: "here", error: undefined },
    ]);
    // New events are no reason to try again.
    await runner.waitFor(["well"], await pay(recorder, "a"), WAIT);
    await expect(runner.rebuild("sums")).rejects.toThrow(ChangeRefusedError);
    expect(errors).toEqual([["sums", "ChangeRefusedError"]]);
    sql = "CREATE TABLE";
    await runner.retry("sums");
    await runner.waitFor(["sums"], 3, WAIT);
    expect(await sqlSums.sums(store, "sums")).toEqual({ a: 2, b: 1 });
    expect((await runner.status())[0]).toMatchObject({ state: "running", runner: "here", error: undefined });
  });
});

describe("a projection", () => {
  it("fails if its `create` throws, and rejects waits in progress", async () => {
    const recorder = memoryRecorder();
    let isBroken = true;
    const projection = {
      ...sumsProjection(memorySums, "sums"),
      create: () => {
        if (isBroken) throw new TypeError("tables is not iterable");
        return [];
      },
    };
    // Memory needs no `create`, so this store calls it.
    const inner = memoryViewStore();
    const store = withMethods(inner, {
      async create(view) {
        view.create?.((name) => name);
        return inner.create(view);
      },
    });
    const runner = runnerOf({ recorder, store: store as never, projections: [projection as never] });
    const waiting = runner.waitFor(undefined, await pay(recorder, "a"), WAIT);
    runner.start();
    await expect(waiting).rejects.toThrow("It has failed");
    expect((await runner.status())[0]).toMatchObject({
      state: "failed",
      error: 'A change of the view "sums" is refused: tables is not iterable',
    });
    isBroken = false;
    await runner.retry("sums");
    await runner.waitFor(undefined, 1, WAIT);
  });

  it("is retrying while its database fails, reports that once, and recovers by itself", async () => {
    const recorder = memoryRecorder();
    const inner = memoryViewStore();
    let failures = 0;
    let isDown = true;
    const store = withMethods(inner, {
      async acquireLease(lease, ttlMs) {
        if (!isDown) return inner.acquireLease(lease, ttlMs);
        failures += 1;
        throw new RecorderError("The lease cannot be acquired", new Error("no connection"));
      },
    });
    const errors: unknown[] = [];
    const projections = [sumsProjection(memorySums, "sums") as never];
    const onError = (error: unknown) => errors.push(error);
    const runner = runnerOf({ recorder, store: store as never, projections, onError });
    runner.start();
    const waiting = runner.waitFor(undefined, await pay(recorder, "a"), WAIT);
    await until(() => failures > 3);
    expect((await runner.status())[0]).toMatchObject({
      state: "retrying",
      error: "The lease cannot be acquired: no connection",
    });
    isDown = false;
    await waiting;
    await until(async () => (await runner.status())[0]?.state === "running");
    expect(errors).toHaveLength(1);
  });

  it("stops at an event if `project` returns no array", async () => {
    const recorder = memoryRecorder();
    const projection = { ...sumsProjection(memorySums, "sums"), project: () => undefined };
    const runner = runnerOf({ recorder, projections: [projection as never] });
    runner.start();
    const waiting = runner.waitFor(undefined, await pay(recorder, "a"), WAIT);
    await expect(waiting).rejects.toThrow("It is stopped at notification 1 (Account.Paid)");
    expect((await runner.status())[0]?.error).toBe(
      'project of projection "sums" returned undefined; it must return an array of changes.',
    );
  });
});

describe("a projection runner", () => {
  const valid = sumsProjection(memorySums, "sums");
  const { Other } = eventFamily("Unknown", { Other: { text: z.string() } });

  it.each([
    ["a name with capitals", { name: "MySums" }, InvalidArgumentError, "the name of a view must be"],
    ["no name", { name: undefined }, InvalidArgumentError, "the name of a view must be"],
    ["version 0", { version: 0 }, InvalidArgumentError, 'the version of the view "sums" must be'],
    ["a version that is no number", { version: "1" }, InvalidArgumentError, "a whole number from 1"],
    ["the name of a table", { tables: ["a b"] }, InvalidArgumentError, "the name of a table of a view"],
    ["tables that are no list", { tables: "sums" }, InvalidArgumentError, 'the tables of the view "sums"'],
    ["a table twice", { tables: ["a", "a"] }, InvalidArgumentError, 'the tables of the view "sums"'],
    [
      "no handled events",
      { handles: [] },
      ProgrammingError,
      'handles no events; list their types in "handles"',
    ],
    ["no list of events", { handles: undefined }, ProgrammingError, "handles no events"],
    [
      "an event twice",
      { handles: [...valid.handles, valid.handles[0]] },
      ProgrammingError,
      "Account.Paid twice",
    ],
    ["an unknown event", { handles: [Other] }, ProgrammingError, "handles Unknown.Other, which the mapper"],
    ["no project", { project: undefined }, InvalidArgumentError, 'project of "sums" must be a function'],
  ])("refuses %s", (_, change, error, message) => {
    const create = () => runnerOf({ projections: [{ ...valid, ...change } as never] });
    expect(create).toThrow(error);
    expect(create).toThrow(message);
  });

  it("refuses two projections of one name", () => {
    expect(() => runnerOf({ projections: [valid, valid] as never })).toThrow(
      'Two projections of one runner are named "sums"; give each its own name.',
    );
  });
});
