// The script that saves drafts while a person types, in a real browser.

import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

const BODY = "First line.\nSecond line.\nThird line.\n";
let wiki: WikiServer;
let one: Account;
let two: Account;
let slug: string;
let id: string;
let form: string;

beforeAll(async () => {
  wiki = await openWikiServer("memory");
  one = await wiki.account("editor", "Editor One");
  two = await wiki.account("editor", "Editor Two");
});
afterAll(() => wiki?.close());

beforeEach(async () => {
  slug = `page-${randomUUID()}`;
  form = `/-/edit/${slug}`;
  const created = await asUser(two.id, () => wiki.wiki.content.addPage({ title: "Page", slug, body: BODY }));
  id = created.page.id;
  for (const { pageId } of await wiki.wiki.drafts.list(one.id)) await wiki.wiki.drafts.remove(one.id, pageId);
});

const page = () => wiki.wiki.content.getPageById(id);
const myDraft = () => wiki.wiki.drafts.get(one.id, id);
const myNewPage = () => wiki.wiki.drafts.get(one.id, null);
const theySave = (body: string) => asUser(two.id, () => wiki.wiki.content.editPage(id, { body }));

describe("the script that saves drafts", () => {
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
  // Each open form keeps a connection, and browsers limit the connections to one server.
  afterEach(() => window.close());

  const textField = () => window.getByLabel("Text", { exact: true });
  const draftState = () => window.locator("[data-draft-state]");
  /** Advances the clock until the script saves, or tries again. */
  const pass = () => context.clock.fastForward(15_000);
  const draftSaved = async () => {
    await pass();
    await draftState().getByText("Draft saved").waitFor();
  };
  const type = async (words: string) => {
    await textField().focus();
    await window.keyboard.press("Control+End");
    await window.keyboard.type(words);
  };

  it("saves text that a new window shows, merges and then deletes", async () => {
    await window.goto(form);
    await type("My last line.");
    await draftSaved();
    expect(await draftState().innerText()).toMatch(/^Draft saved \d?\d:\d\d( [AP]M)?$/i);
    await window.close();

    await theySave(BODY.replace("First", "Their first"));
    window = await context.newPage();
    await window.goto(form);
    expect(await textField().inputValue()).toBe(`${BODY}My last line.`);
    const main = window.getByRole("main");
    expect(await main.innerText()).toContain("Editor Two saved version 2");
    await window.getByRole("button", { name: "Save", exact: true }).click();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe(`${BODY.replace("First", "Their first")}My last line.`);
    expect(await myDraft()).toBeUndefined();
  });

  it("makes a reloaded window show its latest draft", async () => {
    await window.goto(form);
    await type("Begun.");
    await draftSaved();
    await window.goto("/-/drafts");
    await window.getByRole("link", { name: "Page", exact: true }).click();
    const continued = new URL(window.url()).searchParams.get("draft");
    await type(" Continued.");
    await draftSaved();
    const now = new URL(window.url());
    expect(now.pathname).toBe(form);
    expect(now.searchParams.get("draft")).not.toBe(continued);
    await window.reload();
    expect(await textField().inputValue()).toBe(`${BODY}Begun. Continued.`);

    await window.goto("/-/new?slug=asked-for");
    await window.getByLabel("Address").fill("another");
    await type("New.");
    await draftSaved();
    await window.reload();
    expect(await textField().inputValue()).toBe("New.");
    expect(await window.getByLabel("Address").inputValue()).toBe("another");
  });

  it("saves when the window leaves the page at once", async () => {
    await window.goto(form);
    await type("Quick.");
    await window.goto("/-/pages");
    await expect.poll(async () => (await myDraft())?.body, { timeout: 20_000 }).toBe(`${BODY}Quick.`);
  });

  it("saves text that was submitted for a preview", async () => {
    await window.goto(form);
    await type("Looked at.");
    await window.getByRole("button", { name: "Preview" }).click();
    await draftSaved();
    expect((await myDraft())?.body).toBe(`${BODY}Looked at.`);
  });

  it("does not restore a draft after the edit was saved, or after going back", async () => {
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
    await window.getByRole("button", { name: "Save", exact: true }).click();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe(`${BODY}Saved.`);
    expect(await myDraft()).toBeUndefined();
    await window.goBack();
    await window.goto("/-/pages");
    expect(await myDraft()).toBeUndefined();
  });

  it("reports that saving failed, and tries again", async () => {
    await window.goto(form);
    await window.route("**/draft", (route) => route.abort());
    await type("Offline.");
    await pass();
    await draftState().getByText(strings.drafts.messages.failed).waitFor();
    await window.unroute("**/draft");
    await draftSaved();
    expect((await myDraft())?.body).toBe(`${BODY}Offline.`);
  });

  it("asks before the window is left with a text too large for a last request", async () => {
    await window.goto(form);
    const large = "A long line of words. ".repeat(4_000);
    await textField().fill(large);
    const opened = window.waitForEvent("dialog");
    const leaving = window.goto("/-/pages").catch(() => undefined);
    const dialog = await opened;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();
    await leaving;
    await draftSaved();
    expect((await myDraft())?.body).toBe(large);
  });

  it("leaves the drafts of other windows unchanged", async () => {
    const earlier = await context.newPage();
    await earlier.goto(form);
    await window.goto(form);
    await type("Hours of work.");
    await draftSaved();
    await window.close();

    window = earlier;
    await type("A comma.");
    await draftSaved();
    await window.getByRole("button", { name: "Save", exact: true }).click();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe(`${BODY}A comma.`);
    await window.goto(form);
    expect(await textField().inputValue()).toBe(`${BODY}Hours of work.`);
    expect(await window.getByRole("main").innerText()).toContain("You are editing your draft");
  });

  it("saves the choices of a conflict, which a new window shows", async () => {
    await window.goto(form);
    await theySave(BODY.replace("First", "Their first").replace("Third", "Their third"));
    await textField().fill(BODY.replace("First", "My first").replace("Third", "My third"));
    const save = () => window.getByRole("button", { name: "Save", exact: true }).click();
    await save();
    await window.getByText(strings.conflict.placeOf(1, 2, strings.common.text)).waitFor();
    const choose = (place: number, name: string) =>
      window.getByRole("group", { name: `${place} of 2` }).getByLabel(name, { exact: true });
    const own = () => window.getByLabel(strings.conflict.editedText(2));
    await choose(1, "Keep Editor Two’s").check();
    await own().fill("Hours of careful work.");
    await window.getByLabel(strings.forms.summary).fill("Resolved");
    await draftSaved();
    await window.close();

    await theySave(
      BODY.replace("First", "Their first").replace("Third", "Their third").replace("Second", "Newest"),
    );
    window = await context.newPage();
    await window.goto(form);
    expect(await choose(1, "Keep Editor Two’s").isChecked()).toBe(true);
    expect(await own().inputValue()).toBe("Hours of careful work.");
    await own().focus();
    await window.keyboard.press("End");
    await window.keyboard.type(" More.");
    // Leaving the page at once also saves them.
    await window.goto("/-/pages");
    await expect
      .poll(async () => (await myDraft())?.resolution?.conflicts.at(-1)?.own, { timeout: 20_000 })
      .toBe("Hours of careful work. More.");
    await window.goto(form);
    await save();
    await window.waitForURL(({ pathname }) => pathname === `/${slug}`);
    expect((await page()).body).toBe("Their first line.\nNewest line.\nHours of careful work. More.");
    const [change] = await wiki.wiki.content.record.history(id, { limit: 1 });
    expect(change).toMatchObject({ summary: "Resolved", merged: { base: 1, current: 3 } });
    expect(await myDraft()).toBeUndefined();
  });

  it("saves a new page, and deletes the draft when the page is created", async () => {
    await window.goto("/-/new");
    await window.getByLabel("Title").fill(`Fresh ${slug}`);
    await type("Something new.");
    await draftSaved();
    await window.goto("/-/drafts");
    await window.getByRole("link", { name: `Fresh ${slug}` }).click();
    expect(await textField().inputValue()).toBe("Something new.");
    await window.getByRole("button", { name: "Create page" }).click();
    await window.waitForURL(({ pathname }) => pathname === `/fresh-${slug}`);
    expect(await myNewPage()).toBeUndefined();
  });

  it("shows a newer version with a link to the difference", async () => {
    await window.goto(form);
    await theySave("Theirs.\n");
    await window.getByText("saved version").waitFor();
    const link = window.getByRole("link", { name: strings.common.seeChanges });
    expect(await link.getAttribute("href")).toContain(`/-/page/${id}/diff?from=1&to=2`);
  });
});
