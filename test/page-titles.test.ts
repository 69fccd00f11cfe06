// Links by title, pages with the same title, and the source of a page.

import { setTimeout } from "node:timers/promises";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addresses, addressesAt } from "../packages/wiki/src/web/addresses.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;

beforeAll(async () => {
  wiki = await openWikiServer();
  editor = await wiki.account("editor");
  wiki.wiki.views.runner.start();
});
afterAll(() => wiki.close());

/** Runs commands, and resolves to the time after them when the views have processed them. */
async function written(commands: () => Promise<unknown>): Promise<string> {
  const { content, views } = wiki.wiki;
  await asUser(editor.id, commands);
  await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
  const [last] = await content.notificationLog.select({ start: await content.position(), limit: 1 });
  const at = last?.recordedAt ?? new Date(0);
  // The next event must have a later time.
  while (Date.now() <= at.getTime()) await setTimeout(1);
  return at.toISOString();
}

const add = (title: string, slug: string, body = "") =>
  written(() => wiki.wiki.content.addPage({ title, slug, body }));

async function hrefOf(slug: string, then: Pick<typeof addresses, "page"> = addresses) {
  const { body } = await wiki.ask("GET", then.page(slug), { as: editor });
  return /<p dir="auto"><a href="([^"]*)"( class="wanted")?>/.exec(body)?.slice(1);
}

describe("a link by title", () => {
  it("leads to the only page with the title, then to a choice, each at its date", async () => {
    const missing = await add("Linking", "linking", "[[Release notes]]");
    const one = await add("Release  Notes", "changes/one");
    const two = await add("release notes", "changes/two");
    const choice = "/-/choose?title=release%20notes";
    for (const read of ["first", "cached"])
      expect(await hrefOf("linking"), read).toEqual([choice, undefined]);
    expect(await hrefOf("linking", addressesAt(missing))).toEqual([
      addressesAt(missing).page("release-notes"),
      ' class="wanted"',
    ]);
    expect(await hrefOf("linking", addressesAt(one))).toEqual([
      addressesAt(one).page("changes/one"),
      undefined,
    ]);
    expect(await hrefOf("linking", addressesAt(two))).toEqual([
      addressesAt(two).choosePage("release notes"),
      undefined,
    ]);
    const shown = await wiki.ask("GET", choice, { as: editor });
    expect(shown.statusCode).toBe(200);
    expect(shown.body).toContain('href="/changes/one"');
    expect(shown.body).toContain('href="/changes/two"');
    const before = await wiki.ask("GET", addressesAt(one).choosePage("Release Notes"), { as: editor });
    expect(before.body).toContain(`href="${addressesAt(one).page("changes/one")}"`);
    expect(before.body).not.toContain("changes/two");
    await written(() => wiki.wiki.content.updateTitle("changes/one", "Older"));
    expect(await hrefOf("linking")).toEqual(["/changes/two", undefined]);
    for (const query of ["", "?title=", "?title=nothing&cursor=5"]) {
      expect((await wiki.ask("GET", `/-/choose${query}`, { as: editor })).statusCode).toBe(200);
    }
  });
});

