// Drafts through forms without JavaScript. `draft-script.test.ts` tests the script that saves them.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Draft } from "../packages/wiki/src/application/drafts.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { FormWindow, type Shown } from "./fixtures/form-window.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

const BODY = "First line.\nSecond line.\nThird line.\n";
let wiki: WikiServer;
let one: Account;
let two: Account;
let reader: Account;
let slug: string;
let id: string;
let form: string;

beforeAll(async () => {
  wiki = await openWikiServer("memory");
  one = await wiki.account("editor", "Editor One");
  two = await wiki.account("editor", "Editor Two");
  reader = await wiki.account("reader");
});
afterAll(() => wiki?.close());

beforeEach(async () => {
  slug = `page-${randomUUID()}`;
  form = `/-/edit/${slug}`;
  const made = await asUser(two.id, () => wiki.wiki.content.addPage({ title: "Page", slug, body: BODY }));
  id = made.page.id;
  for (const { pageId } of await wiki.wiki.drafts.list(one.id)) await wiki.wiki.drafts.remove(one.id, pageId);
});

const page = () => wiki.wiki.content.getPageById(id);
const myDraft = () => wiki.wiki.drafts.get(one.id, id);
const myNewPage = () => wiki.wiki.drafts.get(one.id, null);
const theySave = (body: string) => asUser(two.id, () => wiki.wiki.content.editPage(id, { body }));

