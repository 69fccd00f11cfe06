// An edit that meets what others saved meanwhile, by forms alone: nothing anyone wrote is lost.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FormWindow, type Shown } from "./fixtures/form-window.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let one: Account;
let two: Account;
let reader: Account;

beforeAll(async () => {
  wiki = await openWikiServer();
  one = await wiki.account("editor", "Editor One");
  two = await wiki.account("editor", "Editor Two");
  reader = await wiki.account("reader");
});
afterAll(() => wiki.close());

const BODY = "First line.\nSecond line.\nThird line.\nFourth line.\n";
let slug: string;
let id: string;
let form: string;
let mine: FormWindow;

/** Makes a page, opens its form as the one, and lets the other change it. */
async function meeting(theirs: { title?: string; body?: string }, body = BODY): Promise<Shown> {
  slug = `page-${randomUUID()}`;
  form = `/-/edit/${slug}`;
  const made = await asUser(two.id, () => wiki.wiki.content.addPage({ title: "Page", slug, body }));
  id = made.page.id;
  mine = new FormWindow(wiki, one);
  const shown = await mine.open(form);
  await theySave(theirs);
  return shown;
}

const theySave = (edit: { title?: string; body?: string }) =>
  asUser(two.id, () => wiki.wiki.content.editPage(id, edit));
const page = () => wiki.wiki.content.getPageById(id);
const myDraft = () => wiki.wiki.drafts.get(one.id, id);
const save = (fields: Shown["fields"], filled: Record<string, string | undefined> = {}) =>
  mine.send(form, fields, { action: "save", ...filled });

const THEIRS = BODY.replace("Second", "Their second").replace("Fourth", "Their fourth");
const MINE = BODY.replace("Second", "My second").replace("Fourth", "My fourth");

describe("an edit apart from what others changed", () => {
  it("is merged, and the page says with what", async () => {
    const { fields } = await meeting({ body: BODY.replace("First", "Their first") });
    const saved = await save(fields, { body: BODY.replace("Fourth", "My fourth") });
    expect([saved.status, saved.location, saved.notice]).toEqual([303, `/${slug}`, "merged.1.2.3"]);
    expect((await page()).body).toBe(BODY.replace("First", "Their first").replace("Fourth", "My fourth"));
    expect(await myDraft()).toBeUndefined();
  });

  it("is merged though its page has another address meanwhile, and another page the old one", async () => {
    const { fields } = await meeting({});
    await asUser(two.id, () => wiki.wiki.content.editPage(id, { slug: `${slug}-moved` }));
    await asUser(two.id, () => wiki.wiki.content.addPage({ title: "Successor", slug, body: "Other." }));
    expect((await save(fields, { body: MINE })).location).toBe(`/${slug}-moved`);
    expect((await page()).body).toBe(MINE);
    expect((await wiki.wiki.content.getPageBySlug(slug)).body).toBe("Other.");
  });
});

