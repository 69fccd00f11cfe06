// A file of views that becomes unusable before a wiki starts, and while it runs.
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createWiki, createWikiServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { ada } from "./accounts.ts";
import { runCommand } from "./command-line.ts";
import { configFrom } from "./config.ts";

let folder: string;
let path: string;
let wiki: Wiki | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-damaged-"));
  path = join(folder, "palimpsest-views.db");
});
afterEach(async () => {
  await wiki?.close();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function openWiki(): Promise<Wiki> {
  const env = { PALIMPSEST_DATA_DIR: folder, PALIMPSEST_LOG_LEVEL: "silent" };
  wiki = await createWiki(configFrom({ ...env, PALIMPSEST_SECRET: "a secret of the tests, long enough" }));
  wiki.views.runner.start();
  return wiki;
}

/** Resolves to the status and the titles of a search once the views have processed all events. */
async function searched({ content, views }: Wiki, server: Awaited<ReturnType<typeof createWikiServer>>) {
  await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 20_000 });
  const { statusCode, body } = await server.inject("/api/search?q=dog");
  const { items } = JSON.parse(body) as { items: { page: { title: string } }[] };
  return [statusCode, items.map(({ page }) => page.title)];
}

it("an unusable file of views is rebuilt, and reported by a warning, the metrics and the status", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const first = await openWiki();
  await first.identity.addUser({ ...ada, role: "reader" });
  await asUser(SYSTEM, () => first.content.createPage("Dogs", "dogs", "A dog."));
  await first.views.runner.waitFor(undefined, await first.content.position(), { timeoutMs: 20_000 });
  await first.close();
  writeFileSync(path, "no database".repeat(1_000));
  const second = await openWiki();
  const server = await createWikiServer(second);
  expect(await searched(second, server)).toEqual([200, ["Dogs"]]);
  expect(warn.mock.calls.map(([message]) => String(message))).toEqual([
    expect.stringMatching(
      /palimpsest-views\.db cannot be used: .*not a SQLite database.*The views are rebuilt\./,
    ),
  ]);

  const checkpoint = openDatabase(path);
  checkpoint.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  checkpoint.close();
  writeFileSync(path, readFileSync(path).fill("damaged "));
  // The next write or query of a page that is not cached finds the damage.
  await asUser(SYSTEM, () => second.content.createPage("Cats", "cats", "Not a dog."));
  await expect
    .poll(() => searched(second, server), { timeout: 20_000 })
    .toEqual([200, expect.arrayContaining(["Dogs", "Cats"])]);
  expect((await server.inject("/metrics")).body).toContain("palimpsest_view_files_replaced 2");
  await server.close();
  await second.close();
  wiki = undefined;
  const { stdout } = await runCommand(["status"], { env: { PALIMPSEST_DATA_DIR: folder } });
  expect(stdout.match(/replaced +palimpsest-views\.damaged-\S+\.db: could not be used/g)).toHaveLength(2);
});
