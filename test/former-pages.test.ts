// A slug whose last page is archived also names its earlier page, which has moved.

import { setTimeout } from "node:timers/promises";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addressesAt } from "../packages/wiki/src/web/addresses.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;
const ids = { first: "", second: "", third: "" };
let whileFirstMoved = "";

beforeAll(async () => {
  wiki = await openWikiServer();
  editor = await wiki.account("editor", "Editor One");
  wiki.wiki.views.runner.start();
  const { content } = wiki.wiki;
  await asUser(editor.id, async () => {
    ids.first = (await content.addPage({ title: "First <b>", slug: "a" })).page.id;
    await content.editPage(ids.first, { slug: "b" });
    await content.editPage(ids.first, { slug: "c" });
    ids.second = (await content.addPage({ title: "Second", slug: "a" })).page.id;
    await content.archivePage(ids.second);
    ids.third = (await content.addPage({ title: "Third", slug: "a" })).page.id;
    const { position } = await content.archivePage(ids.third);
    const [last] = await content.notificationLog.select({ start: position, limit: 1 });
    const at = last?.recordedAt ?? new Date(0);
    whileFirstMoved = at.toISOString();
    // The next event must have a later time.
    while (Date.now() <= at.getTime()) await setTimeout(1);
    await content.editPage(ids.first, { slug: "d/first" });
  });
});
afterAll(() => wiki.close());

it("the API names the page that had the slug before an archived page", async () => {
  const answer = await wiki.ask("GET", "/api/pages/a");
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({
    code: "page-not-found",
    page: "a",
    archivedPageId: ids.third,
    formerPageId: ids.first,
  });
  expect(answer.json().detail).toContain(`The page before it with this slug is ${ids.first}.`);
  const then = await wiki.ask("GET", `/api/pages/a?at=${whileFirstMoved}`);
  expect(then.json()).toMatchObject({ at: whileFirstMoved, formerPageId: ids.first });
});

it("the screen links to the page that had the slug before, also on an earlier date", async () => {
  const answer = await wiki.ask("GET", "/a");
  expect(answer.statusCode).toBe(404);
  expect(answer.body).toContain("<bdi>Third</bdi> was archived");
  expect(answer.body).toContain(
    'Before that, this address led to <a href="/d/first"><bdi>First &lt;b></bdi></a>.',
  );
  const then = addressesAt(whileFirstMoved);
  expect((await wiki.ask("GET", then.page("a"))).body).toContain(`<a href="${then.page("c")}"><bdi>First`);
});

it("an address does not mention its former page once that page is archived", async () => {
  await asUser(editor.id, () => wiki.wiki.content.archivePage(ids.first));
  expect((await wiki.ask("GET", "/api/pages/a")).json()).not.toHaveProperty("formerPageId");
  expect((await wiki.ask("GET", "/a")).body).not.toContain("Before that");
});

it("a page is missing on a date before it existed", async () => {
  for (const page of [ids.first, "nothing"]) {
    const path = page === "nothing" ? page : `by-id/${page}`;
    const answer = await wiki.ask("GET", `/api/pages/${path}?at=2020-01-01T00:00:00%2B01:00`);
    expect(answer.json()).toMatchObject({
      code: "page-not-found",
      page,
      at: "2019-12-31T23:00:00.000Z",
      detail: `Page "${page}" did not exist at 2019-12-31T23:00:00.000Z.`,
    });
  }
  const { body } = await wiki.ask("GET", addressesAt("2020-01-01T00:00:00.000Z").backlinks("nothing"));
  expect(body).toContain("This page didn’t exist at that time.");
});
