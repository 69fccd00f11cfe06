// Search, links and changes over HTTP: what was written is found with `after`.
import { asUser } from "@palimpsest/eventsourcing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { openWikiServer } from "./fixtures/wiki-server.ts";

type WikiServer = Awaited<ReturnType<typeof openWikiServer>>;

describe.each(["memory", "SQLite"] as const)("views over HTTP, on %s", (kind) => {
  let wiki: WikiServer;

  beforeEach(async () => {
    wiki = await openWikiServer(kind);
    wiki.wiki.views.runner.start();
  });
  afterEach(async () => {
    await wiki.close();
  });

  const get = async (url: string) => {
    const answer = await wiki.ask("GET", url);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const create = (title: string, body: string) =>
    asUser(SYSTEM, () => wiki.wiki.content.addPage({ title, body, summary: `About ${title}` }));
  const atNow = async () => `after=${await wiki.wiki.content.position()}`;

  it("finds pages, in parts", async () => {
    for (const animal of ["Dog", "Cat", "Cow"])
      await create(animal, `The ${animal} is an animal. <b>No</b> [[Zoo]].`);
    const all = await get(`/api/search?q=animal&limit=2&${await atNow()}`);
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

  it("follows a change of title and of slug", async () => {
    const { page } = await create("Old name", "Text.");
    await asUser(SYSTEM, () => wiki.wiki.content.editPage(page.id, { title: "New name", slug: "elsewhere" }));
    const found = await get(`/api/search?q=new+name&${await atNow()}`);
    expect(found.items[0].page).toEqual({ id: page.id, slug: "elsewhere", title: "New name" });
    expect((await get("/api/search?q=old")).total).toBe(0);
  });

  it("knows which page links where, what is wanted, and which page nobody links to", async () => {
    await create("Zoo", "Nothing.");
    await create("Dog", "In the [[Zoo]], beside the [[Elephant]].");
    expect(await get(`/api/pages/zoo/backlinks?${await atNow()}`)).toMatchObject({
      items: [{ slug: "dog", title: "Dog" }],
      next: null,
    });
    expect((await get("/api/wanted-pages")).items).toEqual([{ slug: "elephant", count: 1 }]);
    expect((await get("/api/orphans")).items).toMatchObject([{ slug: "dog" }]);
  });

  it("lists changes, newest first, in parts", async () => {
    const { page } = await create("Dog", "One.");
    await asUser(SYSTEM, () => wiki.wiki.content.editPage(page.id, { body: "One, two.", summary: "More" }));
    const newest = await get(`/api/changes?limit=1&${await atNow()}`);
    expect(newest.items).toMatchObject([
      {
        kind: "body-updated",
        version: 2,
        summary: "More",
        sizeDelta: 5,
        by: { name: "System" },
        page: { slug: "dog" },
      },
    ]);
    expect((await get(`/api/changes?before=${newest.next}`)).items).toMatchObject([
      { kind: "created", version: 1, summary: "About Dog" },
    ]);
  });
});

it("says when the views do not get to a position", async () => {
  const wiki = await openWikiServer();
  const answer = await wiki.ask("GET", "/api/search?q=x&after=1000");
  expect(answer.statusCode).toBe(503);
  expect(answer.json().code).toBe("view-behind");
  await wiki.close();
});
