import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser, type Notification, type Recorder, RecorderError } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ChangeMonitor } from "../packages/wiki/src/application/change-monitor.ts";
import { ContentManagement } from "../packages/wiki/src/application/content-management.ts";
import type { ActiveView } from "../packages/wiki/src/application/views.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { dropSchemas, newSchema } from "./postgres-schemas.ts";
import { onEachRecorder } from "./recorders.ts";

const site = { backlinksChangedBy: async () => new Set<string>() };
const noViews = { activeViews: async () => [], site };

function monitorOf(log: ContentManagement["notificationLog"]) {
  const monitor = new ChangeMonitor({ log, views: noViews });
  const found: (readonly string[] | "all")[] = [];
  monitor.listen({ onChanged: (ids) => found.push([...ids]), onAllChanged: () => found.push("all") });
  return { monitor, found };
}

const createPage = (content: ContentManagement, title: string) =>
  asUser(SYSTEM, () => content.addPage({ title }));
const edit = (content: ContentManagement, id: string, body: string) =>
  asUser(SYSTEM, () => content.editPage(id, { body }));

onEachRecorder("a change monitor", (create) => {
  it("reports the originators of new events once", async () => {
    const content = new ContentManagement({ recorder: await create() });
    const { page } = await createPage(content, "First");
    const { monitor, found } = monitorOf(content.notificationLog);
    await monitor.check();
    const { position } = await edit(content, page.id, "text");
    await createPage(content, "Second");
    await edit(content, page.id, "more text");
    expect((await monitor.check()).position).toBe(position + 4);
    await monitor.check();
    expect(found).toEqual(["all", expect.arrayContaining([page.id])]);
    expect(found[1]).toHaveLength(4);
  });

  it("returns the same state while nothing changes", async () => {
    const content = new ContentManagement({ recorder: await create() });
    const { monitor } = monitorOf(content.notificationLog);
    const empty = await monitor.check();
    expect(await monitor.check()).toBe(empty);
    await createPage(content, "First");
    expect(await monitor.check()).not.toBe(empty);
  });

  it("knows which originators have changed since a state", async () => {
    const content = new ContentManagement({ recorder: await create() });
    const { page: first } = await createPage(content, "First");
    const { page: second } = await createPage(content, "Second");
    const { monitor } = monitorOf(content.notificationLog);
    const state = await monitor.check();
    await edit(content, first.id, "text");
    await monitor.check();
    expect(monitor.hasChangedSince(state, [second.id, first.id])).toBe(true);
    expect(monitor.hasChangedSince(state, [second.id])).toBe(false);
    expect(monitor.hasChangedSince(await monitor.check(), [first.id])).toBe(false);
  });
});

describe("a change monitor of another process", () => {
  const closing: (() => Promise<unknown>)[] = [];
  const schemas: ReturnType<typeof newSchema>[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => dropSchemas(schemas));

  const openers: Record<string, () => Promise<() => Promise<Recorder>>> = {
    async SQLite() {
      const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
      closing.push(() => rm(folder, { recursive: true }));
      return () => sqliteRecorder({ path: join(folder, "events.db") });
    },
    async PostgreSQL() {
      const schema = newSchema();
      schemas.push(schema);
      return () => postgresRecorder(schema);
    },
  };

  it.each(Object.keys(openers))("finds every write that was acknowledged, on %s", async (kind) => {
    const open = (await openers[kind]?.()) as () => Promise<Recorder>;
    const [writing, reading] = [await open(), await open()].map(
      (recorder) => new ContentManagement({ recorder }),
    ) as [ContentManagement, ContentManagement];
    closing.push(
      () => writing.close(),
      () => reading.close(),
    );
    const { page } = await createPage(writing, "First");
    const { monitor, found } = monitorOf(reading.notificationLog);
    await monitor.check();
    for (let turn = 1; turn <= 20; turn += 1) {
      const { position } = await edit(writing, page.id, `text ${turn}`);
      expect((await monitor.check()).position).toBe(position);
      expect(found[turn]).toEqual([page.id]);
    }
  });
});

/** A log whose reads are controlled by the test. */
class ControlledLog {
  readonly events: Notification[] = [];
  readonly maxId = vi.fn(async () => this.events.length);
  readonly select = vi.fn(
    async ({ start, stop = this.events.length, limit }: { start: number; stop?: number; limit: number }) =>
      this.events.slice(start - 1, stop).slice(0, limit),
  );

  add(...originatorIds: readonly string[]): void {
    for (const originatorId of originatorIds) {
      const id = this.events.length + 1;
      this.events.push({
        id,
        originatorId,
        eventId: `${originatorId}-${id}-${Math.random()}`,
        originatorVersion: 1,
        topic: "Page.Created",
        state: new Uint8Array(),
        recordedAt: new Date(),
      });
    }
  }
}

