// Conflicts between new addresses of a page, through forms without JavaScript.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FormWindow, type Shown } from "./fixtures/form-window.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let one: Account;
let two: Account;
let slug: string;
let id: string;
let form: string;
let window: FormWindow;

beforeAll(async () => {
  wiki = await openWikiServer();
  one = await wiki.account("editor", "Editor One");
  two = await wiki.account("editor", "Editor Two");
});
afterAll(() => wiki.close());

beforeEach(async () => {
  slug = `page-${randomUUID()}`;
  form = `/-/rename/${slug}`;
  const texts = { title: "Page", slug, body: "" };
  const created = await asUser(two.id, () => wiki.wiki.content.addPage(texts));
  id = created.page.id;
  window = new FormWindow(wiki, one);
});

const page = () => wiki.wiki.content.getPageById(id);

describe("a new address that conflicts with another one", () => {
  let conflict: Shown;

  beforeEach(async () => {
    const { fields } = await window.open(form);
    await asUser(two.id, () => wiki.wiki.content.editPage(id, { slug: `${slug}/theirs` }));
    conflict = await window.send(form, fields, { slug: `${slug}/mine` });
  });

  it("gets a form with both addresses", async () => {
    expect(conflict.status).toBe(409);
    expect(conflict.text).toContain(`Editor Two changed the address from /${slug} to /${slug}/theirs`);
    expect(conflict.fields.slug).toBe(`${slug}/mine`);
    expect((await page()).slug).toBe(`${slug}/theirs`);
  });

  it.each(["mine", "third"])("is resolved by the address %s, which is recorded as a merge", async (name) => {
    await window.send(form, conflict.fields, { slug: `${slug}/${name}` });
    expect((await page()).slug).toBe(`${slug}/${name}`);
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    expect(change?.merged).toEqual({ base: 1, current: 2 });
  });

  it("is resolved by theirs without a new version", async () => {
    await window.send(form, conflict.fields, { choice: "theirs" });
    expect(await page()).toMatchObject({ slug: `${slug}/theirs`, version: 2 });
  });
});

it("a rename form whose base version does not exist is shown again", async () => {
  const { fields } = await window.open(form);
  for (const base of [`${id}.9`, `${randomUUID()}.1`, "hello"]) {
    const shown = await window.send(form, fields, { base, slug: "mine" });
    expect([shown.status, shown.fields.slug, shown.fields.base]).toEqual([412, "mine", `${id}.1`]);
    expect(shown.text).toContain("the version you started from is unknown");
  }
});
