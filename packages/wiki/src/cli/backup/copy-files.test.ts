import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { backupSqlite } from "@palimpsest/eventsourcing/sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configFrom } from "../../../../../test/config.ts";
import { openWikiServer, type WikiServer } from "../../../../../test/fixtures/wiki-server.ts";
import { createWiki } from "../../create-wiki.ts";
import { copyFiles } from "./copy-files.ts";

let server: WikiServer;

beforeEach(async () => {
  server = await openWikiServer("SQLite");
});
afterEach(() => server.close());

const attach = async (name: string, text: string) => {
  const { content } = server.wiki;
  const editor = await server.account("editor");
  const { page } = await asUser(editor.id, () => content.addPage({ title: name }));
  const received = await content.receiveFile(name, Buffer.from(text));
  return (await asUser(editor.id, () => content.attachFile(page.id, received))).file;
};
const pathBelow = (folder: string, { sha256 }: { sha256: string }) =>
  join(folder, "sha256", sha256.slice(0, 2), sha256);

it("copies each content once, into a folder that a copy of the wiki can use", async () => {
  const { config } = server.wiki;
  const [first] = [
    await attach("a.txt", "one"),
    await attach("b.txt", "one"),
    await attach("c.txt", "three"),
  ];
  const to = join(config.dataDir, "copy.db");
  await backupSqlite({ path: join(config.dataDir, "palimpsest.db"), to });
  const folder = `${to}-files`;
  expect(await copyFiles(config, folder)).toEqual({ folder, contents: 2, bytes: 8, missing: [] });
  const settings = { PALIMPSEST_DATA_DIR: join(config.dataDir, "restored"), PALIMPSEST_FILE_STORE: folder };
  const restored = await createWiki(configFrom({ ...settings, PALIMPSEST_DATABASE_URL: `sqlite:${to}` }));
  try {
    const stored = await restored.content.files.find(first?.id ?? "");
    let text = "";
    if (stored) for await (const part of await restored.content.files.read(stored)) text += Buffer.from(part);
    expect(text).toBe("one");
  } finally {
    await restored.close();
  }
});

it("reports missing and damaged files, and copies the others", async () => {
  const { config } = server.wiki;
  const [gone, damaged] = [await attach("gone.txt", "one"), await attach("damaged.txt", "two")];
  await attach("c.txt", "three");
  const source = join(config.dataDir, "files");
  rmSync(pathBelow(source, gone));
  writeFileSync(pathBelow(source, damaged), "owt");
  const folder = join(config.dataDir, "copy");
  const { contents, missing } = await copyFiles(config, folder);
  expect([contents, missing.toSorted()]).toEqual([1, ["damaged.txt", "gone.txt"]]);
  expect(existsSync(pathBelow(folder, damaged))).toBe(false);
});
