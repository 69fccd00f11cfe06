import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { dropSchemas, newSchema } from "../../../../test/postgres-schemas.ts";
import { Listeners } from "./listeners.ts";

describe("listeners", () => {
  it("watch other processes only while there are listeners", () => {
    const calls: string[] = [];
    const listeners = new Listeners(() => {
      calls.push("start");
      return () => calls.push("stop");
    });
    const first = listeners.add(() => {});
    const second = listeners.add(() => {});
    first();
    first();
    expect(calls).toEqual(["start"]);
    second();
    expect(calls).toEqual(["start", "stop"]);
    listeners.add(() => {});
    listeners.close();
    expect(calls).toEqual(["start", "stop", "start", "stop"]);
  });

  it("are called once for each time they were added", () => {
    const listeners = new Listeners();
    let count = 0;
    const listener = () => {
      count += 1;
    };
    const [first] = [listeners.add(listener), listeners.add(listener)];
    listeners.notify();
    expect(count).toBe(2);
    first();
    listeners.notify();
    expect(count).toBe(3);
  });

  it("are called a last time on close, and never after it", () => {
    const listeners = new Listeners();
    const calls: string[] = [];
    const stop = listeners.add(() => calls.push("call"));
    listeners.close();
    listeners.notify();
    listeners.close();
    stop();
    expect(calls).toEqual(["call"]);
  });

  it("may be removed and added in a call", () => {
    const listeners = new Listeners();
    const calls: string[] = [];
    const stopFirst = listeners.add(() => {
      calls.push("first");
      stopFirst();
      stopSecond();
      listeners.add(() => calls.push("third"));
    });
    const stopSecond = listeners.add(() => calls.push("second"));
    listeners.notify();
    expect(calls).toEqual(["first"]);
    listeners.notify();
    expect(calls).toEqual(["first", "third"]);
  });

  it("are not added if watching other processes fails to start", () => {
    let broken = true;
    const listeners = new Listeners(() => {
      if (broken) throw new Error("no connection");
      return () => {};
    });
    const calls: string[] = [];
    expect(() => listeners.add(() => calls.push("refused"))).toThrow("no connection");
    broken = false;
    listeners.add(() => calls.push("added"));
    listeners.notify();
    expect(calls).toEqual(["added"]);
  });
});

describe("R9 watching", () => {
  /** Runs a process that opens a recorder, watches it and does nothing else. Resolves when the process ends by itself. */
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

  it("does not keep the process alive on SQLite", async () => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-"));
    try {
      const path = join(folder, "events.db");
      expect(await processThatWatches("sqlite", "sqliteRecorder", { path })).toBe("0\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("does not keep the process alive on PostgreSQL", async () => {
    const schema = newSchema();
    try {
      expect(await processThatWatches("postgres", "postgresRecorder", schema)).toBe("0\n");
    } finally {
      await dropSchemas([schema]);
    }
  });
});
