// Links in the text of a page lead to the same page from every screen that shows the text.

import { setTimeout } from "node:timers/promises";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addresses, addressesAt } from "../packages/wiki/src/web/addresses.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const ORIGIN = "https://wiki.example";
const BODY = `[a](two) [b](../bread#x) [c](${ORIGIN}/bread) [d](/-/pages) [e](../-/search?q=flour) [f](${ORIGIN})
[g](/-/account) ${ORIGIN}/book/two [h](#a) [i](http://other.example/two)`;

let wiki: WikiServer;
let editor: Account;
const ids = { linking: "", two: "", bread: "" };
const moments: string[] = [];

beforeAll(async () => {
  wiki = await openWikiServer("memory", { PALIMPSEST_BASE_URL: ORIGIN });
  editor = await wiki.account("editor", "Editor One");
  wiki.wiki.views.runner.start();
  const { content } = wiki.wiki;
  const steps: readonly (() => Promise<unknown>)[] = [
    async () => {
      ids.two = (await content.addPage({ title: "Two", slug: "book/two" })).page.id;
      ids.bread = (await content.addPage({ title: "Bread", slug: "bread" })).page.id;
      ids.linking = (await content.addPage({ title: "One", slug: "book/one", body: BODY })).page.id;
    },
    () => content.editPage(ids.linking, { slug: "shelf/one", body: `${BODY} and more` }),
  ];
  for (const step of steps) {
    await asUser(editor.id, step);
    const [last] = await content.notificationLog.select({ start: await content.position(), limit: 1 });
    const at = last?.recordedAt ?? new Date(0);
    moments.push(at.toISOString());
    // The next event must have a later time.
    while (Date.now() <= at.getTime()) await setTimeout(1);
  }
  await wiki.wiki.views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
});
afterAll(() => wiki.close());

async function linksIn(url: string): Promise<readonly string[]> {
  const { body } = await wiki.ask("GET", url, { as: editor });
  const [, main = ""] = /<main[^>]*>([\s\S]*)<\/main>/.exec(body) ?? [];
  return Array.from(main.matchAll(/<a\b[^>]*href="([^"]*)"/g), ([, href = ""]) => href);
}

it("links on an earlier date lead to pages of that date", async () => {
  const [before = "", after = ""] = moments;
  for (const [then, slug, folder] of [
    [addresses, "shelf/one", "shelf"],
    [addressesAt(before), "book/one", "book"],
    [addressesAt(after), "shelf/one", "shelf"],
  ] as const) {
    expect(await linksIn(then.page(slug))).toEqual(
      expect.arrayContaining([
        then.page(`${folder}/two`),
        `${then.page("bread")}#h-x`,
        then.page("bread"),
        then.allPages(),
        then.search("flour"),
        then.home,
        "/-/account",
        then.page("book/two"),
        "#h-a",
        "http://other.example/two",
      ]),
    );
  }
});

it("relative links of a version resolve from its slug on every screen of the record", async () => {
  const { linking: id } = ids;
  const last = 3;
  for (const [version, to] of [
    [1, "/book/two"],
    [last, "/shelf/two"],
  ] as const) {
    expect(await linksIn(addresses.pageById(id, version))).toContain(to);
    expect(await linksIn(addresses.authorship(id, version, "rendered"))).toContain(to);
    expect(await linksIn(addresses.diff(id, version === 1 ? 0 : 1, version, "rendered"))).toContain(to);
  }
  expect(await linksIn(addresses.diff(id, 1, last, "rendered"))).toContain("/book/two");
});

it("backlinks and wanted pages contain relative links, also on an earlier date", async () => {
  const backlinks = async (id: string, query = "") => {
    const { items } = (await wiki.ask("GET", `/api/pages/by-id/${id}/backlinks${query}`)).json();
    return items.map(({ slug }: { readonly slug: string }) => slug);
  };
  expect(await backlinks(ids.two)).toEqual(["shelf/one"]);
  expect(await backlinks(ids.two, `?at=${moments[0]}`)).toEqual(["book/one"]);
  expect(await backlinks(ids.bread)).toEqual(["shelf/one"]);
  const { items } = (await wiki.ask("GET", "/api/wanted-pages")).json();
  expect(items).toEqual([{ slug: "shelf/two", count: 1 }]);
});

it("a preview resolves links from the slug that the page will have", async () => {
  const session = await wiki.ask("GET", addresses.editPage("shelf/one"), { as: editor });
  const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(session.body)?.[1] ?? "";
  const preview = async (url: string, form: Record<string, string>) => {
    const { body } = await wiki.ask("POST", url, {
      as: editor,
      payload: new URLSearchParams({ ...form, action: "preview" }).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    return body;
  };
  const body = "[x](two) [y](../bread)";
  const edited = { title: "One", body, summary: "", base: hidden("base") };
  const shown = await preview(addresses.editPage("shelf/one"), edited);
  expect(shown).toContain('<a href="/shelf/two" class="wanted">');
  expect(shown).toContain('<a href="/bread">');
  const drafted = { title: "New", slug: "book/new", body, summary: "" };
  expect(await preview(addresses.newPage(), drafted)).toContain('<a href="/book/two">');
});
