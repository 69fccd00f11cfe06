// An edit that meets what others saved meanwhile, by forms alone: nothing anyone wrote is lost.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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
    // Settled by hand, it is a merge all the same, and names what it merged.
    expect(change).toMatchObject({ userId: one.id, summary: "Mine", merged: { base: 1, current: 2 } });
  });

  it("leaves to its author what is brought back as it was", async () => {
    await save(conflict.fields, { "choice-1": "base", "choice-2": "own", "own-2": "Fourth of mine.\n" });
    const { runs } = await wiki.wiki.content.record.authorship(id);
    const wrote = (version: number) =>
      runs.flatMap((run) => (run.version === version ? [run.text.trim()] : []));
    expect([wrote(1).join("|"), wrote(2)]).toEqual([
      expect.stringMatching(/^First line\.\nSecond line\.\nThird line\.\nFourth/),
      [],
    ]);
    expect(wrote(3).join()).toContain("of mine");
  });

  it("names the version that it began with when it met others twice, too", async () => {
    await theySave({ body: THEIRS.replace("Their fourth", "Newest fourth") });
    const again = await save(conflict.fields);
    expect(again.fields["made-from"]).toBe("1");
    const edit = await save(again.fields, { action: "edit" });
    expect(edit.fields).toMatchObject({ base: `${id}.3`, "made-from": "1 2" });
    const shown = await save(edit.fields, { action: "preview" });
    expect((await save(shown.fields)).notice).toBe("saved");
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    expect(change).toMatchObject({ version: 4, merged: { base: 1, current: 3 } });
  });

  it("is kept as it is being settled, whatever is closed and whoever saves meanwhile", async () => {
    const settled = {
      "choice-1": "theirs",
      "own-1": "Not chosen.\n",
      "choice-2": "own",
      "own-2": "Our fourth.\n",
    };
    const kept = await save(conflict.fields, { ...settled, action: "draft", summary: "Ours" });
    expect([kept.status, kept.location]).toEqual([303, `${form}?draft=${conflict.fields.draft}`]);
    await theySave({ body: THEIRS.replace("First", "Newest first") });
    const again = await mine.open(form);
    expect(again.status).toBe(200);
    expect(again.text).toContain("This is your draft, kept");
    expect(again.text).toContain(
      "You settle a conflict with version 2; the page is at version 3 now, by Editor Two.",
    );
    expect(again.fields).toMatchObject({ ...settled, base: `${id}.1`, theirs: `${id}.2`, summary: "Ours" });
    expect((await save(again.fields)).text).toContain("something else is chosen: in 1");
    const saved = await save(again.fields, { "own-1": conflict.fields["own-1"] });
    expect(saved.notice).toBe("merged.2.3.4");
    expect((await page()).body).toBe("Newest first line.\nTheir second line.\nThird line.\nOur fourth.\n");
    expect(await myDraft()).toBeUndefined();
  });

  it("is shown again with what was typed by hand where it cannot be kept", async () => {
    const typed = { "choice-2": "own", "own-2": "Our fourth.\n", summary: "x".repeat(10_001) };
    const refused = await save(conflict.fields, { ...typed, action: "draft" });
    expect(refused.status).toBe(422);
    expect(refused.fields.body).toBe(`${MINE}Our fourth.\n`);
  });

  it("is kept by what a browser sends, not after it was saved, and shown to be copied when it must", async () => {
    const settled = { "choice-1": "both", "choice-2": "theirs", "own-2": "Our fourth.\n" };
    const put = (filled: Record<string, string> = {}) =>
      mine.send(`/-/page/${id}/draft`, conflict.fields, { ...settled, ...filled });
    expect((await put()).status).toBe(204);
    expect((await mine.open(form)).fields).toMatchObject(settled);
    for (const theirs of [`${id}.9`, `${id}.1`]) expect((await put({ theirs })).status).toBe(412);
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain(`\n${MINE}Our fourth.`);
    await asUser(two.id, () => wiki.wiki.content.unarchivePage(id));
    expect((await save(conflict.fields, { "choice-1": "both" })).status).toBe(303);
    expect((await put({ "own-2": MINE })).status).toBe(204);
    await put({ "choice-2": "yours", "own-2": "My fourth line.\n" });
    expect(await myDraft()).toBeUndefined();
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
    expect(list.html).toContain(`href="/-/page/${id}/draft?draft=`);
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain(`\n${settled}</pre>`);
  });

  it("is shown again with all choices after its author was signed out", async () => {
    mine.account = undefined;
    const typed = { "choice-1": "own", "own-1": "Our second line.\n", "choice-2": "theirs" };
    const refused = await save(conflict.fields, typed);
    expect(refused.status).toBe(401);
    expect(refused.fields).toMatchObject({ ...typed, body: MINE, summary: "Mine" });
    // Nothing is merged for a form that is not taken.
    expect(refused.text).not.toContain("of 2: The text");
    mine.account = one;
    expect((await save(refused.fields)).status).toBe(303);
    expect((await page()).body).toBe("First line.\nOur second line.\nThird line.\nTheir fourth line.\n");
  });

  it("is shown again where it names versions that are not there, or another page's", async () => {
    const another = `${randomUUID()}.1`;
    for (const base of [`${id}.7`, another, "hello", ""]) {
      const shown = await save(conflict.fields, { base, "own-1": "Our second.\n" });
      expect(shown.status).toBe(412);
      expect(shown.text).toContain("which version of the page your text began with is not known");
      expect(shown.text).not.toContain("If-Match");
      expect(shown.fields).toMatchObject({ base: `${id}.2`, body: `${MINE}Our second.\n`, summary: "Mine" });
    }
    for (const theirs of [`${id}.7`, another, "hello", `${id}.1`]) {
      const shown = await save(conflict.fields, { theirs, "own-1": "Our second.\n" });
      expect(shown.status).toBe(412);
      expect(shown.text).toContain("which version your text met is not known");
      expect(shown.fields).toMatchObject({ base: `${id}.1`, body: `${MINE}Our second.\n` });
      expect((await save(shown.fields)).status).toBe(409);
    }
    expect((await page()).version).toBe(2);
  });

  it("is refused to readers", async () => {
    mine.account = reader;
    expect((await save(conflict.fields)).status).toBe(403);
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
    expect(refused.text).toContain("Title is empty");
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

  it("about the address cannot be told of a version that is not there, and what was typed is shown again", async () => {
    await meeting({});
    const rename = `/-/rename/${slug}`;
    const { fields } = await mine.open(rename);
    for (const base of [`${id}.9`, `${randomUUID()}.1`, "hello"]) {
      const shown = await mine.send(rename, fields, { base, slug: "mine" });
      expect([shown.status, shown.fields.slug, shown.fields.base]).toEqual([412, "mine", `${id}.1`]);
      expect(shown.text).toContain("which version of the page you began with is not known");
    }
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
      const { slug: settled, version } = await page();
      expect(settled).toBe(named(expected));
      const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
      expect(change?.merged).toEqual(version === 2 ? null : { base: 1, current: 2 });
    }
  });
});

