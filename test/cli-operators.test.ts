import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sqliteViewStore } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";

// The built program, as people run it.
const program = fileURLToPath(new URL("../packages/wiki/bin/palimpsest.js", import.meta.url));
let root = "";
let data = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-cli-views-"));
  data = join(root, "data");
  await mkdir(join(root, "docs"));
  await writeFile(join(root, "docs", "bread.md"), "# Bread\n");
  await palimpsest("import", join(root, "docs"));
  await palimpsest("rebuild");
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function palimpsest(...words: string[]) {
  const env = { PATH: process.env.PATH, PALIMPSEST_DATA_DIR: data };
  const child = spawn(process.execPath, [program, ...words], { env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

const STOPPED = { notificationId: 3, topic: "Slug.PageUpdated", error: "cannot swallow this" };

/** Stops a view, or one that is begun beside it, as a runner does that meets an event it cannot process. */
async function stop(view: string, { next }: { readonly next: boolean }): Promise<void> {
  const store = await sqliteViewStore({ path: join(data, "palimpsest-views.db") });
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
  (await palimpsest("status")).stdout
    .split("\n")
    .filter((line) => line.startsWith("view "))
    .map((line) => line.replace(/^view +/, ""));

it("status tells a view that stopped from one whose rebuild did", async () => {
  expect(await viewLines()).toEqual([
    "search: kept by no process, up to date",
    "site: kept by no process, up to date",
    "recent_changes: kept by no process, up to date",
  ]);
  await stop("search", { next: true });
  await stop("site", { next: false });
  expect(await viewLines()).toEqual([
    "search: up to date; building it again has stopped at 3, Slug.PageUpdated: cannot swallow this",
    "site: stopped at 3, Slug.PageUpdated: cannot swallow this; up to date",
    "recent_changes: kept by no process, up to date",
  ]);
  const { views } = JSON.parse((await palimpsest("status", "--json")).stdout);
  expect(views).toMatchObject([
    { name: "search", state: "rebuild-stopped", lag: 0, next: { done: 0, stopped: STOPPED } },
    { name: "site", state: "stopped", lag: 0, stopped: STOPPED },
    { name: "recent_changes", state: "idle", lag: 0 },
  ]);
  expect(views[0]).not.toHaveProperty("stopped");
});

it("only the event that a view is stopped at is skipped", async () => {
  const refused = async (...words: string[]) => {
    const { code, stdout, stderr } = await palimpsest("view", "skip", ...words);
    expect([code, stdout]).toEqual([1, ""]);
    return stderr.trim();
  };
  expect(await refused("site", "2")).toBe(
    "error: The view site is stopped at 3, not at 2: nothing was skipped.",
  );
  expect(await refused("recent_changes", "2")).toBe(
    "error: The view recent_changes is not stopped: nothing was skipped.",
  );
  for (const view of ["site", "search"])
    expect(await palimpsest("view", "skip", view, "3")).toEqual({
      code: 0,
      stdout: `${view}: it goes on\n`,
      stderr: "",
    });
  expect((await palimpsest("view", "retry", "site")).stdout).toBe("site: it was not stopped\n");
});

it("backup leaves a file alone that is there, and names it as people do", async () => {
  const file = join(root, "copy.db");
  await writeFile(file, "something else");
  const { code, stderr } = await palimpsest("backup", file);
  expect([code, stderr.trim()]).toEqual([
    1,
    `error: FILE must be one that is not there yet, and ${file} is. It was left as it is.`,
  ]);
  expect((await stat(file)).size).toBe(14);
});

it.each([
  [
    "postgres://ada:secret@localhost:99999/wiki",
    'port must be a whole number from 1 to 65535; it is "99999"',
  ],
  ["host=localhost target_session_attrs=standby password=secret", 'primary, any; it is "standby"'],
])("a database URL that cannot be is named without its password: %s", async (url, message) => {
  for (const command of ["status", "serve"]) {
    const { code, stdout, stderr } = await palimpsest(command, "--database-url", url);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  }
});
