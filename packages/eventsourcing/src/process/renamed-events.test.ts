// Projections and process applications get events that were stored under former names of their types.
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { aggregate } from "../aggregates/aggregate-class.ts";
import { application } from "../application/application.ts";
import { eventFamily, eventType } from "../events/event-family.ts";
import type { EventOf } from "../events/event-type.ts";
import { memoryRecorder } from "../memory/memory-recorder.ts";
import { memoryViewStore } from "../memory/view-store.ts";
import type { MemoryTables } from "../memory/view-tables.ts";
import { projection } from "../projections/projection.ts";
import { ProjectionRunner } from "../projections/projection-runner.ts";
import { until } from "../testing/view-contract/view-case.ts";
import { processApplication } from "./process-application.ts";
import { ProcessRunner } from "./process-runner.ts";

const { Opened } = eventFamily("Shop", { Opened: { name: z.string() } });
class Shop extends aggregate(Opened) {}
class Shops extends application({ aggregates: [Shop] }) {}

const { Founded } = eventFamily(
  "Store",
  { Founded: eventType({ name: z.string() }, { formerNames: ["Opened"] }) },
  { formerNames: ["Shop"] },
);
class Store extends aggregate(Founded) {}
class Stores extends application({ aggregates: [Store] }) {}

const { Written } = eventFamily("Letter", { Written: { to: z.string() } });
class Letter extends aggregate(Written) {}
class Letters extends processApplication({ aggregates: [Letter], handles: [Founded] }) {
  policy({ data }: EventOf<typeof Founded>) {
    return [Letter.create({ to: data.name })];
  }
}

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const runner of running.splice(0)) await runner.stop();
});

async function stores(): Promise<{
  readonly recorder: ReturnType<typeof memoryRecorder>;
  readonly app: Stores;
}> {
  const recorder = memoryRecorder();
  await new Shops({ recorder }).save(Shop.create({ name: "before" }));
  const app = new Stores({ recorder });
  await app.save(Store.create({ name: "after" }));
  return { recorder, app };
}

it("a projection handles events by their new names", async () => {
  const { recorder, app } = await stores();
  const seen: string[] = [];
  const names = projection({
    name: "names",
    version: 1,
    handles: [Founded],
    tables: ["names"],
    project: (events) => {
      seen.push(...events.map(({ type, data }) => `${type} ${data.name}`));
      return [] as readonly ((tables: MemoryTables) => void)[];
    },
  });
  const runner = new ProjectionRunner({
    recorder,
    mapper: app.mapper,
    store: memoryViewStore(),
    projections: [names],
  });
  running.push(runner);
  runner.start();
  await runner.waitFor(["names"], 2, { timeoutMs: 60_000 });
  expect(seen).toEqual(["Store.Founded before", "Store.Founded after"]);
});

it("a process application handles events by their new names", async () => {
  const { app } = await stores();
  const letters = new Letters({ recorder: memoryRecorder() });
  const runner = new ProcessRunner({ application: letters, upstream: app, upstreamName: "stores" });
  running.push(runner);
  runner.start();
  await until(async () => (await letters.notificationLog.maxId()) === 2);
  const written = await letters.notificationLog.select({ start: 1, limit: 9 });
  expect(written.map((one) => letters.mapper.toDomainEvent(one).data)).toEqual([
    { to: "before" },
    { to: "after" },
  ]);
});