describe("a page with the title of another", () => {
  const form = async (url: string, fields: Record<string, string>) =>
    wiki.ask("POST", url, {
      as: editor,
      payload: new URLSearchParams(fields).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });

  it("is created by the form after a question", async () => {
    await add("Twice", "twice");
    const fields = { title: " twice ", slug: "", body: "kept", summary: "" };
    const asked = await form(addresses.newPage(), fields);
    expect(asked.statusCode).toBe(409);
    expect(asked.body).toContain('<a href="/twice">');
    expect(asked.body).toContain(">Create anyway<");
    expect(asked.body).toMatch(/>\s*kept<\/textarea>/);
    const [, accepted = ""] = /name="same-title" value="([^"]*)"/.exec(asked.body) ?? [];
    const created = await form(addresses.newPage(), { ...fields, "same-title": accepted });
    expect([created.statusCode, created.headers.location]).toEqual([303, "/twice-2"]);
    const other = await form(addresses.newPage(), { ...fields, title: "Twice", "same-title": "other" });
    expect(other.statusCode).toBe(409);
  });

  it("gets its title by the form after a question", async () => {
    await add("Known", "known");
    const { page } = await asUser(editor.id, () =>
      wiki.wiki.content.addPage({ title: "Draft", slug: "to-retitle" }),
    );
    const fields = { base: `${page.id}.1`, title: "KNOWN", body: "", summary: "" };
    const asked = await form(addresses.editPage("to-retitle"), fields);
    expect(asked.statusCode).toBe(409);
    expect(asked.body).toContain(">Save anyway<");
    const saved = await form(addresses.editPage("to-retitle"), { ...fields, "same-title": "known" });
    expect(saved.statusCode).toBe(303);
    const body = { base: `${page.id}.2`, title: "KNOWN", body: "Only the text", summary: "" };
    expect((await form(addresses.editPage("to-retitle"), body)).statusCode).toBe(303);
  });

  it("is named in the answer of the API", async () => {
    await add("Named", "named");
    const first = await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "Alone" } });
    expect(first.json()).not.toHaveProperty("sameTitle");
    const second = await wiki.ask("POST", "/api/pages", { as: editor, payload: { title: "named" } });
    const named = await wiki.wiki.content.getPageBySlug("named");
    expect(second.json()).toMatchObject({ slug: "named-2", sameTitle: [{ id: named.id, slug: "named" }] });
    const edit = (payload: Record<string, string>) =>
      wiki.ask("PATCH", "/api/pages/alone", {
        as: editor,
        payload,
        headers: { "if-match": String(first.headers.etag) },
      });
    expect((await edit({ body: "text" })).json()).not.toHaveProperty("sameTitle");
    expect((await edit({ title: "Named" })).json().sameTitle).toContainEqual({ id: named.id, slug: "named" });
  });
});

describe("the source of a page", () => {
  const source = "# Café\r\n\n[[Release notes]]\n";
  const get = (url: string, headers = {}) => wiki.ask("GET", url, { as: editor, headers });

  it("is at its address with .md, with the ETag of the page", async () => {
    const then = addressesAt(await add("Source", "docs/source", source));
    await written(() => wiki.wiki.content.updateBody("docs/source", "new"));
    const { id } = await wiki.wiki.content.getPageBySlug("docs/source");
    for (const [url, text, version] of [
      [addresses.source("docs/source"), "new", 2],
      [then.source("docs/source"), source, 1],
    ] as const) {
      const shown = await get(url);
      expect(shown.statusCode).toBe(200);
      expect(shown.body).toBe(text);
      expect(shown.headers).toMatchObject({
        "content-type": "text/markdown; charset=utf-8",
        "x-content-type-options": "nosniff",
        etag: `"${id}.${version}"`,
      });
      expect((await get(url, { "if-none-match": shown.headers.etag })).statusCode).toBe(304);
      expect((await wiki.ask("HEAD", url, { as: editor })).statusCode).toBe(200);
    }
    expect((await get("/Docs/Source.MD")).headers.location).toBe("/docs/source.md");
    await written(() => wiki.wiki.content.updateSlug("docs/source", "docs/moved"));
    expect((await get("/docs/source.md")).headers.location).toBe("/docs/moved.md");
  });

  it("gives way to a page with that address", async () => {
    await add("Plain", "plain", "the source");
    expect((await get("/plain.md")).body).toBe("the source");
    await add("Plain.md", "plain.md");
    expect((await get("/plain.md")).headers["content-type"]).toContain("text/html");
  });

  it.each(["/nowhere.md", "/.md", "/a//b.md", "/gone.md"])("is not found at %s", async (url) => {
    if (url === "/gone.md") {
      await add("Gone", "gone");
      const { id } = await wiki.wiki.content.getPageBySlug("gone");
      await written(() => wiki.wiki.content.archivePage(id));
    }
    const shown = await get(url);
    expect([shown.statusCode, shown.headers["content-type"]]).toEqual([404, "text/plain; charset=utf-8"]);
  });
});
