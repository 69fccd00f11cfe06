import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, expect, test } from "vitest";
import { ada, open } from "../../../../../test/accounts.ts";

const folder = mkdtempSync(join(tmpdir(), "palimpsest-accounts-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("accounts keep the marks by which a file is known as a record of events", async () => {
  const path = join(folder, "marked.db");
  const before = new Database(path);
  before.pragma("application_id = 12345");
  before.pragma("user_version = 7");
  before.pragma("journal_mode = WAL");
  before.close();

  const identity = await open({ kind: "sqlite", path });
  await identity.addUser({ ...ada, role: "reader" });
  await identity.close();

  const after = new Database(path);
  expect(after.pragma("application_id", { simple: true })).toBe(12345);
  expect(after.pragma("user_version", { simple: true })).toBe(7);
  after.close();
});