function controlled(views: Partial<ConstructorParameters<typeof ChangeMonitor>[0]["views"]> = {}) {
  const log = new ControlledLog();
  const monitor = new ChangeMonitor({ log, views: { ...noViews, ...views } });
  const found: (readonly string[] | "all")[] = [];
  monitor.listen({ onChanged: (ids) => found.push([...ids]), onAllChanged: () => found.push("all") });
  return { log, monitor, found };
}

describe("a check", () => {
  it("reads the last id once for all callers of one turn, and again for a later caller", async () => {
    const { log, monitor } = controlled();
    let answer = (_id: number): void => {};
    log.maxId.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const first = Promise.all([...Array(10)].map(() => monitor.check()));
    await expect.poll(() => log.maxId.mock.calls.length).toBe(1);
    const later = Promise.all([...Array(10)].map(() => monitor.check()));
    answer(0);
    await first;
    await later;
    expect(log.maxId).toHaveBeenCalledTimes(2);
  });

  it("reports that everything may have changed if the last id falls", async () => {
    const { log, monitor, found } = controlled();
    log.add("a", "b", "c");
    const before = await monitor.check();
    log.events.pop();
    await monitor.check();
    expect(found).toEqual(["all", "all"]);
    expect(monitor.hasChangedSince(before, ["d"])).toBe(true);
  });

  it("reports that everything may have changed if another event has the last known id", async () => {
    const { log, monitor, found } = controlled();
    await monitor.check();
    log.add("a", "b");
    await monitor.check();
    log.events.splice(1, 1);
    log.add("c", "d");
    await monitor.check();
    expect(found).toEqual(["all", ["a", "b"], "all"]);
  });

  it("reports that everything may have changed after too many new events", async () => {
    const { log, monitor, found } = controlled();
    log.add("a");
    await monitor.check();
    log.add(...Array.from({ length: 1_001 }, (_, index) => `page-${index}`));
    await monitor.check();
    expect(found).toEqual(["all", "all"]);
    expect(log.select).not.toHaveBeenCalled();
  });

  it("reports the changes that a failed check did not read", async () => {
    const { log, monitor, found } = controlled();
    log.add("a");
    await monitor.check();
    log.add("b");
    const failure = new RecorderError("away", "no connection");
    log.select.mockRejectedValueOnce(failure);
    await expect(monitor.check()).rejects.toBe(failure);
    log.maxId.mockRejectedValueOnce(failure);
    await expect(monitor.check()).rejects.toBe(failure);
    await monitor.check();
    expect(found).toEqual(["all", ["b"]]);
  });

  it("keeps the changes of a bounded number of originators", async () => {
    const { log, monitor } = controlled();
    const state = await monitor.check();
    for (let batch = 0; batch < 11; batch += 1) {
      log.add(...Array.from({ length: 1_000 }, (_, index) => `page-${batch}-${index}`));
      await monitor.check();
    }
    expect(monitor.hasChangedSince(state, ["unchanged"])).toBe(true);
    expect(monitor.hasChangedSince(await monitor.check(), ["page-0-0"])).toBe(false);
  });
});

describe("the sources of a state", () => {
  it("change when a view progresses, and its progress is not read while it is complete", async () => {
    const views: ActiveView[] = [{ name: "site", generation: 1, position: 0 }];
    const activeViews = vi.fn(async () => views.map((view) => ({ ...view })));
    const { log, monitor } = controlled({ activeViews });
    const empty = await monitor.check();
    await monitor.check();
    expect(activeViews).toHaveBeenCalledTimes(1);
    log.add("a");
    const behind = await monitor.check();
    expect(behind.sources.get("site")).toBe(empty.sources.get("site"));
    views[0] = { name: "site", generation: 1, position: 1 };
    const complete = await monitor.check();
    expect(complete.sources.get("site")).not.toBe(behind.sources.get("site"));
    await monitor.check();
    expect(activeViews).toHaveBeenCalledTimes(3);
  });

  it("change within a second after a view was rebuilt", async () => {
    let generation = 1;
    const { monitor } = controlled({
      activeViews: async () => [{ name: "site", generation, position: 0 }],
    });
    const before = await monitor.check();
    generation = 2;
    await expect.poll(async () => (await monitor.check()).sources.get("site")).toBe("2.0");
    expect(before.sources.get("site")).toBe("1.0");
  });

  it("lack the views that cannot be read", async () => {
    const { monitor } = controlled({ activeViews: () => Promise.reject(new RecorderError("away", "no")) });
    expect([...(await monitor.check()).sources.keys()]).toEqual(["record"]);
  });
});
