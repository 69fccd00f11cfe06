import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { AggregateNotFoundError, InvalidEventDataError } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { ClassCounters, PlainCounters } from "./application.ts";
import { LimitReachedError } from "./events.ts";

const folder = import.meta.dirname;
const read = (name: string) => readFileSync(join(folder, name), "utf8");

for (const Counters of [PlainCounters, ClassCounters]) {
  onEachRecorder(Counters.name, (create) => {
    it("counts up to its limit, and starts again at 0 when it is reset", async () => {
      const counters = new Counters({ recorder: await create() });
      const id = await counters.start("visitors", 10);
      await counters.count(id, 4);
      await counters.count(id, 6);
      await expect(counters.count(id, 1)).rejects.toThrow(LimitReachedError);
      expect(await counters.read(id)).toBe(10);
      await counters.reset(id);
      expect(await counters.reset(id)).toEqual([]);
      expect(await counters.read(id)).toBe(0);
    });

    it("keeps every count when several writers count at once", async () => {
      const counters = new Counters({ recorder: await create() });
      const id = await counters.start("visitors", 10);
      await Promise.all([1, 2, 3].map((by) => counters.count(id, by)));
      expect(await counters.read(id)).toBe(6);
    });

    it("rejects counts that are not whole numbers, and unknown counters", async () => {
      const counters = new Counters({ recorder: await create() });
      const id = await counters.start("visitors", 10);
      for (const by of [0, -1, 0.5, Number.NaN, "1" as never])
        await expect(counters.count(id, by)).rejects.toThrow(InvalidEventDataError);
      await expect(counters.start(null as never, 10)).rejects.toThrow("name: must be a text");
      await expect(counters.count("6ba7b810-9dad-41d1-80b4-00c04fd430c8", 1)).rejects.toThrow(
        AggregateNotFoundError,
      );
      expect(await counters.read(id)).toBe(0);
    });
  });
}

describe("the counters", () => {
  it("read what the other form has stored", async () => {
    const { memoryRecorder } = await import("@palimpsest/eventsourcing/memory");
    const recorder = memoryRecorder();
    const plain = new PlainCounters({ recorder });
    const id = await plain.start("visitors", 10);
    await plain.count(id, 3);
    const classes = new ClassCounters({ recorder });
    await classes.count(id, 4);
    expect([await plain.read(id), await classes.read(id)]).toEqual([7, 7]);
  });

  it("print what their README shows", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "main.ts"], {
      cwd: folder,
    });
    expect(read("README.md")).toContain(`\`\`\`text\n${stdout}\`\`\``);
  });

  // The compiler refuses all other syntax that cannot be erased: `erasableSyntaxOnly` in tsconfig.tests.json.
  it("have no decorators, so that types can be stripped", () => {
    const sources = readdirSync(folder).filter((name) => /(?<!\.test)\.ts$/.test(name));
    expect(sources.length).toBeGreaterThan(4);
    expect(sources.filter((name) => /^\s*@\w/m.test(read(name)))).toEqual([]);
  });
});
