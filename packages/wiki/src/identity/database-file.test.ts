import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@palimpsest/eventsourcing/sqlite";
import { afterAll, expect, test } from "vitest";
import { ada, open } from "../../../../test/accounts.ts";

const folder = mkdtempSync(join(tmpdir(), "palimpsest-accounts-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("accounts keep the marks by which a file is known as a record of events", async () => {
  const path = join(folder, "marked.db");
  const before = openDatabase(path);
  before.exec("PRAGMA application_id = 12345");
  before.exec("PRAGMA user_version = 7");
  before.exec("PRAGMA journal_mode = WAL");
  before.close();

  const identity = await open({ kind: "sqlite", path });
  await identity.addUser({ ...ada, role: "reader" });
  await identity.close();

  const after = openDatabase(path);
  expect(after.prepare("PRAGMA application_id").pluck().get()).toBe(12345);
  expect(after.prepare("PRAGMA user_version").pluck().get()).toBe(7);
  after.close();
});