describe("an edit of what others changed, too", () => {
  let conflict: Shown;

  beforeEach(async () => {
    const { fields } = await meeting({ body: THEIRS });
    conflict = await save(fields, { body: MINE, summary: "Mine" });
  });

  it("is answered with both texts, all of mine, and kept as my draft", async () => {
    expect(conflict.status).toBe(409);
    expect(conflict.text).toContain("Editor Two");
    expect(conflict.text).toContain("2 of 2: The text");
    expect(conflict.fields).toMatchObject({
      base: `${id}.1`,
      theirs: `${id}.2`,
      body: MINE,
      summary: "Mine",
      "own-1": "My second line.\n",
    });
    expect((await page()).body).toBe(THEIRS);
    expect(await myDraft()).toMatchObject({ baseVersion: 1, body: MINE, summary: "Mine" });
    const again = await mine.open(form);
    expect(again.fields).toMatchObject({ base: `${id}.1`, body: MINE, summary: "Mine" });
    expect(again.text).toContain("the page is at version 2 now, by Editor Two");
    expect(again.text).toContain("settle place by place");
  });

  it.each([
    ["yours", "My second line.\n"],
    ["theirs", "Their second line.\n"],
    ["both", "Their second line.\nMy second line.\n"],
    ["base", "Second line.\n"],
    ["own", "Our second line.\n"],
  ])("is settled by choosing %s, and mine where nothing is chosen", async (choice, second) => {
    const typed = choice === "own" ? { "own-1": "Our second line." } : {};
    const saved = await save(conflict.fields, { "choice-1": choice, ...typed });
    expect([saved.status, saved.notice]).toEqual([303, "saved"]);
    const { body, version } = await page();
    expect(body).toBe(`First line.\n${second}Third line.\nMy fourth line.\n`);
    expect(version).toBe(3);
    expect(await myDraft()).toBeUndefined();
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    expect(change).toMatchObject({ userId: one.id, summary: "Mine", merged: null });
  });

  it("takes words of one's own without a choice, and asks where another was made", async () => {
    const typed = { "own-1": "Our second line.\n" };
    const asked = await save(conflict.fields, { "choice-1": "theirs", ...typed });
    expect(asked.status).toBe(422);
    expect(asked.text).toContain("something else is chosen: in 1");
    expect(asked.fields).toMatchObject({ "choice-1": "theirs", ...typed });
    expect((await save(asked.fields, { "choice-1": undefined })).status).toBe(303);
    expect((await page()).body).toBe("First line.\nOur second line.\nThird line.\nMy fourth line.\n");
  });

  it("shows what saving makes of it, with the choices as they were made", async () => {
    const shown = await save(conflict.fields, { "choice-2": "theirs", action: "preview" });
    expect(shown.status).toBe(200);
    expect(shown.html).toContain("\nFirst line.\nMy second line.\nThird line.\nTheir fourth line.\n</pre>");
    expect(shown.fields).toMatchObject({ "choice-2": "theirs", body: MINE });
    expect((await page()).version).toBe(2);
    expect((await save(shown.fields)).status).toBe(303);
    expect((await page()).body).toBe("First line.\nMy second line.\nThird line.\nTheir fourth line.\n");
  });

  it("can be edited as a whole, from their version on", async () => {
    const edit = await save(conflict.fields, { "choice-2": "theirs", action: "edit" });
    const settled = "First line.\nMy second line.\nThird line.\nTheir fourth line.\n";
    expect(edit.fields).toMatchObject({ base: `${id}.2`, body: settled, summary: "Mine" });
    expect(edit.fields.theirs).toBeUndefined();
    expect((await save(edit.fields, { body: `${settled}More.\n` })).status).toBe(303);
    expect((await page()).body).toBe(`${settled}More.\n`);
  });

  it("is merged with what came after the conflict was shown", async () => {
    await theySave({ body: THEIRS.replace("First", "Newest first") });
    const saved = await save(conflict.fields);
    expect(saved.notice).toBe("merged.2.3.4");
    expect((await page()).body).toBe(MINE.replace("First", "Newest first"));
  });

  it("meets a new conflict where that changed the same once more, and keeps what was settled", async () => {
    await theySave({ body: THEIRS.replace("Their fourth", "Newest fourth") });
    const again = await save(conflict.fields, { "choice-1": "both" });
    expect(again.status).toBe(409);
    const settled = MINE.replace("My second", "Their second line.\nMy second");
    expect(again.fields).toMatchObject({ base: `${id}.2`, theirs: `${id}.3`, body: settled });
    expect(await myDraft()).toMatchObject({ baseVersion: 2, body: settled });
    await save(again.fields, { "choice-1": "theirs" });
    expect((await page()).body).toBe(settled.replace("My fourth", "Newest fourth"));
  });

  it("is shown again whole when the page was archived meanwhile, and kept", async () => {
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    const refused = await save(conflict.fields, { "choice-1": "theirs" });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("archived meanwhile");
    const settled = MINE.replace("My second", "Their second");
    expect(refused.fields).toMatchObject({ body: settled, summary: "Mine" });
    expect(await myDraft()).toMatchObject({ body: settled });
    const list = await mine.open("/-/drafts");
    expect(list.html).toContain(`href="/-/page/${id}/draft"`);
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain(`\n${settled}</pre>`);
  });

  it.each([
    ["the form was open for too long", 403, { csrf: "old" }],
    ["one was signed out", 401, {}],
  ])("is shown again, choices and all, when %s", async (_, status, filled) => {
    if (status === 401) mine.account = undefined;
    const typed = { "choice-1": "own", "own-1": "Our second line.\n", "choice-2": "theirs" };
    const refused = await save(conflict.fields, { ...typed, ...filled });
    expect(refused.status).toBe(status);
    expect(refused.fields).toMatchObject({ ...typed, body: MINE, summary: "Mine" });
    // Nothing is merged for a form that is not taken.
    expect(refused.text).not.toContain("of 2: The text");
    mine.account = one;
    expect((await save(refused.fields)).status).toBe(303);
    expect((await page()).body).toBe("First line.\nOur second line.\nThird line.\nTheir fourth line.\n");
  });

  it("is refused where it names versions that are not there yet, or another page's", async () => {
    const another = `${randomUUID()}.1`;
    const statusWith = async (filled: Record<string, string>) => (await save(conflict.fields, filled)).status;
    expect(await statusWith({ base: `${id}.7` })).toBe(412);
    expect(await statusWith({ theirs: `${id}.7` })).toBe(412);
    expect(await statusWith({ theirs: another })).toBe(412);
    expect(await statusWith({ base: another })).toBe(404);
    expect((await page()).version).toBe(2);
  });

  it("is refused to readers", async () => {
    mine.account = reader;
    expect((await save(conflict.fields)).status).toBe(403);
    expect((await save(conflict.fields, { csrf: "old" })).fields.body).toBeUndefined();
    expect((await page()).version).toBe(2);
  });
});

