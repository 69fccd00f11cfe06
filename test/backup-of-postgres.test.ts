import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWiki, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { postgresDatabases } from "./account-databases.ts";
import { open } from "./accounts.ts";
import { runCommand } from "./command-line.ts";
import { configFrom } from "./config.ts";
import { writeEarlierTokens } from "./fixtures/earlier-tokens.ts";
import { dropSchemas, type NewSchema, newSchema } from "./postgres-schemas.ts";

const BODY = "Bread\r\nand \0 salt \ud83d\n";
const person = { email: "editor@example.org", name: "Editor One", password: "long enough" };

let folder = "";
let schema: NewSchema;
let env: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-backup-"));
  schema = newSchema();
  env = {
    PALIMPSEST_DATABASE_URL: schema.url,
    PALIMPSEST_DATABASE_SCHEMA: schema.schema,
    PALIMPSEST_DATA_DIR: folder,
    PALIMPSEST_LOG_LEVEL: "silent",
  };
});
afterAll(async () => {
  await dropSchemas([schema, { ...schema, schema: `${schema.schema}_views` }]);
  await rm(folder, { recursive: true });
});

/** Opens the wiki, runs `work`, and closes the wiki. */
async function inWiki<Result>(settings: Record<string, string>, work: (wiki: Wiki) => Promise<Result>) {
  const wiki = await createWiki(configFrom(settings));
  try {
    return await work(wiki);
  } finally {
    await wiki.close();
  }
}

function backup(file: string, settings: Record<string, string>) {
  return runCommand(["backup", file, "--json"], { env: settings });
}

it("a backup of a wiki on PostgreSQL has every event, account, token, draft and file", async () => {
  const { id, token, notifications, draft } = await inWiki(env, async ({ content, identity, drafts }) => {
    const { id } = await identity.addUser({ ...person, role: "editor" });
    const { token } = await identity.createToken(id, { name: "tests" });
    await asUser(id, async () => {
      const { page } = await content.addPage({ title: "Bread", slug: "bread", body: "Bread\n" });
      await content.editPage(page.id, { body: BODY });
      await content.attachFile(page.id, await content.receiveFile("a.txt", Buffer.from("one")));
      for (let number = 0; number < 20; number += 1)
        await content.createPage(`Page ${number}`, `page-${number}`);
    });
    const typed = { title: "", slug: "new", body: BODY, summary: "\ud83d" };
    const draft = await drafts.put({ userId: id, pageId: null, id: null, baseVersion: null, ...typed });
    const notifications = await content.notificationLog.select({ start: 1, limit: 1_000 });
    return { id, token, notifications, draft };
  });

  const file = join(folder, "copy.db");
  const { code, stdout } = await backup(file, env);
  expect(code).toBe(0);
  const files = { folder: `${file}-files`, contents: 1, bytes: 3, missing: [] };
  expect(JSON.parse(stdout)).toEqual({ file, bytes: expect.any(Number), files });
  const copies = (await readdir(folder)).filter((name) => name.startsWith("copy"));
  expect(copies.toSorted()).toEqual(["copy.db", "copy.db-files"]);

  const restored = { PALIMPSEST_DATABASE_URL: `sqlite:${file}`, PALIMPSEST_FILE_STORE: files.folder };
  await inWiki({ ...env, ...restored }, async (wiki) => {
    const { content, identity, drafts, views } = wiki;
    expect(await content.notificationLog.select({ start: 1, limit: 1_000 })).toEqual(notifications);
    expect((await content.getPageBySlug("bread")).body).toBe(BODY);
    expect(await identity.personOfToken(token)).toMatchObject({ id, name: "Editor One", role: "editor" });
    expect((await identity.signIn(person)).person.id).toBe(id);
    expect(await identity.countUsers()).toBe(1);
    expect(await drafts.get(id, null)).toEqual(draft);
    const [attached] = (await content.getPageBySlug("bread")).files;
    expect(await content.files.find(attached?.id ?? "")).toMatchObject({ file: attached, userId: id });
    expect(await content.files.counts()).toEqual({ attached: 1, unattached: 0, bytes: 3 });
    views.runner.start();
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
    expect((await views.recentChanges.recentChanges({ limit: 200 })).length).toBe(23);
    await asUser(id, () => content.updateTitle("bread", "Bread and salt"));
  });
});

it("a backup has the tokens of a wiki that an earlier version created", async () => {
  const databases = postgresDatabases();
  try {
    const database = await databases.make();
    const tokens = await writeEarlierTokens(databases, database);
    const file = join(folder, "earlier.db");
    const schema = database.kind === "postgres" ? database.schema : "";
    expect(await backup(file, { ...env, PALIMPSEST_DATABASE_SCHEMA: schema })).toMatchObject({ code: 0 });

    const identity = await open({ kind: "sqlite", path: file });
    const owners = await Promise.all(
      ["nightly export", "expires in 3000", "disabled", "expired"].map((name) =>
        identity.personOfToken(tokens.get(name) ?? ""),
      ),
    );
    expect(owners.map((owner) => owner?.name)).toEqual([
      "Ada Lovelace",
      "Grace Hopper",
      undefined,
      undefined,
    ]);
    await identity.close();
  } finally {
    await databases.removeAll();
  }
});
