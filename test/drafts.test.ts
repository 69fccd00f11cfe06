// What is typed is kept: by a button, and in a real browser while it is typed.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Draft } from "../packages/wiki/src/application/drafts.ts";
import { launchBrowser } from "./browser.ts";
import { FormWindow, type Shown } from "./fixtures/form-window.ts";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

const BODY = "First line.\nSecond line.\nThird line.\n";
let wiki: WikiServer;
let one: Account;
let two: Account;
let reader: Account;
let slug: string;
let id: string;
let form: string;

beforeAll(async () => {
  wiki = await openWikiServer("memory", { PALIMPSEST_SIGN_INS_PER_MINUTE: "1000" });
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

describe("a draft, kept by forms alone", () => {
  let mine: FormWindow;

  beforeEach(() => {
    mine = new FormWindow(wiki, one);
  });

  const keep = async (body: string) => {
    const { fields } = await mine.open(form);
    return mine.send(`/-/page/${id}/draft`, fields, { body, summary: "Why" });
  };

  it("stands in the form when it is opened again, with the line endings of the page", async () => {
    await asUser(two.id, () => wiki.wiki.content.editPage(id, { body: "a\r\nb\r\n" }));
    expect((await keep("a\nb, mine\n")).status).toBe(204);
    expect(await myDraft()).toMatchObject({ baseVersion: 2, body: "a\r\nb, mine\r\n", summary: "Why" });
    const again = await mine.open(form);
    expect(again.fields).toMatchObject({ base: `${id}.2`, body: "a\nb, mine\n", summary: "Why" });
    expect(again.text).toContain("This is your draft, kept");
    expect(again.text).not.toContain("You began with version");
  });

  it("is kept by a button, and discarded by another", async () => {
    const { fields } = await mine.open(form);
    const kept = await mine.send(form, fields, { action: "draft", title: "", body: "Mine.\n" });
    expect([kept.status, kept.location]).toEqual([303, `${form}?draft=${fields.draft}`]);
    const again = await mine.open(form);
    expect(again.fields).toMatchObject({ title: "", body: "Mine.\n" });
    const discarded = await mine.send("/-/drafts/discard", { ...again.fields, page: id, return: form });
    expect(discarded.location).toBe(form);
    expect((await mine.open(form)).fields.body).toBe(BODY);
  });

  it("that a button keeps is the one that goes on, whatever another window keeps", async () => {
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

  it("is not discarded where more was typed into it since, and that is said", async () => {
    const { fields } = await mine.open(form);
    const keepIt = (body: string) => mine.send(`/-/page/${id}/draft`, fields, { body });
    await keepIt("Mine.\n");
    const list = await mine.open("/-/drafts");
    const kept = await myDraft();
    // A draft that is kept twice in a millisecond cannot be told apart from itself.
    do await keepIt("Mine, and more.\n");
    while ((await myDraft())?.savedAt.getTime() === kept?.savedAt.getTime());
    await mine.send("/-/drafts/discard", list.fields);
    const left = await mine.open("/-/drafts");
    expect(left.text).toContain("The draft is not discarded: more was typed into it meanwhile");
    expect(left.text).not.toContain("The draft is discarded.");
    expect((await myDraft())?.body).toBe("Mine, and more.\n");
    await mine.send("/-/drafts/discard", left.fields);
    expect((await mine.open("/-/drafts")).text).toContain("The draft is discarded.");
    expect(await myDraft()).toBeUndefined();
  });

  it("says who changed the page meanwhile, and goes when saving puts both together", async () => {
    await keep(BODY.replace("Third", "My third"));
    await theySave(BODY.replace("First", "Their first"));
    const again = await mine.open(form);
    expect(again.text).toContain(
      "You began with version 1; the page is at version 2 now, by Editor Two. What changed. Saving puts both together.",
    );
    expect(again.html).toContain(`/-/page/${id}/diff?from=1&amp;to=2`);
    const saved = await mine.send(form, again.fields, { action: "save" });
    expect(saved.notice).toBe("merged.1.2.3");
    expect((await page()).body).toBe(BODY.replace("First", "Their first").replace("Third", "My third"));
    expect(await myDraft()).toBeUndefined();
  });

  it("stays when another window of its person saves, or keeps a draft of its own", async () => {
    const first = await mine.open(form);
    const second = await mine.open(form);
    const keepIn = (fields: Shown["fields"], body: string) =>
      mine.send(`/-/page/${id}/draft`, fields, { body });
    await keepIn(first.fields, "Hours of work.\n");
    await keepIn(second.fields, "A comma.\n");
    const list = await mine.open("/-/drafts");
    expect(list.html.match(/aria-label="Discard Page"/g)).toHaveLength(2);
    const newest = await mine.open(form);
    expect(newest.fields.body).toBe("A comma.\n");
    expect(newest.text).toContain("You have another one, too.");
    expect((await mine.send(form, second.fields, { body: "Saved.\n" })).status).toBe(303);
    const rest = await mine.open(form);
    expect(rest.fields.body).toBe("Hours of work.\n");
    expect(rest.text).toContain("You began with version 1; the page is at version 2 now, by Editor One");
    expect((await mine.open(`${form}?draft=${second.fields.draft}`)).text).toContain(
      "You have a draft of this page: All your drafts",
    );
  });

  it("that is continued goes with what continues it, but not what was typed into it meanwhile", async () => {
    const keepIn = (fields: Shown["fields"], body: string) =>
      mine.send(`/-/page/${id}/draft`, fields, { body });
    const first = await mine.open(form);
    await keepIn(first.fields, "Begun.\n");
    const second = await mine.open(form);
    expect(second.fields).toMatchObject({ body: "Begun.\n" });
    await keepIn(second.fields, "Begun, continued.\n");
    expect(await wiki.wiki.drafts.list(one.id)).toMatchObject([{ id: second.fields.draft }]);
    await keepIn(first.fields, "Begun, otherwise.\n");
    const third = await mine.open(form);
    await keepIn(first.fields, "Begun, otherwise, longer.\n");
    await mine.send(form, third.fields, { body: "Saved.\n" });
    const bodies = [first, second].map(async ({ fields }) => {
      return (await wiki.wiki.drafts.get(one.id, id, fields.draft))?.body;
    });
    expect(await Promise.all(bodies)).toEqual(["Begun, otherwise, longer.\n", "Begun, continued.\n"]);
    // What is discarded is what is seen, with what was kept of its form since.
    const fourth = await mine.open(`${form}?draft=${first.fields.draft}`);
    await keepIn(fourth.fields, "Begun, to be discarded.\n");
    await mine.send("/-/drafts/discard", { ...fourth.fields, page: id, return: form });
    expect(await wiki.wiki.drafts.list(one.id)).toMatchObject([{ id: second.fields.draft }]);
    await wiki.wiki.drafts.remove(one.id, id);
  });

  it("of a form that does not say which is one of its own, too", async () => {
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

  it("does not come back by what a browser sends late", async () => {
    const { fields } = await mine.open(form);
    const typed = { body: BODY.replace("Third", "My third"), summary: "Why" };
    const late = () => mine.send(`/-/page/${id}/draft`, fields, typed);
    await theySave(BODY.replace("First", "Their first"));
    await mine.send(form, fields, { ...typed, action: "save" });
    expect((await late()).status).toBe(204);
    expect(await myDraft()).toBeUndefined();
    await theySave("Something else.\n");
    await late();
    expect(await myDraft()).toMatchObject({ body: typed.body });
  });

  it("of a large text goes where the page says the same, and is not merged to find out more", async () => {
    const filling = "A long line of words.\n".repeat(4_000);
    await theySave(`${filling}Last line.\n`);
    const { fields } = await mine.open(form);
    const typed = { body: `${filling}My last line.\n` };
    const keepTyped = () => mine.send(`/-/page/${id}/draft`, fields, typed);
    await keepTyped();
    expect(await myDraft()).toMatchObject(typed);
    await theySave(typed.body);
    await keepTyped();
    expect(await myDraft()).toBeUndefined();
    await theySave(`Their first line.\n${typed.body}`);
    await keepTyped();
    expect(await myDraft()).toMatchObject({ baseVersion: 2, ...typed });
    await mine.send(`/-/page/${id}/draft`, fields);
    expect(await myDraft()).toBeUndefined();
  });

  it("is of a new page until that is made, and of no other", async () => {
    const { fields } = await mine.open("/-/new");
    const typed = { title: "Fresh", slug: `fresh-${slug}`, body: "Text.\n" };
    expect((await mine.send("/-/new/draft", fields, typed)).status).toBe(204);
    const again = await mine.open("/-/new");
    expect(again.fields).toMatchObject(typed);
    expect((await mine.open(`/-/new?slug=fresh-${slug}`)).fields).toMatchObject(typed);

    const other = await mine.open(`/-/new?slug=other-${slug}`);
    expect(other.text).toContain("You are writing another new page, Fresh");
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

  it("is listed with what became of its page, for nobody else", async () => {
    await keep("Mine.\n");
    await theySave("Theirs.\n");
    const list = await mine.open("/-/drafts");
    expect(list.text).toContain(`/${slug}kept `);
    expect(list.text).toContain("From version 1; the page is at version 2 now.");
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    expect((await mine.open("/-/drafts")).text).toContain("The page was archived.");
    expect((await mine.open(`/-/page/${id}/draft`)).html).toContain("\nMine.\n</pre>");
    mine.account = two;
    expect((await mine.open("/-/drafts")).text).toContain("There are none.");
    expect((await mine.open(`/-/page/${id}/draft`)).status).toBe(404);
  });

  it("is one of 50 of a page: a further one is not kept, which is said, and takes the place of none", async () => {
    const first = await mine.open(form);
    const put = (draft: string, body = "Mine.\n") =>
      mine.send(`/-/page/${id}/draft`, first.fields, { draft, body });
    for (let count = 0; count < 50; count++) expect((await put(randomUUID())).status).toBe(204);
    expect((await put(randomUUID())).status).toBe(409);
    const send = (action: string, filled = {}) =>
      mine.send(form, first.fields, { action, body: "One more.\n", ...filled });
    const refused = await send("draft");
    expect([refused.status, refused.fields.body]).toEqual([422, "One more.\n"]);
    expect(refused.text).toContain("You have 50 drafts of this page, as many as there may be");
    const continued = await mine.open(form);
    expect((await mine.send(form, continued.fields, { action: "draft" })).status).toBe(303);
    expect(await wiki.wiki.drafts.list(one.id)).toHaveLength(50);

    await theySave("Theirs.\n");
    const conflict = await send("save");
    expect(conflict.status).toBe(409);
    expect(conflict.text).not.toContain("is also kept");
    // The script tries again, and says so.
    expect(conflict.html).toContain("data-unkept");
    await asUser(two.id, () => wiki.wiki.content.archivePage(id));
    const archived = await send("save");
    expect(archived.text).toContain("What you typed is still below.");
    expect((await mine.open("/-/drafts")).html.match(/aria-label="Discard Page"/g)).toHaveLength(50);
  });

  it("is there to be copied though its page, or the version it began with, is not, and hides no other", async () => {
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
    expect(list.text).toContain("The page is not there any more. Your text is still here to copy.");
    expect(list.text).toContain("From version 8, which is not there any more; the page is at version 1 now.");
    expect(list.html.match(/aria-label="Discard Page"/g)).toHaveLength(4);
    expect(list.html).toContain(`href="/-/page/${gone}/draft?draft=${draft.id}"`);
    const shown = await mine.open(`/-/page/${gone}/draft?draft=${draft.id}`);
    expect(shown.html).toContain("\nOf a page that is gone.\n</pre>");
    expect(shown.text).toContain("Its page is not there any more");
    for (const address of [`/-/page/${randomUUID()}/draft`, "/-/page/nonsense/draft"])
      expect((await mine.open(address)).status).toBe(404);

    for (const { id } of [ahead, behind]) {
      const opened = await mine.open(`${form}?draft=${id}`);
      expect([opened.status, opened.fields.body]).toEqual([200, "Mine.\nBy hand.\n"]);
      expect(opened.text).not.toContain("both changed");
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

describe("a draft, kept while it is typed", () => {
  let browser: Browser;
  let context: BrowserContext;
  let window: Page;

  beforeAll(async () => {
    wiki.wiki.views.runner.start();
    const baseURL = await wiki.server.listen({ host: "127.0.0.1", port: 0 });
    browser = await launchBrowser();
    context = await browser.newContext({ baseURL });
    context.setDefaultTimeout(20_000);
    await context.clock.install();
    const signIn = await context.newPage();
    await signIn.goto("/-/sign-in");
    await signIn.getByLabel("E-mail").fill(one.email);
    await signIn.getByLabel("Password").fill(PASSWORD);
    await signIn.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await signIn.getByRole("link", { name: "Editor One" }).waitFor();
    await signIn.close();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    window = await context.newPage();
  });
  // Each open form listens for newer versions, and a browser has few connections to one server.
  afterEach(() => window.close());

  const text = () => window.getByLabel("Text", { exact: true });
  const state = () => window.locator("[data-draft-state]");
  /** Lets the time pass after which a draft is saved, or saved again. */
  const pass = () => context.clock.fastForward(15_000);
  const kept = async () => {
    await pass();
    await state().getByText("Draft kept").waitFor();
  };
  const type = async (words: string) => {
    await text().focus();
    await window.keyboard.press("Control+End");
    await window.keyboard.type(words);
  };

  it("is there when the window was closed, tells of other edits, is merged, and is gone", async () => {
    await window.goto(form);
    await type("My last line.");
    await kept();
    expect(await state().innerText()).toMatch(/^Draft kept \d\d:\d\d$/);
    await window.close();

    await theySave(BODY.replace("First", "Their first"));
    window = await context.newPage();
    await window.goto(form);
    expect(await text().inputValue()).toBe(`${BODY}My last line.`);
    const main = window.getByRole("main");
    expect(await main.innerText()).toContain("the page is at version 2 now, by Editor Two");
    await window.getByRole("button", { name: "Save" }).click();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe(`${BODY.replace("First", "Their first")}My last line.`);
    expect(await myDraft()).toBeUndefined();
  });

  it("is what a window shows that is reloaded, also of one that was continued", async () => {
    await window.goto(form);
    await type("Begun.");
    await kept();
    await window.goto("/-/drafts");
    await window.getByRole("link", { name: "Page", exact: true }).click();
    const continued = new URL(window.url()).searchParams.get("draft");
    await type(" Continued.");
    await kept();
    const now = new URL(window.url());
    expect(now.pathname).toBe(form);
    expect(now.searchParams.get("draft")).not.toBe(continued);
    await window.reload();
    expect(await text().inputValue()).toBe(`${BODY}Begun. Continued.`);

    await window.goto("/-/new?slug=asked-for");
    await window.getByLabel("Address").fill("another");
    await type("New.");
    await kept();
    await window.reload();
    expect(await text().inputValue()).toBe("New.");
    expect(await window.getByLabel("Address").inputValue()).toBe("another");
  });

  it("is kept by a window that is left at once", async () => {
    await window.goto(form);
    await type("Quick.");
    await window.goto("/-/pages");
    await expect.poll(async () => (await myDraft())?.body, { timeout: 20_000 }).toBe(`${BODY}Quick.`);
  });

  it("is kept of a text that was looked at before, too", async () => {
    await window.goto(form);
    await type("Looked at.");
    await window.getByRole("button", { name: "Preview" }).click();
    await kept();
    expect((await myDraft())?.body).toBe(`${BODY}Looked at.`);
  });

  it("is not brought back by a save under way, nor by going back in the browser", async () => {
    await window.goto(form);
    let isHeld = false;
    await window.route("**/draft", async (route) => {
      isHeld = true;
      await new Promise((go) => setTimeout(go, 500));
      await route.continue();
    });
    await type("Saved.");
    await pass();
    await expect.poll(() => isHeld, { timeout: 20_000 }).toBe(true);
    await window.getByRole("button", { name: "Save" }).click();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe(`${BODY}Saved.`);
    expect(await myDraft()).toBeUndefined();
    await window.goBack();
    await window.goto("/-/pages");
    expect(await myDraft()).toBeUndefined();
  });

  it("says when it cannot be kept, and is kept once it can", async () => {
    await window.goto(form);
    await window.route("**/draft", (route) => route.abort());
    await type("Offline.");
    await pass();
    await state().getByText("could not be kept").waitFor();
    await window.unroute("**/draft");
    await kept();
    expect((await myDraft())?.body).toBe(`${BODY}Offline.`);
  });

  it("that is too large for a window that is left makes the browser ask", async () => {
    await window.goto(form);
    const large = "A long line of words. ".repeat(4_000);
    await text().fill(large);
    const asked = window.waitForEvent("dialog");
    const leaving = window.goto("/-/pages").catch(() => undefined);
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();
    await leaving;
    await kept();
    expect((await myDraft())?.body).toBe(large);
  });

  it("is not touched by what is typed and saved in another window", async () => {
    const earlier = await context.newPage();
    await earlier.goto(form);
    await window.goto(form);
    await type("Hours of work.");
    await kept();
    await window.close();

    window = earlier;
    await type("A comma.");
    await kept();
    await window.getByRole("button", { name: "Save" }).click();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe(`${BODY}A comma.`);
    await window.goto(form);
    expect(await text().inputValue()).toBe(`${BODY}Hours of work.`);
    expect(await window.getByRole("main").innerText()).toContain("This is your draft, kept");
  });

  it("of a conflict is kept while it is settled, and is there with all choices when the window was closed", async () => {
    await window.goto(form);
    await theySave(BODY.replace("First", "Their first").replace("Third", "Their third"));
    await text().fill(BODY.replace("First", "My first").replace("Third", "My third"));
    const save = () => window.getByRole("button", { name: "Save" }).click();
    await save();
    await window.getByText("1 of 2: The text").waitFor();
    const choose = (place: number, name: string) =>
      window.getByRole("group", { name: `${place} of 2` }).getByLabel(name, { exact: true });
    const own = () => window.getByLabel("My own words for place 2");
    await choose(1, "Theirs").check();
    await own().fill("Hours of careful settling.");
    await window.getByLabel("What changed, and why").fill("Settled");
    await kept();
    await window.close();

    await theySave(
      BODY.replace("First", "Their first").replace("Third", "Their third").replace("Second", "Newest"),
    );
    window = await context.newPage();
    await window.goto(form);
    expect(await choose(1, "Theirs").isChecked()).toBe(true);
    expect(await own().inputValue()).toBe("Hours of careful settling.");
    await own().focus();
    await window.keyboard.press("End");
    await window.keyboard.type(" More.");
    // A window that is left at once keeps it, too.
    await window.goto("/-/pages");
    await expect
      .poll(async () => (await myDraft())?.resolution?.conflicts.at(-1)?.own, { timeout: 20_000 })
      .toBe("Hours of careful settling. More.");
    await window.goto(form);
    await save();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe("Their first line.\nNewest line.\nHours of careful settling. More.");
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    expect(change).toMatchObject({ summary: "Settled", merged: { base: 1, current: 3 } });
    expect(await myDraft()).toBeUndefined();
  });

  it("of a new page is there again, and gone when the page is made", async () => {
    await window.goto("/-/new");
    await window.getByLabel("Title").fill(`Fresh ${slug}`);
    await type("Something new.");
    await kept();
    await window.goto("/-/drafts");
    await window.getByRole("link", { name: `Fresh ${slug}` }).click();
    expect(await text().inputValue()).toBe("Something new.");
    await window.getByRole("button", { name: "Create page" }).click();
    await window.waitForURL(({ pathname }) => pathname === `/fresh-${slug}`);
    expect(await myNewPage()).toBeUndefined();
  });

  it("has its form told of a newer version, with the way to what changed", async () => {
    await window.goto(form);
    await theySave("Theirs.\n");
    await window.getByText("is there now").waitFor();
    const link = window.getByRole("link", { name: "What changed" });
    expect(await link.getAttribute("href")).toContain(`/-/page/${id}/diff?from=1&to=2`);
  });
});
