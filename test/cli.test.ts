import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sqliteRecorder, sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, runCommand } from "./command-line.ts";

/** The built program. */
const program = fileURLToPath(new URL("../packages/wiki/bin/palimpsest.js", import.meta.url));
let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function palimpsest(data: string, words: readonly string[], input = ""): Promise<CommandResult> {
  return runCommand(words, { env: { PALIMPSEST_DATA_DIR: join(root, data) }, input });
}

function startProgram(data: string, words: readonly string[]) {
  const env = { PATH: process.env.PATH, PALIMPSEST_DATA_DIR: join(root, data) };
  return spawn(process.execPath, [program, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function statusOf(data: string): Promise<{ events: number; pages: number; people: number }> {
  return JSON.parse((await palimpsest(data, ["status", "--json"])).stdout);
}

async function importOf(data: string, folder: string, ...words: string[]) {
  const { code, stdout } = await palimpsest(data, ["import", folder, "--json", ...words]);
  const report = JSON.parse(stdout) as Record<string, { length: number }>;
  const kinds = ["created", "updated", "unchanged", "leftAlone", "failed", "collisions"];
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

describe("the built program", () => {
  it("exits with the code of its command, and prints errors without a stack", async () => {
    const child = startProgram("none", ["status"]);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, "close");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^error: The database .*none\/palimpsest\.db does not contain a wiki\. .*\n$/,
      ),
    });
  });
});

describe("commands", () => {
  it.each([
    [["--help"], "Exit codes:"],
    [["serve", "--help"], "PALIMPSEST_PORT"],
    [["import", "--help"], "--dry-run"],
    [["user", "add", "--help"], "--password-stdin"],
    [["token", "create", "--help"], "Examples:"],
    [["status", "--help"], "Examples:"],
    [["--version"], "0.0.0-test"],
  ])("prints help or the version for %j", async (words, text) => {
    const { code, stdout, stderr } = await palimpsest("none", words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(text);
  });

  it.each([
    [[], 2, "Usage:"],
    [["nonsense"], 2, "nonsense"],
    [["status", "--port", "eighty"], 2, '--port is "eighty"'],
    [["status", "--database-url", "memory:"], 2, "memory:"],
    [["status"], 1, "does not contain a wiki"],
    [["token", "create", "ada@example.org"], 1, "does not contain a wiki"],
    [["import"], 2, "source"],
    [["export"], 2, "folder"],
    [["export", "x", "--at", "today"], 2, "--at"],
    [["export", "x"], 1, "does not contain a wiki"],
    [["import", "/there/is/no/such/folder"], 2, "/there/is/no/such/folder"],
    [["import", program], 2, "is not a readable ZIP archive"],
    [["import", ".", "--under", "api"], 2, "--under"],
    [["user", "add", "ada@example.org", "--name", "Ada", "--role", "king"], 2, "king"],
    [["user", "add", "ada@example.org", "--name", "Ada", "--role", "admin"], 2, "--password-stdin"],
  ])("refuses %j with exit code %i", async (words, expected, text) => {
    const { code, stdout, stderr } = await palimpsest("none", words);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^ +at .*:\d/m);
    expect(await readdir(root)).not.toContain("none");
  });
});

