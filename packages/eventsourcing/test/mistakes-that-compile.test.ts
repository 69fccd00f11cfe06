import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  aggregate,
  application,
  type DataOf,
  event,
  eventFamily,
  ProjectionRunner,
  projection,
  type Statement,
} from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

const { Registered, TrickAdded } = eventFamily("Dog", {
  Registered: { name: z.string() },
  TrickAdded: { trick: z.string() },
});

class Dog extends aggregate(Registered) {
  tricks: string[] = [];

  @event(TrickAdded)
  addTrick({ trick }: DataOf<typeof TrickAdded>) {
    this.tricks.push(trick);
  }
}
class School extends application({ aggregates: [Dog] }) {}

describe("a mistake that compiles", () => {
  it("is explained if a field is changed outside an event", async () => {
    const school = new School({ recorder: memoryRecorder() });
    const dog = Dog.create({ name: "Rex" });
    dog.name = "Max";
    await expect(school.save(dog)).rejects.toThrow(
      `"name" of Dog ${dog.id} is "Max", but its events made it "Rex". State changes only in methods decorated with @event`,
    );
  });

  it("is explained if a method is called without its aggregate", () => {
    const { addTrick } = Dog.create({ name: "Rex" });
    expect(() => addTrick({ trick: "roll over" })).toThrow(
      "addTrick was called without its aggregate. Call it as a method",
    );
  });

  it("is explained if a projection writes a table that it has not created", async () => {
    const recorder = memoryRecorder();
    const school = new School({ recorder });
    await school.save(Dog.create({ name: "Rex" }));
    const dogs = projection({
      name: "dogs",
      version: 1,
      handles: [Registered],
      tables: ["dogs"],
      create: (table): Statement[] => [{ sql: `CREATE TABLE ${table("dogs")} (name TEXT)` }],
      project: (events, table): Statement[] =>
        events.map(({ data }) => ({
          sql: `INSERT INTO ${table("cats")} (name) VALUES ($1)`,
          params: [data.name],
        })),
    });
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-mistakes-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const store = await sqliteViewStore({ path: join(folder, "views.db") });
    let report = (_error: unknown): void => {};
    const reported = new Promise<unknown>((resolve) => {
      report = resolve;
    });
    const runner = new ProjectionRunner({
      recorder,
      mapper: school.mapper,
      store,
      projections: [dogs],
      onError: report,
    });
    runner.start();
    expect(String(await reported)).toContain("no such table: dogs__cats__1");
    await runner.stop();
    await store.close();
  });
});
