// Search, links and changes, over HTTP.
import { asUser } from "@palimpsest/eventsourcing";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { FormWindow, type Shown } from "./fixtures/form-window.ts";
import { openWikiServer } from "./fixtures/wiki-server.ts";

type WikiServer = Awaited<ReturnType<typeof openWikiServer>>;

describe("views over HTTP", () => {
  let wiki: WikiServer;

  beforeAll(async () => {
    wiki = await openWikiServer("SQLite");
    wiki.wiki.views.runner.start();
  });
  afterAll(() => wiki.close());

  const get = async (url: string) => {
    const answer = await wiki.ask("GET", url);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const create = (title: string, body: string) =>
    asUser(SYSTEM, () => wiki.wiki.content.addPage({ title, body, summary: `About ${title}` }));
  const afterLastWrite = async () => `after=${await wiki.wiki.content.position()}`;

  it("finds pages, in parts", async () => {
    for (const animal of ["Dog", "Cat", "Cow"])
      await create(animal, `The ${animal} is an animal. <b>No</b> [[Zoo]].`);
    const all = await get(`/api/search?q=animal&limit=2&${await afterLastWrite()}`);
    expect(all.total).toBe(3);
    expect(all.items).toHaveLength(2);
    const rest = await get(`/api/search?q=animal&limit=2&cursor=${all.next}`);
    expect(rest.items).toHaveLength(1);
    expect(rest.next).toBeNull();
    const [dog] = (await get("/api/search?q=dog")).items;
    expect(dog.page).toMatchObject({ slug: "dog", title: "Dog" });
    expect(dog.snippet).toContainEqual({ text: "Dog", match: true });
    for (const q of ['"', "c++", "a -b", "O'Brien", "(", "", "-x"]) {
      await get(`/api/search?q=${encodeURIComponent(q)}`);
    }
  });

  it("finds a page by its new title and slug", async () => {
    const { page } = await create("Old name", "Text.");
    await asUser(SYSTEM, () => wiki.wiki.content.editPage(page.id, { title: "New name", slug: "elsewhere" }));
    const found = await get(`/api/search?q=new+name&${await afterLastWrite()}`);
    expect(found.items[0].page).toEqual({ id: page.id, slug: "elsewhere", title: "New name" });
    expect((await get("/api/search?q=old")).total).toBe(0);
  });

  it("lists backlinks, wanted pages and orphans", async () => {
    await create("Forest", "Nothing.");
    await create("Wolf", "In the [[Forest]], beside the [[Elephant]].");
    expect(await get(`/api/pages/forest/backlinks?${await afterLastWrite()}`)).toMatchObject({
      items: [{ slug: "wolf", title: "Wolf" }],
      next: null,
    });
    expect((await get("/api/wanted-pages")).items).toContainEqual({ slug: "elephant", count: 1 });
    const orphans = (await get("/api/orphans")).items.map(({ slug }: { slug: string }) => slug);
    expect(orphans).toContain("wolf");
    expect(orphans).not.toContain("forest");
  });

  it("lists changes, newest first, in parts", async () => {
    const { page } = await create("Fish", "One.");
    await asUser(SYSTEM, () => wiki.wiki.content.editPage(page.id, { body: "One, two.", summary: "More" }));
    const newest = await get(`/api/changes?limit=1&${await afterLastWrite()}`);
    expect(newest.items).toMatchObject([
      {
        kind: "body-updated",
        version: 2,
        summary: "More",
        sizeDelta: 5,
        by: { name: "System" },
        page: { slug: "fish" },
      },
    ]);
    expect((await get(`/api/changes?limit=1&before=${newest.next}`)).items).toMatchObject([
      { kind: "created", version: 1, summary: "About Fish" },
    ]);
  });
});

it("responds with 503 if a view does not reach a position in time", async () => {
  const wiki = await openWikiServer();
  await wiki.account("reader");
  const [answer, screen] = await Promise.all([
    wiki.ask("GET", "/api/search?q=x&after=1000"),
    wiki.ask("GET", "/-/search?q=x&after=1000"),
  ]);
  expect(answer.statusCode).toBe(503);
  expect(answer.json().code).toBe("view-behind");
  expect(screen.statusCode).toBe(503);
  expect(screen.body).toContain("isn’t up to date yet");
  await wiki.close();
});

describe("a stopped view", () => {
  const SECRET = "the disk of db-7 is full";
  let wiki: WikiServer;
  let position = 0;

  /** Stops the view `site` at its next event by an error of its database. */
  beforeAll(async () => {
    wiki = await openWikiServer("SQLite");
    const { content, views, config } = wiki.wiki;
    const write = (title: string) =>
      asUser(SYSTEM, () => content.addPage({ title, body: "[[Nowhere]]", summary: "Begun" }));
    views.runner.start();
    await views.runner.waitFor(undefined, (await write("Dog")).position, { timeoutMs: 60_000 });
    if (config.database.kind !== "sqlite") throw new Error("the wiki is not on SQLite");
    const database = new Database(config.database.path.replace(/\.db$/, "-views.db"));
    const [table] = database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'site\\_\\_pages%' ESCAPE '\\'",
      )
      .pluck()
      .all();
    database.exec(
      `CREATE TRIGGER full BEFORE INSERT ON "${table}" BEGIN SELECT RAISE(ABORT, '${SECRET}'); END`,
    );
    database.close();
    position = (await write("Cat")).position;
    const stopping = views.runner.waitFor(["site"], position, { timeoutMs: 60_000 });
    await expect(stopping).rejects.toThrow("It is stopped at");
  });
  afterAll(() => wiki.close());

  it("does not stop the other views, also for earlier dates", async () => {
    for (const [url, found] of [
      [`/api/search?q=cat&after=${position}`, "Cat"],
      [`/api/search?q=cat&at=2999-01-01`, "Cat"],
      [`/api/changes?after=${position}`, "Cat"],
      [`/api/pages/cat?after=${position}`, "Cat"],
      [`/-/search?q=cat&after=${position}`, "Cat"],
      [`/-/changes?after=${position}`, "Cat"],
      ["/-/at/2999-01-01T00:00:00.000Z/cat", "Nowhere"],
      ["/-/at/2999-01-01T00:00:00.000Z/-/pages", "Cat"],
      ["/-/at/2999-01-01T00:00:00.000Z/-/search?q=cat", "Cat"],
      ["/-/at/2999-01-01T00:00:00.000Z/-/changes", "Cat"],
    ] as const) {
      const { statusCode, body } = await wiki.ask("GET", url);
      expect([url, statusCode]).toEqual([url, 200]);
      expect(body).toContain(found);
    }
  });

  it("reports the event at which it stopped to clients, and the cause only to operators", async () => {
    const answer = await wiki.ask("GET", `/api/wanted-pages?after=${position}`);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      code: "view-behind",
      view: "site",
      notificationId: position,
      stopped: { topic: "Page.Created" },
    });
    for (const url of [
      "/api/pages/dog/backlinks",
      "/api/wanted-pages",
      "/api/orphans",
      "/api/archived-pages",
      "/-/links/dog",
      "/-/wanted",
      "/-/orphans",
      "/-/archived",
    ]) {
      const { statusCode, body } = await wiki.ask("GET", `${url}?after=${position}`);
      expect([url, statusCode]).toEqual([url, 503]);
      expect(body).not.toContain(SECRET);
    }
    const status = (await wiki.wiki.views.runner.status()).find(({ name }) => name === "site");
    expect(status?.stopped?.error).toContain(SECRET);
  });
});