it("creates accounts with user add, and tokens with token create", async () => {
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
  it("creates a page for each file, and later stores only changes", async () => {
    const folder = await writeFiles("docs", {
      "README.md": "# Start\n\n[guide](guides/a.md#part), [gone](gone.md)",
      "guides/README.md": "---\ntitle: Guides\n---\n[a](a.md)",
      "guides/a.md": "# A\n\n[up](../README.md)\n",
      "guides/b.md": "---\nslug: other/place\n---\n# B",
    });
    expect(await importOf("docs-data", folder, "--dry-run")).toEqual({ code: 0, created: 4 });
    expect(await readdir(root)).not.toContain("docs-data");

    const first = await palimpsest("docs-data", ["import", folder]);
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("README.md: link to gone.md") });
    expect(first.stdout).toMatch(/^4 files: 4 created, 0 updated, 0 unchanged, 0 left alone, 0 failed/);
    const { events } = await statusOf("docs-data");
    expect(events).toBe(12);

    expect(await importOf("docs-data", folder)).toEqual({ code: 0, unchanged: 4 });
    expect((await statusOf("docs-data")).events).toBe(events);

    await appendFile(join(folder, "guides/a.md"), "One more line.\n");
    expect(await importOf("docs-data", folder)).toEqual({ code: 0, updated: 1, unchanged: 3 });
    expect((await statusOf("docs-data")).events).toBe(events + 1);

    await writeFiles("docs", { "empty.md": "" });
    expect(await importOf("docs-data", folder)).toEqual({ code: 1, unchanged: 4, failed: 1 });
    await writeFiles("docs", { "other/place.md": "# Taken" });
    const refused = await palimpsest("docs-data", ["import", folder]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        "collision: other/place: guides/b.md, other/place.md: several files have this slug",
      ),
    });
    expect(refused.stderr).toContain("Nothing was imported.");
  });

  it("attaches files, and exports pages with them for another import", async () => {
    const folder = await writeFiles("with-files", {
      "a.md": "# A\n\n![x](img/x.svg) [b](sub/b.md)\n",
      "sub/b.md": "# B\n",
      "img/x.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    });
    expect(await importOf("files-data", folder)).toEqual({ code: 0, created: 2 });
    const target = join(root, "exported");
    const exported = await palimpsest("files-data", ["export", target]);
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    expect(exported.stdout).toMatch(/exported: 2 pages and 1 file \([\d.]+ s\)\n$/);
    expect(await readFile(join(target, "a.md"), "utf8")).toMatch(
      /\n# A\n\n!\[x\]\(a\.files\/x\.svg\) \[b\]\(sub\/b\.md\)\n$/,
    );
    expect(await importOf("files-data", target)).toEqual({ code: 0, unchanged: 2 });
    expect(await importOf("other-data", target)).toEqual({ code: 0, created: 2 });

    expect(await palimpsest("files-data", ["export", target])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not empty"),
    });
    const early = await palimpsest("files-data", [
      "export",
      join(root, "early"),
      "--at",
      "2000-01-01",
      "--json",
    ]);
    expect(JSON.parse(early.stdout)).toMatchObject({ pages: 0, files: 0, warnings: [] });
  });

  it("completes an import that was killed, without duplicates", async () => {
    const count = 600;
    const files = Array.from({ length: count }, (_, index) => [
      `${index}.md`,
      `# Page ${index}\n\n${"text ".repeat(200)}`,
    ]);
    const folder = await writeFiles("many", Object.fromEntries(files));
    const child = startProgram("many-data", ["import", folder]);
    await eventsAppear(join(root, "many-data", "palimpsest.db"));
    child.kill("SIGKILL");
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);

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

const STOPPED = { notificationId: 3, topic: "Slug.PageUpdated", error: "cannot swallow this" };

/** Stops a view or its rebuild, as a runner does at an event that it cannot process. */
async function stop(view: string, { next }: { readonly next: boolean }): Promise<void> {
  const store = await sqliteViewStore({ path: join(root, "views", "palimpsest-views.db") });
  const lease = { name: "a runner", holder: "this test" };
  await store.acquireLease(lease, 1_000);
  const active = (await store.generations(view)).find((generation) => generation.active);
  const version = active?.version ?? 1;
  const generation = next ? await store.create({ name: view, version, tables: [] }) : active;
  if (generation !== undefined) await store.stop(generation, STOPPED, lease);
  await store.releaseLease(lease);
  await store.close();
}

const viewLines = async () =>
  (await palimpsest("views", ["status"])).stdout
    .split("\n")
    .filter((line) => line.startsWith("view "))
    .map((line) => line.replace(/^view +/, ""));

describe("commands of operators", () => {
  beforeAll(async () => {
    const folder = await writeFiles("one-page", { "bread.md": "# Bread\n" });
    await palimpsest("views", ["import", folder]);
    await palimpsest("views", ["rebuild"]);
  });

  it("status distinguishes a stopped view from a stopped rebuild", async () => {
    expect(await viewLines()).toEqual([
      "search: not updated by any process, up to date",
      "site: not updated by any process, up to date",
      "recent_changes: not updated by any process, up to date",
    ]);
    await stop("search", { next: true });
    await stop("site", { next: false });
    expect(await viewLines()).toEqual([
      "search: up to date; rebuild stopped at event 3, Slug.PageUpdated: cannot swallow this",
      "site: stopped at event 3, Slug.PageUpdated: cannot swallow this; up to date",
      "recent_changes: not updated by any process, up to date",
    ]);
    const { views } = JSON.parse((await palimpsest("views", ["status", "--json"])).stdout);
    expect(views).toMatchObject([
      { name: "search", state: "rebuild-stopped", lag: 0, next: { done: 0, stopped: STOPPED } },
      { name: "site", state: "stopped", lag: 0, stopped: STOPPED },
      { name: "recent_changes", state: "idle", lag: 0 },
    ]);
    expect(views[0]).not.toHaveProperty("stopped");
  });

  it("view skip accepts only the event at which the view stopped", async () => {
    const refused = async (...words: string[]) => {
      const { code, stdout, stderr } = await palimpsest("views", ["view", "skip", ...words]);
      expect([code, stdout]).toEqual([1, ""]);
      return stderr.trim();
    };
    expect(await refused("site", "2")).toBe(
      "error: View site is stopped at event 3, not at 2. Nothing was skipped.",
    );
    expect(await refused("recent_changes", "2")).toBe(
      "error: View recent_changes is not stopped. Nothing was skipped.",
    );
    for (const view of ["site", "search"])
      expect(await palimpsest("views", ["view", "skip", view, "3"])).toEqual({
        code: 0,
        stdout: `View ${view} continues.\n`,
        stderr: "",
      });
    expect((await palimpsest("views", ["view", "retry", "site"])).stdout).toBe(
      "View site was not stopped.\n",
    );
  });

  it("backup does not overwrite a file", async () => {
    const file = join(root, "copy.db");
    await writeFile(file, "something else");
    const { code, stderr } = await palimpsest("views", ["backup", file]);
    expect([code, stderr.trim()]).toEqual([
      1,
      `error: FILE is ${file}, which exists already. Nothing was written.`,
    ]);
    expect((await stat(file)).size).toBe(14);
  });
});

it.each([
  [
    "postgres://ada:secret@localhost:99999/wiki",
    'port in the connection string must be a whole number from 1 to 65535; it is "99999"',
  ],
  ["host=localhost target_session_attrs=standby password=secret", 'primary, any; it is "standby"'],
])("errors about the database URL do not contain its password: %s", async (url, message) => {
  for (const command of ["status", "serve"]) {
    const { code, stdout, stderr } = await palimpsest("none", [command, "--database-url", url]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  }
});
