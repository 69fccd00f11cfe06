import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { dropSchemas, newSchema } from "../../../../test/postgres-schemas.ts";
import { Listeners } from "./listeners.ts";

describe("watchers", () => {
  it("find out about others only while someone listens", () => {
    const said: string[] = [];
    const watchers = new Listeners(() => {
      said.push("start");
      return () => said.push("stop");
    });
    const first = watchers.add(() => {});
    const second = watchers.add(() => {});
    first();
    first();
    expect(said).toEqual(["start"]);
    second();
    expect(said).toEqual(["start", "stop"]);
    watchers.add(() => {});
    watchers.close();
    expect(said).toEqual(["start", "stop", "start", "stop"]);
  });

  it("are called each time, a listener that was added twice twice", () => {
    const watchers = new Listeners();
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    const [first] = [watchers.add(count), watchers.add(count)];
    watchers.tell();
    expect(calls).toBe(2);
    first();
    watchers.tell();
    expect(calls).toBe(3);
  });

  it("are called a last time at the end, and never after it", () => {
    const watchers = new Listeners();
    const said: string[] = [];
    const stop = watchers.add(() => said.push("call"));
    watchers.close();
    watchers.tell();
    watchers.close();
    stop();
    expect(said).toEqual(["call"]);
  });

  it("may be stopped, and begun anew, from a call", () => {
    const watchers = new Listeners();
    const said: string[] = [];
    const stopFirst = watchers.add(() => {
      said.push("first");
      stopFirst();
      stopSecond();
      watchers.add(() => said.push("third"));
    });
    const stopSecond = watchers.add(() => said.push("second"));
    watchers.tell();
    expect(said).toEqual(["first"]);
    watchers.tell();
    expect(said).toEqual(["first", "third"]);
  });

  it("leave no listener behind when finding out about others cannot start", () => {
    let broken = true;
    const watchers = new Listeners(() => {
      if (broken) throw new Error("no connection");
      return () => {};
    });
    const said: string[] = [];
    expect(() => watchers.add(() => said.push("refused"))).toThrow("no connection");
    broken = false;
    watchers.add(() => said.push("heard"));
    watchers.tell();
    expect(said).toEqual(["heard"]);
  });
});

describe("R9 who watches keeps no idle process alive", () => {
  /** Runs a process that opens a recorder, watches it and does nothing more. It ends by itself or not at all. */
  async function processThatWatches(backend: string, open: string, options: object): Promise<string> {
    const library = new URL(`../../dist/${backend}/index.js`, import.meta.url);
    const program = `
      const { ${open} } = await import(${JSON.stringify(library)});
      const recorder = await ${open}(${JSON.stringify(options)});
      recorder.watch(() => {});
      recorder.watch(() => {})();
      console.log(await recorder.maxNotificationId());
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], {
      timeout: 25_000,
    });
    return stdout;
  }

  it("on SQLite", async () => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
    try {
      const path = join(folder, "events.db");
      expect(await processThatWatches("sqlite", "sqliteRecorder", { path })).toBe("0\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("on PostgreSQL", async () => {
    const schema = newSchema();
    try {
      expect(await processThatWatches("postgres", "postgresRecorder", schema)).toBe("0\n");
    } finally {
      await dropSchemas([schema]);
    }
  });
});