describe("the screens that read views", () => {
  const SCREENS = [
    ["/-/search?q=lively", "Lively"],
    ["/-/changes", "Lively"],
    ["/-/orphans", "Lively"],
    ["/-/wanted", "elsewhere"],
    ["/-/links/lively", "Linking"],
    ["/-/archived", "Gone"],
  ] as const;
  let wiki: WikiServer;
  let mine: FormWindow;

  beforeEach(async () => {
    wiki = await openWikiServer();
    mine = new FormWindow(wiki, await wiki.account("editor", "Editor One"));
  });
  afterEach(() => wiki.close());

  const write = (title: string, body: string) =>
    asUser(SYSTEM, () => wiki.wiki.content.addPage({ title, body }));
  const create = async (title: string, body: string) => {
    const { fields } = await mine.open("/-/new");
    return mine.send("/-/new", fields, { title, body, action: "save" });
  };

  it("wait for the position in their address", async () => {
    await write("Lively", "Of the [[Elsewhere]].");
    await write("Linking", "To [[Lively]].");
    const { page } = await write("Gone", "Nothing.");
    const { position } = await asUser(SYSTEM, () => wiki.wiki.content.archivePage(page.id));
    const opened = SCREENS.filter(([url]) => url !== "/-/orphans").map(async ([url, found]) => {
      const answer = await wiki.ask("GET", `${url}${url.includes("?") ? "&" : "?"}after=${position}`);
      expect([url, answer.statusCode]).toEqual([url, 200]);
      expect(answer.body).toContain(found);
    });
    wiki.wiki.views.runner.start();
    await Promise.all(opened);
    for (const after of ["", "x", "-1", "1.5", "1&after=2"]) {
      expect((await wiki.ask("GET", `/-/changes?after=${after}`)).statusCode).toBe(400);
    }
  });

  it("wait for the author's last save without an `after` in the address", async () => {
    const saved = await create("Lively", "Of the [[Elsewhere]].");
    expect([saved.status, saved.location]).toEqual([303, "/lively"]);
    const opened = SCREENS.slice(0, 4).map(async ([url, found]) => {
      expect((await mine.open(url)).text.toLowerCase()).toContain(found.toLowerCase());
    });
    wiki.wiki.views.runner.start();
    await Promise.all(opened);
  });

  it("remember the last write after each command, and appear also if a view is behind", async () => {
    const { page } = await write("Lively", "One.");
    const expectLastWrite = async (change: Promise<Shown>) => {
      const { status, written } = await change;
      expect([status, written]).toEqual([303, String(await wiki.wiki.content.position())]);
    };
    const edit = await mine.open("/-/edit/lively");
    await expectLastWrite(mine.send("/-/edit/lively", edit.fields, { body: "Two.", action: "save" }));
    const rename = await mine.open("/-/rename/lively");
    await expectLastWrite(mine.send("/-/rename/lively", rename.fields, { slug: "livelier" }));
    for (const [command, fields] of [
      ["undo", { version: "2" }],
      ["restore", { version: "2" }],
      ["archive", {}],
      ["unarchive", {}],
    ] as const) {
      const { version } = await wiki.wiki.content.getPageById(page.id);
      const base = `${page.id}.${version}`;
      await expectLastWrite(mine.send(`/-/page/${page.id}/${command}`, { base, summary: "", ...fields }));
    }
    // No runner updates the views of this wiki.
    const { status, text } = await mine.open("/-/changes");
    expect([status, text.includes("Lively")]).toEqual([200, false]);
  });
});