describe("what was typed by who was signed out meanwhile", () => {
  let closed: WikiServer;
  let editor: Account;
  let window: FormWindow;
  let secret: string;

  beforeEach(async () => {
    closed = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
    editor = await closed.account("editor", "Editor One");
    window = new FormWindow(closed, editor);
    const texts = { title: "A secret", slug: "secret", body: BODY };
    const made = await asUser(editor.id, () => closed.wiki.content.addPage(texts));
    secret = made.page.id;
  });
  afterEach(() => closed.close());

  /** Sends a form as nobody, and then what comes back as its person. */
  const sendTwice = async (address: string, fields: Shown["fields"], filled: Record<string, string>) => {
    window.account = undefined;
    const shown = await window.send(address, fields, filled);
    window.account = editor;
    return { shown, saved: await window.send(address, shown.fields) };
  };

  it.each(["save", "preview", "draft"])("is shown again at %s, and nothing of its page", async (action) => {
    const { fields } = await window.open("/-/edit/secret");
    await asUser(editor.id, () =>
      closed.wiki.content.editPage(secret, { slug: "elsewhere", title: "Renamed" }),
    );
    const typed = { action, title: " Mine", body: `${BODY}Mine.\n`, summary: "Why" };
    const { shown, saved } = await sendTwice("/-/edit/secret", fields, typed);
    const { action: _, ...left } = typed;
    expect(shown.status).toBe(401);
    expect(shown.fields).toMatchObject({ ...left, base: fields.base, draft: fields.draft });
    expect(shown.text).toContain("You are signed out");
    expect(shown.html).toContain(`data-draft="/-/page/${secret}/draft"`);
    expect(shown.html).not.toMatch(/elsewhere|Renamed|A secret/);
    expect(saved.status).toBe(409);
    expect(saved.fields).toMatchObject({ body: left.body, summary: "Why" });
  });

  it("is the same whether the page is there or not", async () => {
    window.account = undefined;
    const fields = { base: `${randomUUID()}.3`, "made-from": "1 2", title: "", body: "Mine.\n" };
    for (const [base, address] of [
      [fields.base, "/-/edit/nowhere"],
      ["hello", "/-/edit/secret"],
    ] as const) {
      const shown = await window.send(address, { ...fields, base });
      expect([shown.status, shown.fields.base, shown.fields.body]).toEqual([401, base, "Mine.\n"]);
      expect(shown.fields["made-from"]).toBe("1 2");
      expect(shown.html).not.toContain("A secret");
    }
  });

  it("of a conflict comes back with all choices", async () => {
    const { fields } = await window.open("/-/edit/secret");
    await asUser(editor.id, () => closed.wiki.content.editPage(secret, { body: THEIRS }));
    const conflict = await window.send("/-/edit/secret", fields, { body: MINE });
    const typed = { "choice-1": "own", "own-1": "Our second line.\n", "choice-2": "theirs" };
    const { shown, saved } = await sendTwice("/-/edit/secret", conflict.fields, typed);
    expect(shown.status).toBe(401);
    expect(shown.fields).toMatchObject({ ...typed, title: "A secret", body: MINE });
    expect(saved.status).toBe(303);
    const { body } = await closed.wiki.content.getPageById(secret);
    expect(body).toBe("First line.\nOur second line.\nThird line.\nTheir fourth line.\n");
  });

  it("for an address does, too", async () => {
    const { fields } = await window.open("/-/rename/secret");
    const { shown, saved } = await sendTwice("/-/rename/secret", fields, { slug: "open", summary: "Why" });
    expect(shown.status).toBe(401);
    expect(shown.fields).toMatchObject({ slug: "open", summary: "Why", base: fields.base });
    expect(shown.html).not.toContain("A secret");
    expect([saved.status, saved.location]).toEqual([303, "/open"]);
  });
});
