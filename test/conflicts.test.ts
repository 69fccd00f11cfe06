// Edits that conflict with later versions, through forms without JavaScript.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
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

/** Creates a page, opens its form as the first editor, and edits it as the second. */
async function openAndEdit(theirs: { title?: string; body?: string }, body = BODY): Promise<Shown> {
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

describe("an edit that does not overlap with later edits", () => {
  it("is merged, and the next screen links to the merged versions once", async () => {
    const { fields } = await openAndEdit({ body: BODY.replace("First", "Their first") });
    const saved = await save(fields, { body: BODY.replace("Fourth", "My fourth") });
    expect([saved.status, saved.location, saved.notice]).toEqual([303, `/${slug}`, "merged.1.2.3"]);
    expect((await page()).body).toBe(BODY.replace("First", "Their first").replace("Fourth", "My fourth"));
    expect(await myDraft()).toBeUndefined();
    const shown = await mine.open(`/${slug}`);
    for (const [from, to] of [
      [1, 2],
      [2, 3],
    ]) {
      expect(shown.html).toContain(`href="/-/page/${id}/diff?from=${from}&amp;to=${to}"`);
    }
    expect((await mine.open(`/${slug}`)).html).not.toContain("diff?from=1");
  });

  it.each(["merged", "merged.1.x.3", "merged.1.2"])("has a plain notice for the value %s", async (notice) => {
    await openAndEdit({});
    const headers = { cookie: `palimpsest.notice=${notice}` };
    const { body } = await wiki.ask("GET", `/${slug}`, { headers });
    expect(body).toContain(strings.page.saved(1));
  });

  it("is merged into its page, even if another page has the slug now", async () => {
    const { fields } = await openAndEdit({});
    await asUser(two.id, () => wiki.wiki.content.editPage(id, { slug: `${slug}-moved` }));
    await asUser(two.id, () => wiki.wiki.content.addPage({ title: "Successor", slug, body: "Other." }));
    expect((await save(fields, { body: MINE })).location).toBe(`/${slug}-moved`);
    expect((await page()).body).toBe(MINE);
    expect((await wiki.wiki.content.getPageBySlug(slug)).body).toBe("Other.");
  });
});

describe("an edit that overlaps with a later edit", () => {
  let conflict: Shown;

  beforeEach(async () => {
    const { fields } = await openAndEdit({ body: THEIRS });
    conflict = await save(fields, { body: MINE, summary: "Mine" });
  });

  it("gets a form with both texts, and is stored as a draft", async () => {
    expect(conflict.status).toBe(409);
    expect(conflict.text).toContain("Editor Two");
    expect(conflict.text).toContain(strings.conflict.placeOf(2, 2, strings.common.text));
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
    expect(again.text).toContain("Editor Two saved version 2");
    expect(again.text).toContain(strings.drafts.conflicts);
  });

  it.each([
    ["both", "Their second line.\nMy second line.\n"],
    ["own", "Our second line.\n"],
  ])("is resolved by the choice %s, and by yours without a choice", async (choice, second) => {
    const typed = choice === "own" ? { "own-1": "Our second line." } : {};
    const saved = await save(conflict.fields, { "choice-1": choice, ...typed });
    expect([saved.status, saved.notice]).toEqual([303, "saved.3"]);
    const { body, version } = await page();
    expect(body).toBe(`First line.\n${second}Third line.\nMy fourth line.\n`);
    expect(version).toBe(3);
    expect(await myDraft()).toBeUndefined();
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    // A resolved edit is also a merge and names the merged versions.
    expect(change).toMatchObject({ userId: one.id, summary: "Mine", merged: { base: 1, current: 2 } });
  });

  it("names its original base after a second conflict", async () => {
    await theySave({ body: THEIRS.replace("Their fourth", "Newest fourth") });
    const again = await save(conflict.fields);
    expect(again.fields["made-from"]).toBe("1");
    const edit = await save(again.fields, { action: "edit" });
    expect(edit.fields).toMatchObject({ base: `${id}.3`, "made-from": "1 2" });
    const shown = await save(edit.fields, { action: "preview" });
    expect((await save(shown.fields)).notice).toBe("saved.4");
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    expect(change).toMatchObject({ version: 4, merged: { base: 1, current: 3 } });
  });

  it("is stored as a draft with its choices, and is merged with edits saved since", async () => {
    const resolved = {
      "choice-1": "theirs",
      "own-1": "Not chosen.\n",
      "choice-2": "own",
      "own-2": "Our fourth.\n",
    };
    const kept = await save(conflict.fields, { ...resolved, action: "draft", summary: "Ours" });
    expect([kept.status, kept.location]).toEqual([303, `${form}?draft=${conflict.fields.draft}`]);
    await theySave({ body: THEIRS.replace("First", "Newest first") });
    const again = await mine.open(form);
    expect(again.status).toBe(200);
    expect(again.text).toContain("You are editing your draft");
    expect(again.text).toContain("You are resolving a conflict with version 2. Editor Two saved version 3.");
    expect(again.fields).toMatchObject({ ...resolved, base: `${id}.1`, theirs: `${id}.2`, summary: "Ours" });
    expect((await save(again.fields)).text).toContain(strings.conflict.choiceUnclear([1]));
    const saved = await save(again.fields, { "own-1": conflict.fields["own-1"] });
    expect(saved.notice).toBe("merged.2.3.4");
    expect((await page()).body).toBe("Newest first line.\nTheir second line.\nThird line.\nOur fourth.\n");
    expect(await myDraft()).toBeUndefined();
  });

  it("is shown again with its typed texts if the draft cannot be stored", async () => {
    const typed = { "choice-2": "own", "own-2": "Our fourth.\n", summary: "x".repeat(10_001) };
    const refused = await save(conflict.fields, { ...typed, action: "draft" });
    expect(refused.status).toBe(422);
    expect(refused.fields.body).toBe(`${MINE}Our fourth.\n`);
  });

  it("is stored as a draft by the draft script until it is saved; the draft is shown if the page is archived", async () => {
    const resolved = { "choice-1": "both", "choice-2": "theirs", "own-2": "Our fourth.\n" };
    const put = (filled: Record<string, string> = {}) =>
      mine.send(`/-/page/${id}/draft`, conflict.fields, { ...resolved, ...filled });
    expect((await put()).status).toBe(204);
    expect((await mine.open(form)).fields).toMatchObject(resolved);
    for (const theirs of [`${id}.9`, `${id}.1`]) expect((await put({ theirs })).status).toBe(412);
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain(`\n${MINE}Our fourth.`);
    await asUser(two.id, () => wiki.wiki.content.unarchivePage(id));
    expect((await save(conflict.fields, { "choice-1": "both" })).status).toBe(303);
    expect((await put({ "own-2": MINE })).status).toBe(204);
    await put({ "choice-2": "yours", "own-2": "My fourth line.\n" });
    expect(await myDraft()).toBeUndefined();
  });

  it("uses a typed text without a choice, and rejects it with another choice", async () => {
    const typed = { "own-1": "Our second line.\n" };
    const asked = await save(conflict.fields, { "choice-1": "theirs", ...typed });
    expect(asked.status).toBe(422);
    expect(asked.text).toContain(strings.conflict.choiceUnclear([1]));
    expect(asked.fields).toMatchObject({ "choice-1": "theirs", ...typed });
    expect((await save(asked.fields, { "choice-1": undefined })).status).toBe(303);
    expect((await page()).body).toBe("First line.\nOur second line.\nThird line.\nMy fourth line.\n");
  });

  it("has a preview of the result, which keeps the choices", async () => {
    const shown = await save(conflict.fields, { "choice-2": "theirs", action: "preview" });
    expect(shown.status).toBe(200);
    expect(shown.html).toContain("\nFirst line.\nMy second line.\nThird line.\nTheir fourth line.\n</pre>");
    expect(shown.fields).toMatchObject({ "choice-2": "theirs", body: MINE });
    expect((await page()).version).toBe(2);
    expect((await save(shown.fields)).status).toBe(303);
    expect((await page()).body).toBe("First line.\nMy second line.\nThird line.\nTheir fourth line.\n");
  });

  it("can be edited as a whole, based on their version", async () => {
    const edit = await save(conflict.fields, { "choice-2": "theirs", action: "edit" });
    const resolved = "First line.\nMy second line.\nThird line.\nTheir fourth line.\n";
    expect(edit.fields).toMatchObject({ base: `${id}.2`, body: resolved, summary: "Mine" });
    expect(edit.fields.theirs).toBeUndefined();
    expect((await save(edit.fields, { body: `${resolved}More.\n` })).status).toBe(303);
    expect((await page()).body).toBe(`${resolved}More.\n`);
  });

  it("is merged with edits saved after the conflict was shown", async () => {
    await theySave({ body: THEIRS.replace("First", "Newest first") });
    const saved = await save(conflict.fields);
    expect(saved.notice).toBe("merged.2.3.4");
    expect((await page()).body).toBe(MINE.replace("First", "Newest first"));
  });

  it("conflicts again with a later overlapping edit, and keeps the resolution", async () => {
    await theySave({ body: THEIRS.replace("Their fourth", "Newest fourth") });
    const again = await save(conflict.fields, { "choice-1": "both" });
    expect(again.status).toBe(409);
    const resolved = MINE.replace("My second", "Their second line.\nMy second");
    expect(again.fields).toMatchObject({ base: `${id}.2`, theirs: `${id}.3`, body: resolved });
    expect(await myDraft()).toMatchObject({ baseVersion: 2, body: resolved });
    await save(again.fields, { "choice-1": "theirs" });
    expect((await page()).body).toBe(resolved.replace("My fourth", "Newest fourth"));
  });

  it("is shown again and stored as a draft if the page was archived", async () => {
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    const refused = await save(conflict.fields, { "choice-1": "theirs" });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(strings.edit.archivedDraftSaved);
    const resolved = MINE.replace("My second", "Their second");
    expect(refused.fields).toMatchObject({ body: resolved, summary: "Mine" });
    expect(await myDraft()).toMatchObject({ body: resolved });
    const list = await mine.open("/-/drafts");
    expect(list.html).toContain(`href="/-/page/${id}/draft?draft=`);
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain(`\n${resolved}</pre>`);
  });

  it("is shown again with all choices if its author is signed out", async () => {
    mine.account = undefined;
    const typed = { "choice-1": "own", "own-1": "Our second line.\n", "choice-2": "theirs" };
    const refused = await save(conflict.fields, typed);
    expect(refused.status).toBe(401);
    expect(refused.fields).toMatchObject({ ...typed, body: MINE, summary: "Mine" });
    // A rejected form is not merged.
    expect(refused.text).not.toContain("of 2: Text");
    mine.account = one;
    expect((await save(refused.fields)).status).toBe(303);
    expect((await page()).body).toBe("First line.\nOur second line.\nThird line.\nTheir fourth line.\n");
  });

  it("is shown again if its versions do not exist or belong to another page", async () => {
    const another = `${randomUUID()}.1`;
    for (const base of [`${id}.7`, another, "hello", ""]) {
      const shown = await save(conflict.fields, { base, "own-1": "Our second.\n" });
      expect(shown.status).toBe(412);
      expect(shown.text).toContain(strings.edit.baseUnknown(2));
      expect(shown.text).not.toContain("If-Match");
      expect(shown.fields).toMatchObject({ base: `${id}.2`, body: `${MINE}Our second.\n`, summary: "Mine" });
    }
    for (const theirs of [`${id}.7`, another, "hello", `${id}.1`]) {
      const shown = await save(conflict.fields, { theirs, "own-1": "Our second.\n" });
      expect(shown.status).toBe(412);
      expect(shown.text).toContain(strings.edit.conflictUnknown);
      expect(shown.fields).toMatchObject({ base: `${id}.1`, body: `${MINE}Our second.\n` });
      expect((await save(shown.fields)).status).toBe(409);
    }
    expect((await page()).version).toBe(2);
  });

  it("is rejected for readers", async () => {
    mine.account = reader;
    expect((await save(conflict.fields)).status).toBe(403);
    expect((await page()).version).toBe(2);
  });
});

describe("a conflict", () => {
  it.each([
    ["theirs", "Their title"],
    ["own", "Our title"],
    [undefined, "My title"],
  ])("of the title is resolved by the choice %s", async (choice, title) => {
    const { fields } = await openAndEdit({
      title: "Their title",
      body: BODY.replace("First", "Their first"),
    });
    const conflict = await save(fields, { title: "My title", body: BODY.replace("Fourth", "My fourth") });
    expect(conflict.text).toContain(strings.conflict.placeOf(1, 1, strings.common.title));
    const typed = choice === "own" ? { "own-title": "Our title" } : {};
    expect((await save(conflict.fields, { "choice-title": choice, ...typed })).status).toBe(303);
    const body = BODY.replace("First", "Their first").replace("Fourth", "My fourth");
    expect(await page()).toMatchObject({ title, body });
  });

  it("with an invalid typed title keeps the resolution in the form", async () => {
    const { fields } = await openAndEdit({ title: "Their title" });
    const conflict = await save(fields, { title: "My title", body: MINE });
    const refused = await save(conflict.fields, { "choice-title": "own", "own-title": " " });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(strings.errors["invalid-title"].text);
    expect(refused.fields).toMatchObject({ base: `${id}.2`, body: MINE });
  });

  it("keeps the line endings of the page", async () => {
    const crlf = (text: string) => text.replaceAll("\n", "\r\n");
    const { fields } = await openAndEdit({ body: crlf(THEIRS) }, crlf(BODY));
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
});