describe("a conflict", () => {
  it.each([
    ["yours", "My title"],
    ["theirs", "Their title"],
    ["base", "Page"],
    ["own", "Our title"],
    [undefined, "My title"],
  ])("about the title is settled by choosing %s", async (choice, title) => {
    const { fields } = await meeting({ title: "Their title", body: BODY.replace("First", "Their first") });
    const conflict = await save(fields, { title: "My title", body: BODY.replace("Fourth", "My fourth") });
    expect(conflict.text).toContain("1 of 1: The title");
    const typed = choice === "own" ? { "own-title": "Our title" } : {};
    expect((await save(conflict.fields, { "choice-title": choice, ...typed })).status).toBe(303);
    const body = BODY.replace("First", "Their first").replace("Fourth", "My fourth");
    expect(await page()).toMatchObject({ title, body });
  });

  it("whose title by hand is refused leaves everything that was settled in the form", async () => {
    const { fields } = await meeting({ title: "Their title" });
    const conflict = await save(fields, { title: "My title", body: MINE });
    const refused = await save(conflict.fields, { "choice-title": "own", "own-title": " " });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("this one is empty");
    expect(refused.fields).toMatchObject({ base: `${id}.2`, body: MINE });
  });

  it("keeps the line endings of the page, whatever is chosen and typed", async () => {
    const crlf = (text: string) => text.replaceAll("\n", "\r\n");
    const { fields } = await meeting({ body: crlf(THEIRS) }, crlf(BODY));
    const conflict = await save(fields, { body: MINE });
    await save(conflict.fields, {
      "choice-1": "both",
      "choice-2": "own",
      "own-2": "Our fourth,\nand fifth line.\n",
    });
    expect((await page()).body).toBe(
      crlf("First line.\nTheir second line.\nMy second line.\nThird line.\nOur fourth,\nand fifth line.\n"),
    );
  });

  it("of more places than are shown overwrites nothing where nobody was asked", async () => {
    const lines = (who: string) =>
      Array.from({ length: 300 }, (_, index) => `kept ${index}\n${who} ${index}\n`).join("");
    const { fields } = await meeting({ body: lines("their") }, lines("old"));
    const conflict = await save(fields, { body: lines("my") });
    expect(conflict.text).toContain("Places 201 to 300 are not shown: both texts are taken there");
    const theirs = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`choice-${index + 1}`, "theirs"]),
    );
    const shown = await save(conflict.fields, { ...theirs, action: "preview" });
    expect(shown.text).toMatch(/What saving makes of it.*?Places 201 to 300 are not shown/);
    expect((await save(shown.fields)).status).toBe(303);
    const { body } = await page();
    expect(body).toContain("kept 199\ntheir 199\nkept 200\ntheir 200\nmy 200\n");
    expect(body.match(/their/g)).toHaveLength(300);
    expect(body.match(/my/g)).toHaveLength(100);
  });

  it("about the address is settled by taking mine, leaving theirs, or a third", async () => {
    for (const [filled, expected] of [
      [{}, "mine"],
      [{ choice: "theirs" }, "theirs"],
      [{ slug: "third" }, "third"],
    ] as const) {
      await meeting({});
      const named = (name: string) => `${slug}/${name}`;
      const rename = `/-/rename/${slug}`;
      const { fields } = await mine.open(rename);
      await asUser(two.id, () => wiki.wiki.content.editPage(id, { slug: named("theirs") }));
      const conflict = await mine.send(rename, fields, { slug: named("mine") });
      expect(conflict.status).toBe(409);
      expect(conflict.text).toContain(`to /${named("theirs")}, by Editor Two`);
      expect(conflict.fields.slug).toBe(named("mine"));
      const typed = "slug" in filled ? { slug: named(filled.slug) } : filled;
      await mine.send(rename, conflict.fields, typed);
      expect((await page()).slug).toBe(named(expected));
    }
  });
});