describe("a draft", () => {
  let mine: FormWindow;

  beforeEach(() => {
    mine = new FormWindow(wiki, one);
  });

  const keep = async (body: string) => {
    const { fields } = await mine.open(form);
    return mine.send(`/-/page/${id}/draft`, fields, { body, summary: "Why" });
  };

  it("fills the form when the form is opened again, and has the line endings of the page", async () => {
    await asUser(two.id, () => wiki.wiki.content.editPage(id, { body: "a\r\nb\r\n" }));
    expect((await keep("a\nb, mine\n")).status).toBe(204);
    expect(await myDraft()).toMatchObject({ baseVersion: 2, body: "a\r\nb, mine\r\n", summary: "Why" });
    const again = await mine.open(form);
    expect(again.fields).toMatchObject({ base: `${id}.2`, body: "a\nb, mine\n", summary: "Why" });
    expect(again.text).toContain("You are editing your draft");
    expect(again.text).not.toContain("You started from version");
  });

  it("is stored and deleted by buttons", async () => {
    const { fields } = await mine.open(form);
    const kept = await mine.send(form, fields, { action: "draft", title: "", body: "Mine.\n" });
    expect([kept.status, kept.location]).toEqual([303, `${form}?draft=${fields.draft}`]);
    const again = await mine.open(form);
    expect(again.fields).toMatchObject({ title: "", body: "Mine.\n" });
    const discarded = await mine.send("/-/drafts/discard", { ...again.fields, page: id, return: form });
    expect(discarded.location).toBe(form);
    expect((await mine.open(form)).fields.body).toBe(BODY);
  });

  it("that a button stores is opened next, even if another window stores one later", async () => {
    const { fields } = await mine.open(form);
    const another = (await mine.open(form)).fields;
    const keepElsewhere = () => mine.send(`/-/page/${id}/draft`, another, { body: "Newer, elsewhere.\n" });
    const send = (draft: string | undefined, body: string) =>
      mine.send(form, fields, { action: "draft", draft, body });
    for (const draft of [fields.draft, undefined]) {
      const { location = "" } = await send(draft, "Mine.\n");
      await keepElsewhere();
      expect((await mine.open(location)).fields.body).toBe("Mine.\n");
    }
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    const archived = await send(fields.draft, "Mine, of an archived page.\n");
    await keepElsewhere();
    expect((await mine.open(archived.location ?? "")).html).toContain("\nMine, of an archived page.\n</pre>");

    const [fresh, other] = [await mine.open("/-/new"), await mine.open("/-/new")];
    const kept = await mine.send("/-/new", fresh.fields, { action: "draft", title: "Fresh" });
    await mine.send("/-/new/draft", other.fields, { title: "Other" });
    expect(kept.location).toBe(`/-/new?draft=${fresh.fields.draft}`);
    expect((await mine.open(kept.location ?? "")).fields.title).toBe("Fresh");
  });

  it("is not deleted if another window changed it, and the list reports that", async () => {
    const { fields } = await mine.open(form);
    const keepIt = (body: string) => mine.send(`/-/page/${id}/draft`, fields, { body });
    await keepIt("Mine.\n");
    const list = await mine.open("/-/drafts");
    const kept = await myDraft();
    // Two drafts stored in the same millisecond have the same version.
    do await keepIt("Mine, and more.\n");
    while ((await myDraft())?.savedAt.getTime() === kept?.savedAt.getTime());
    await mine.send("/-/drafts/discard", list.fields);
    const left = await mine.open("/-/drafts");
    expect(left.text).toContain(strings.drafts.notDeleted);
    expect(left.text).not.toContain(strings.drafts.deleted);
    expect((await myDraft())?.body).toBe("Mine, and more.\n");
    await mine.send("/-/drafts/discard", left.fields);
    expect((await mine.open("/-/drafts")).text).toContain(strings.drafts.deleted);
    expect(await myDraft()).toBeUndefined();
  });

  it("names the authors of newer versions, and is deleted when it is merged", async () => {
    await keep(BODY.replace("Third", "My third"));
    await theySave(BODY.replace("First", "Their first"));
    const again = await mine.open(form);
    expect(again.text).toContain(
      `You started from version 1. Editor Two saved version 2. ${strings.common.mergedWhenSaved} ${strings.common.seeChanges}`,
    );
    expect(again.html).toContain(`/-/page/${id}/diff?from=1&amp;to=2`);
    const saved = await mine.send(form, again.fields, { action: "save" });
    expect(saved.notice).toBe("merged.1.2.3");
    expect((await page()).body).toBe(BODY.replace("First", "Their first").replace("Third", "My third"));
    expect(await myDraft()).toBeUndefined();
  });

  it("stays if another window saves, or stores a draft of its own", async () => {
    const first = await mine.open(form);
    const second = await mine.open(form);
    const keepIn = (fields: Shown["fields"], body: string) =>
      mine.send(`/-/page/${id}/draft`, fields, { body });
    await keepIn(first.fields, "Hours of work.\n");
    await keepIn(second.fields, "A comma.\n");
    const list = await mine.open("/-/drafts");
    expect(list.html.match(/aria-label="Delete draft Page"/g)).toHaveLength(2);
    const newest = await mine.open(form);
    expect(newest.fields.body).toBe("A comma.\n");
    expect(newest.text).toContain(strings.drafts.otherDrafts(1));
    expect((await mine.send(form, second.fields, { body: "Saved.\n" })).status).toBe(303);
    const rest = await mine.open(form);
    expect(rest.fields.body).toBe("Hours of work.\n");
    expect(rest.text).toContain("You started from version 1. Editor One saved version 2.");
    expect((await mine.open(`${form}?draft=${second.fields.draft}`)).text).toContain(
      `${strings.drafts.ofPage(1)} ${strings.drafts.heading}`,
    );
  });

  it("without an id is stored beside the others", async () => {
    const { fields } = await mine.open(form);
    for (const body of ["One.\n", "Two.\n"]) {
      await mine.send(`/-/page/${id}/draft`, fields, { body, draft: undefined });
    }
    expect(await wiki.wiki.drafts.list(one.id)).toMatchObject([{ id: null }]);
    const again = await mine.open(`${form}?draft=`);
    expect(again.fields.body).toBe("Two.\n");
    await mine.send(form, again.fields);
    expect(await myDraft()).toBeUndefined();
  });

  it("of a new page is deleted when that page is created", async () => {
    const { fields } = await mine.open("/-/new");
    const typed = { title: "Fresh", slug: `fresh-${slug}`, body: "Text.\n" };
    expect((await mine.send("/-/new/draft", fields, typed)).status).toBe(204);
    const again = await mine.open("/-/new");
    expect(again.fields).toMatchObject(typed);
    expect((await mine.open(`/-/new?slug=fresh-${slug}`)).fields).toMatchObject(typed);

    const other = await mine.open(`/-/new?slug=other-${slug}`);
    expect(other.text).toContain("You have a draft of another new page, Fresh");
    const another = { ...typed, title: "Other", slug: `other-${slug}` };
    await mine.send("/-/new/draft", other.fields, another);
    expect((await mine.open(`/-/new?slug=fresh-${slug}`)).fields).toMatchObject(typed);
    expect((await mine.open("/-/new")).fields).toMatchObject(another);
    await mine.send("/-/new", other.fields, { ...another, action: "save" });
    expect(await myNewPage()).toMatchObject(typed);
    const made = await mine.send("/-/new", again.fields, { action: "save" });
    expect(made.location).toBe(`/fresh-${slug}`);
    expect(await myNewPage()).toBeUndefined();
    await mine.send("/-/new/draft", fields, { title: " ", body: "" });
    expect(await myNewPage()).toBeUndefined();
  });

  it("is listed with the state of its page, only for its author", async () => {
    await keep("Mine.\n");
    await theySave("Theirs.\n");
    const list = await mine.open("/-/drafts");
    expect(list.text).toContain(`/${slug}saved `);
    expect(list.text).toContain(strings.drafts.fromOlder(1, 2));
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    expect((await mine.open("/-/drafts")).text).toContain(strings.drafts.pageArchivedHint);
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain("\nMine.\n</pre>");
    mine.account = two;
    expect((await mine.open("/-/drafts")).text).toContain(strings.drafts.none);
    expect((await mine.open(`/-/page/${id}/draft`)).status).toBe(404);
  });

  it("is one of at most 50 of a page; the form reports that a further one was not stored", async () => {
    const first = await mine.open(form);
    const put = (draft: string, body = "Mine.\n") =>
      mine.send(`/-/page/${id}/draft`, first.fields, { draft, body });
    for (let count = 0; count < 50; count++) expect((await put(randomUUID())).status).toBe(204);
    expect((await put(randomUUID())).status).toBe(409);
    const send = (action: string, filled = {}) =>
      mine.send(form, first.fields, { action, body: "One more.\n", ...filled });
    const refused = await send("draft");
    expect([refused.status, refused.fields.body]).toEqual([422, "One more.\n"]);
    expect(refused.text).toContain("You already have 50 drafts, the most allowed");
    const continued = await mine.open(form);
    expect((await mine.send(form, continued.fields, { action: "draft" })).status).toBe(303);
    expect(await wiki.wiki.drafts.list(one.id)).toHaveLength(50);

    await theySave("Theirs.\n");
    const conflict = await send("save");
    expect(conflict.status).toBe(409);
    expect(conflict.text).not.toContain("is saved as");
    // The script tries again to store it.
    expect(conflict.html).toContain("data-unsaved");
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    const archived = await send("save");
    expect(archived.text).toContain(strings.edit.archived);
    expect((await mine.open("/-/drafts")).html.match(/aria-label="Delete draft Page"/g)).toHaveLength(50);
  });

  it("is shown as text if its page or a version does not exist, and does not hide others", async () => {
    await keep("Mine.\n");
    const gone = randomUUID();
    const draft = (await myDraft()) as Draft;
    const resolution = { theirsVersion: 9, conflicts: [{ name: "1", choice: "own", own: "By hand.\n" }] };
    await wiki.wiki.drafts.put({ ...draft, pageId: gone, body: "Of a page that is gone.\n" });
    const ahead = { ...draft, id: randomUUID(), baseVersion: 8 };
    await wiki.wiki.drafts.put({ ...ahead, resolution });
    const behind = { ...draft, id: randomUUID(), resolution: { ...resolution, theirsVersion: 1 } };
    await wiki.wiki.drafts.put(behind);

    const list = await mine.open("/-/drafts");
    expect(list.status).toBe(200);
    expect(list.text).toContain(strings.drafts.pageMissingHint);
    expect(list.text).toContain(strings.drafts.fromMissing(8, 1));
    expect(list.html.match(/aria-label="Delete draft Page"/g)).toHaveLength(4);
    expect(list.html).toContain(`href="/-/page/${gone}/draft?draft=${draft.id}"`);
    const shown = await mine.open(`/-/page/${gone}/draft?draft=${draft.id}`);
    expect(shown.html).toContain("\nOf a page that is gone.\n</pre>");
    expect(shown.text).toContain(strings.drafts.gone);
    for (const address of [`/-/page/${randomUUID()}/draft`, "/-/page/nonsense/draft"])
      expect((await mine.open(address)).status).toBe(404);

    for (const { id } of [ahead, behind]) {
      const opened = await mine.open(`${form}?draft=${id}`);
      expect([opened.status, opened.fields.body]).toEqual([200, "Mine.\nBy hand.\n"]);
      expect(opened.text).not.toContain(strings.drafts.conflicts);
    }
    const late = await mine.open(`${form}?draft=${ahead.id}`);
    const told = await mine.send(form, late.fields, { action: "save" });
    expect([told.status, told.fields.body]).toEqual([412, "Mine.\nBy hand.\n"]);
    await mine.send("/-/drafts/discard", { ...shown.fields, page: gone });
    expect(await wiki.wiki.drafts.list(one.id)).toHaveLength(3);
  });

  it("is saved only for editors, based on a version of its page, up to the length limit", async () => {
    const { fields } = await mine.open(form);
    const address = `/-/page/${id}/draft`;
    const status = async (url: string, filled: Record<string, string>) =>
      (await mine.send(url, fields, { body: "Mine.\n", ...filled })).status;
    expect(await status(address, { base: `${randomUUID()}.1` })).toBe(412);
    expect(await status(address, { base: `${id}.7` })).toBe(412);
    expect(await status(address, { body: "x".repeat(10 * 1024 * 1024 + 1) })).toBe(413);
    expect(await status(`/-/page/${randomUUID()}/draft`, {})).toBe(404);
    mine.account = undefined;
    expect([await status(address, {}), await status("/-/new/draft", {})]).toEqual([401, 401]);
    mine.account = reader;
    expect([await status(address, {}), await status("/-/new/draft", {})]).toEqual([403, 403]);
    expect((await mine.open("/-/drafts")).status).toBe(403);
    expect([await myDraft(), await myNewPage()]).toEqual([undefined, undefined]);
  });
});
