import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The built program, as people run it.
const program = fileURLToPath(new URL("../packages/wiki/bin/palimpsest.js", import.meta.url));
let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(data: string, words: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const env = { PATH: process.env.PATH, PALIMPSEST_DATA_DIR: join(root, data) };
  const child = spawn(process.execPath, [program, ...words], { env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

function palimpsest(data: string, words: readonly string[], input = ""): Promise<Ended> {
  const { child, ended } = start(data, words);
  child.stdin?.end(input);
  return ended;
}

async function statusOf(data: string): Promise<{ events: number; pages: number; people: number }> {
  return JSON.parse((await palimpsest(data, ["status", "--json"])).stdout);
}

async function importOf(data: string, folder: string, ...words: string[]) {
  const { code, stdout } = await palimpsest(data, ["import", folder, "--json", ...words]);
  const report = JSON.parse(stdout) as Record<string, { length: number }>;
  const kinds = ["created", "updated", "unchanged", "leftAlone", "failed"];
  const counts = kinds.map((kind) => [kind, report[kind]?.length ?? 0] as const);
  return { code, ...Object.fromEntries(counts.filter(([, count]) => count > 0)) };
}

async function writeFiles(folder: string, files: Record<string, string>): Promise<string> {
  const path = join(root, folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

describe("help and wrong usage", () => {
  it.each([
    [["--help"], "Exit codes:"],
    [["serve", "--help"], "PALIMPSEST_PORT"],
    [["import", "--help"], "--dry-run"],
    [["user", "add", "--help"], "--password-stdin"],
    [["token", "create", "--help"], "Examples:"],
    [["status", "--help"], "Examples:"],
    [["--version"], "0."],
  ])("%j is answered", async (words, text) => {
    const { code, stdout, stderr } = await palimpsest("none", words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(text);
  });

  it.each([
    [[], 2, "Usage:"],
    [["nonsense"], 2, "nonsense"],
    [["status", "--port", "eighty"], 2, '--port is "eighty"'],
    [["status", "--database-url", "memory:"], 2, "memory:"],
    [["status"], 1, "No wiki in the database"],
    [["token", "create", "ada@example.org"], 1, "No wiki in the database"],
    [["import"], 2, "folder"],
    [["import", "/there/is/no/such/folder"], 2, "/there/is/no/such/folder"],
    [["import", program], 2, "is a file"],
    [["user", "add", "ada@example.org", "--name", "Ada", "--role", "king"], 2, "king"],
    [["user", "add", "ada@example.org", "--name", "Ada", "--role", "admin"], 2, "--password-stdin"],
  ])("%j ends with %i", async (words, expected, text) => {
    const { code, stdout, stderr } = await palimpsest("none", words);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^ +at .*:\d/m);
    expect(await readdir(root)).not.toContain("none");
  });
});

it("people and their tokens are made from the command line", async () => {
  const add = (email: string, role: string, password: string) =>
    palimpsest(
      "people",
      ["user", "add", email, "--name", "A Name", "--role", role, "--password-stdin"],
      password,
    );
  expect(await add("ada@example.org", "admin", "long enough\nnot this\n")).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(await add("bob@example.org", "reader", "long enough")).toMatchObject({ code: 0 });
  expect(await add("ADA@example.org", "admin", "long enough")).toMatchObject({ code: 1 });
  expect(await add("cyd@example.org", "admin", "short")).toMatchObject({ code: 2 });
  expect(await add("no e-mail", "admin", "long enough")).toMatchObject({ code: 2 });
  expect(await add("cyd@example.org", "admin", "")).toMatchObject({ code: 2 });

  const token = await palimpsest("people", ["token", "create", "Ada@example.org"]);
  expect(token).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^\S{40,}\n$/) });
  expect(await palimpsest("people", ["token", "create", "nobody@example.org"])).toMatchObject({ code: 1 });
  expect(await statusOf("people")).toMatchObject({ events: 0, pages: 0, people: 2, hasAdministrator: true });

  const folder = await writeFiles("by-people", { "a.md": "# A" });
  const asBob = await palimpsest("people", ["import", folder, "--as", "bob@example.org"]);
  expect(asBob).toMatchObject({ code: 1, stderr: expect.stringContaining("is a reader") });
  expect(await palimpsest("people", ["import", folder, "--as", "eve@example.org"])).toMatchObject({
    code: 1,
  });
  expect(await importOf("people", folder, "--as", "ada@example.org")).toEqual({ code: 0, created: 1 });
});

describe("import", () => {
  it("makes a page of each file, and then stores only what changed", async () => {
    const folder = await writeFiles("docs", {
      "README.md": "# Start\n\n[guide](guides/a.md#part), [gone](gone.md)",
      "guides/README.md": "---\ntitle: Guides\n---\n[a](a.md)",
      "guides/a.md": "# A\n\n[up](../README.md)\n",
      "guides/b.md": "---\nslug: other/place\n---\n# B",
    });
    expect(await importOf("docs-data", folder, "--dry-run")).toEqual({ code: 0, created: 4 });
    expect(await readdir(root)).not.toContain("docs-data");

    const first = await palimpsest("docs-data", ["import", folder]);
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("README.md: leads to gone.md") });
    expect(first.stdout).toMatch(/^4 files: 4 created, 0 updated, 0 unchanged, 0 left alone, 0 failed/);
    const { events } = await statusOf("docs-data");
    expect(events).toBe(12);

    expect(await importOf("docs-data", folder)).toEqual({ code: 0, unchanged: 4 });
    expect((await statusOf("docs-data")).events).toBe(events);

    await appendFile(join(folder, "guides/a.md"), "One more line.\n");
    expect(await importOf("docs-data", folder)).toEqual({ code: 0, updated: 1, unchanged: 3 });
    expect((await statusOf("docs-data")).events).toBe(events + 1);

    await writeFiles("docs", { "empty.md": "", "other/place.md": "# Taken" });
    expect(await importOf("docs-data", folder)).toEqual({ code: 1, unchanged: 4, failed: 2 });
  });

  it("that is killed is completed by the next one, and nothing is doubled", async () => {
    const count = 2_000;
    const files = Array.from({ length: count }, (_, index) => [
      `${index}.md`,
      `# Page ${index}\n\n${"text ".repeat(200)}`,
    ]);
    const folder = await writeFiles("many", Object.fromEntries(files));
    const { child, ended } = start("many-data", ["import", folder]);
    await eventsAppear(join(root, "many-data", "palimpsest.db"));
    child.kill("SIGKILL");
    expect((await ended).code).toBeNull();

    const killed = await statusOf("many-data");
    expect(killed.pages).toBeGreaterThan(0);
    expect(killed.pages).toBeLessThan(count);
    expect(killed.events).toBe(3 * killed.pages);
    expect(await importOf("many-data", folder)).toEqual({
      code: 0,
      created: count - killed.pages,
      unchanged: killed.pages,
    });
    expect(await statusOf("many-data")).toMatchObject({ pages: count, events: 3 * count });
  }, 120_000);
});

async function eventsAppear(path: string): Promise<void> {
  for (;;) {
    const recorder = await sqliteRecorder({ path }).catch(() => undefined);
    if (recorder !== undefined) {
      while ((await recorder.maxNotificationId()) === 0) await pause(1);
      return recorder.close();
    }
    await pause(10);
  }
}
