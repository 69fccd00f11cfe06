// The wiki as a person uses it: a real server and a real browser without JavaScript.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { asUser } from "@palimpsest/eventsourcing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWiki, startServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { configFrom } from "./config.ts";

const PASSWORD = "a long enough password";
let wiki: Wiki;
let server: { address: string; close(): Promise<void> };
let browser: Browser;
let origin: string;

beforeAll(async () => {
  const env = {
    PALIMPSEST_DATABASE_URL: "memory:",
    PALIMPSEST_PORT: "0",
    PALIMPSEST_LOG_LEVEL: "silent",
    PALIMPSEST_SIGN_UP: "open",
    PALIMPSEST_SIGN_INS_PER_MINUTE: "1000",
  };
  wiki = await createWiki(configFrom(env));
  server = await startServer(wiki);
  origin = server.address;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await wiki?.close();
});

/** Opens a window with its own cookies and without JavaScript. */
async function newWindow(): Promise<BrowserContext> {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: origin });
  context.setDefaultTimeout(10_000);
  return context;
}

/** Returns the origin of the wiki with another host name of this machine. */
function named(hostname: string): string {
  const url = new URL(origin);
  url.hostname = hostname;
  return url.origin;
}

async function signedIn(email: string, at = origin): Promise<{ context: BrowserContext; page: Page }> {
  const context = await newWindow();
  const page = await context.newPage();
  await page.goto(`${at}/-/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  return { context, page };
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 }).innerText();
const path = (page: Page) => new URL(page.url()).pathname;
const article = (page: Page) => page.locator("article").innerText();

async function createPage(page: Page, title: string, body: string): Promise<void> {
  await page.goto("/-/new");
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Text").fill(body);
  await page.getByRole("button", { name: "Create page" }).click();
}

describe("a wiki in a browser without JavaScript", () => {
  it("creates the first administrator from a link that works once", async () => {
    const context = await newWindow();
    const page = await context.newPage();
    const token = await wiki.identity.firstAdministratorToken();
    // Over plain HTTP, a browser sends Sec-Fetch-Site to localhost only.
    await page.goto(`${named("wiki.test")}/-/first-administrator?token=${token}`);
    await page.getByLabel("Name").fill("Ada Admin");
    await page.getByLabel("E-mail").fill("ada@example.org");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: strings.setup.createAccount }).click();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: strings.setup.createAccount }).click();
    expect(path(page)).toBe("/-/setup");
    expect(await page.getByRole("main").innerText()).toContain("Ada Admin");

    await page.goto(`/-/first-administrator?token=${token}`);
    expect(await heading(page)).toBe(strings.setup.alreadySetUp);
    for (const [email, role] of [
      ["edith@example.org", "editor"],
      ["rita@example.org", "reader"],
    ] as const) {
      await wiki.identity.addUser({ email, name: `The ${role}`, role, password: PASSWORD });
    }
    await context.close();
  });

  it("explains a wrong password, and returns to the requested page after signing in", async () => {
    const context = await newWindow();
    const page = await context.newPage();
    await page.goto("/-/new");
    expect(path(page)).toBe("/-/sign-in");
    await page.getByLabel("E-mail").fill("edith@example.org");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    expect(await page.getByLabel("E-mail").inputValue()).toBe("edith@example.org");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    expect(path(page)).toBe("/-/new");
    await context.close();
  });

  it("creates, links, previews, edits and renames a page", async () => {
    const { context, page } = await signedIn("edith@example.org");
    await page.goto("/handbook/on-call");
    expect(await heading(page)).toBe(strings.missing.heading);
    await page.getByRole("main").getByRole("link", { name: strings.common.createPage }).click();
    await page.getByLabel("Title").fill("On call");
    await page
      .getByLabel("Text")
      .fill("Ask [[Welcome]] or [[welcome|the start]].\n\n<script>alert(1)</script>");
    await page.getByRole("button", { name: "Create page" }).click();
    expect(path(page)).toBe("/handbook/on-call");
    expect(await article(page)).not.toContain("alert");
    expect(await page.locator("article a.wanted").count()).toBe(2);

    await page.locator("article a.wanted").first().click();
    await page.getByRole("main").getByRole("link", { name: strings.common.createPage }).click();
    expect(await page.getByLabel("Address").inputValue()).toBe("welcome");
    await page.getByLabel("Title").fill("Welcome");
    await page.getByRole("button", { name: "Create page" }).click();
    await page.goto("/handbook/on-call");
    expect(await page.locator("article a.wanted").count()).toBe(0);

    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await page.getByLabel("Text").fill("Ask **again**.");
    await page.getByRole("button", { name: "Preview" }).click();
    expect(await page.locator(".preview strong").innerText()).toBe("again");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect(await article(page)).toBe("Ask again.");
    expect(await page.getByRole("main").innerText()).toContain("Version 2");

    await page.getByRole("link", { name: strings.page.changeAddress }).click();
    await page.getByLabel("New address").fill("welcome");
    await page.getByRole("button", { name: strings.page.changeAddress }).click();
    expect(await page.getByRole("main").innerText()).toContain("Another page has the address");
    await page.getByLabel("New address").fill("Handbook/Pager");
    await page.getByRole("button", { name: strings.page.changeAddress }).click();
    expect(path(page)).toBe("/handbook/pager");
    await page.goto("/handbook/on-call");
    expect(path(page)).toBe("/handbook/pager");
    await context.close();
  });

  it("finds pages and lists changes, backlinks, wanted and orphaned pages", async () => {
    const { context, page } = await signedIn("edith@example.org");
    await createPage(page, "Platypus", "It lays eggs. See [[Handbook/Pager]] and [[Echidna]].");
    await wiki.views.runner.waitFor(undefined, await wiki.content.position(), { timeoutMs: 10_000 });
    await page.getByRole("searchbox").fill('eggs -milk "it lays"');
    await page.getByRole("searchbox").press("Enter");
    await page.waitForURL("**/-/search?*");
    expect(await page.locator("main mark").allInnerTexts()).toContain("eggs");
    await page.getByRole("main").getByRole("link", { name: "Platypus" }).click();
    expect(await heading(page)).toBe("Platypus");

    await page.goto("/handbook/pager");
    expect(await page.getByRole("navigation", { name: "Linked from" }).innerText()).toContain("Platypus");
    await page.getByRole("link", { name: "Changes" }).click();
    expect(await page.getByRole("main").innerText()).toContain("Platypus");
    await page.goto("/-/wanted");
    expect(await page.getByRole("main").innerText()).toContain("echidna");
    await page.goto("/-/orphans");
    expect(await page.getByRole("main").innerText()).toContain("Platypus");
    await page.goto(`/-/search?q=${"x".repeat(2_000)}`);
    expect(await page.getByRole("main").innerText()).toContain("the limit is");
    await context.close();
  });

  it("keeps the line endings of a page, and stores nothing for an unchanged form", async () => {
    const { context, page } = await signedIn("edith@example.org");
    const endings = { lf: "\none\ntwo\n\nthree", crlf: "one\r\ntwo\r\n", mixed: "one\r\ntwo\nthree\rfour" };
    const ada = await wiki.identity.findPersonByEmail("ada@example.org");
    for (const [slug, body] of Object.entries(endings)) {
      await asUser(ada?.id ?? "", () => wiki.content.createPage(slug, slug, body));
      await page.goto(`/-/edit/${slug}`);
      await page.getByRole("button", { name: "Save", exact: true }).click();
      expect(await page.getByRole("main").innerText()).toContain(strings.page.unchanged);
      expect(await wiki.content.getPageBySlug(slug)).toMatchObject({ body, version: 1 });
      await page.goto(`/-/edit/${slug}`);
      const text = await page.getByLabel("Text").inputValue();
      await page.getByLabel("Text").fill(text.replace("two", "2"));
      await page.getByRole("button", { name: "Save", exact: true }).click();
      expect(await wiki.content.getPageBySlug(slug)).toMatchObject({
        body: body.replace("two", "2"),
        version: 2,
      });
    }
    await context.close();
  });

  it("shows both texts of a conflict until it is resolved", async () => {
    const edith = await signedIn("edith@example.org");
    const ada = await signedIn("ada@example.org");
    await createPage(edith.page, "Disputed", "The same line.");
    await edith.page.goto("/-/edit/disputed");
    await ada.page.goto("/-/edit/disputed");
    await ada.page.getByLabel("Text").fill("Ada's line.");
    await ada.page.getByRole("button", { name: "Save", exact: true }).click();
    await edith.page.getByLabel("Text").fill("Edith's line.");
    await edith.page.getByRole("button", { name: "Save", exact: true }).click();
    const conflict = await edith.page.getByRole("main").innerText();
    expect(conflict).toContain("Ada's line.");
    expect(await edith.page.getByLabel(strings.conflict.editedText(1)).inputValue()).toBe("Edith's line.");
    expect((await wiki.content.getPageBySlug("disputed")).body).toBe("Ada's line.");
    await edith.page.getByLabel(strings.conflict.choices.both).check();
    await edith.page.getByRole("button", { name: strings.common.preview }).click();
    expect(await edith.page.locator(".preview pre").textContent()).toContain("Ada's line.\nEdith's line.");
    expect(await edith.page.getByLabel(strings.conflict.choices.both).isChecked()).toBe(true);
    await edith.page.getByRole("button", { name: strings.conflict.editWholeText }).click();
    expect(await edith.page.getByLabel("Text").inputValue()).toBe("Ada's line.\nEdith's line.");
    await edith.page.getByLabel("Text").fill("Ada's and Edith's line.");
    await edith.page.getByRole("button", { name: "Save", exact: true }).click();
    expect(await article(edith.page)).toBe("Ada's and Edith's line.");
    await edith.context.close();
    await ada.context.close();
  });

  it("re-displays the typed text if a save is refused or its author is signed out", async () => {
    const { context, page } = await signedIn("edith@example.org");
    await createPage(page, "Kept", "Some text.");
    await page.goto("/-/new");
    await page.getByLabel("Title").fill("Kept as well");
    await page.getByLabel("Address").fill("kept");
    await page.getByLabel("Text").fill("My text.");
    await page.getByRole("button", { name: "Create page" }).click();
    expect(await page.getByRole("main").innerText()).toContain("Another page has the address");
    expect(await page.getByLabel("Text").inputValue()).toBe("My text.");

    await page.goto("/-/edit/kept");
    await page.getByLabel("Text").fill("A long thought.");
    const session = (await context.cookies()).filter(({ name }) => name.includes("session"));
    await context.clearCookies({ name: /session/ });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect(await page.getByRole("main").innerText()).toContain("You are signed out");
    expect(await page.getByLabel("Text").inputValue()).toBe("A long thought.");
    await context.addCookies(session);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect(await article(page)).toBe("A long thought.");
    await context.close();
  });

  it("lets readers read but not edit", async () => {
    const { context, page } = await signedIn("rita@example.org");
    await page.goto("/kept");
    expect(await page.getByRole("link", { name: "Edit", exact: true }).count()).toBe(0);
    const answer = await page.goto("/-/edit/kept");
    expect(answer?.status()).toBe(403);
    expect(await page.getByRole("main").innerText()).toContain("editor");
    await context.close();
  });

  it("creates accounts, and creates and revokes tokens of the API", async () => {
    const context = await newWindow();
    const page = await context.newPage();
    await page.goto("/-/sign-up");
    await page.getByLabel("Name").fill("Nora New");
    await page.getByLabel("E-mail").fill("nora@example.org");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: strings.identity.createAccount }).click();
    await page.goto("/-/account");
    expect(await page.getByRole("main").innerText()).toContain("Reader");
    await page.getByLabel(strings.identity.tokenName).fill("a script");
    await page.getByRole("button", { name: /token/i }).first().click();
    const [token = ""] = /palimpsest_\w+/.exec(await page.getByRole("main").innerHTML()) ?? [];
    const request = () =>
      fetch(`${origin}/api/pages`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: "{}",
      });
    expect((await request()).status).not.toBe(401);
    await page.getByRole("button", { name: /revoke/i }).click();
    expect((await request()).status).toBe(401);
    await page.getByRole("button", { name: "Sign out" }).click();
    expect(await page.getByRole("main").innerText()).toContain("You are signed out");
    await context.close();
  });

  it.each(["localhost", "wiki.test"])("refuses a form of another origin on %s", async (name) => {
    const target = named(name);
    const { context, page } = await signedIn("edith@example.org", target);
    const form = `<form method="post" action="${target}/-/new"><input name="title" value="Forged"><button>Go</button></form>`;
    const other = createServer((_request, response) =>
      response.setHeader("content-type", "text/html").end(form),
    );
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const sender of [name, `other.${name}`, "evil.test"]) {
      await page.goto(`http://${sender}:${port}/`);
      const [answer] = await Promise.all([
        page.waitForResponse(`${target}/-/new`),
        page.getByRole("button", { name: "Go" }).click(),
      ]);
      expect([sender, answer.status()]).toEqual([sender, 403]);
      expect(await page.getByRole("main").innerText()).toContain(strings.errors["cross-site-request"].text);
    }
    other.close();
    expect((await wiki.content.resolveSlug("forged")).kind).toBe("nothing");
    await page.goto(`${target}/-/new`);
    await page.getByLabel("Title").fill(`Written on ${name}`);
    await page.getByRole("button", { name: "Create page" }).click();
    expect(await heading(page)).toBe(`Written on ${name}`);
    await page.getByRole("button", { name: "Sign out" }).click();
    expect(await page.getByRole("main").innerText()).toContain("You are signed out");
    await context.close();
  });
});

describe("a wiki for members", () => {
  it("reveals nothing about pages to strangers", async () => {
    const members = await createWiki(
      configFrom({
        PALIMPSEST_DATABASE_URL: "memory:",
        PALIMPSEST_PORT: "0",
        PALIMPSEST_LOG_LEVEL: "silent",
        PALIMPSEST_READING: "members",
      }),
    );
    const { address, close } = await startServer(members);
    const reader = { email: "rita@example.org", name: "Rita Reader", password: PASSWORD };
    await members.identity.addUser({ ...reader, role: "reader" });
    await asUser(SYSTEM, () => members.content.createPage("A secret title", "hush", "Secret."));
    const get = [
      "/hush",
      "/none",
      "/-/pages",
      "/-/edit/hush",
      "/-/rename/hush",
      "/-/search?q=secret",
      "/-/changes",
      "/-/drafts",
    ];
    for (const [method, target] of [
      ...get.map((path) => ["GET", path] as const),
      ...["/-/edit/hush", "/-/edit/none", "/-/rename/hush"].map((path) => ["POST", path] as const),
    ]) {
      const answer = await fetch(address + target, {
        method,
        redirect: "manual",
        ...(method === "POST"
          ? { headers: { origin: address }, body: new URLSearchParams({ base: "x", slug: "y", title: "z" }) }
          : {}),
      });
      expect(`${method} ${target} ${answer.status} ${answer.headers.get("location")?.slice(0, 10)}`).toBe(
        // The typed text is re-displayed, so that signing in loses nothing.
        `${method} ${target} ${method === "GET" ? "303 /-/sign-in" : "401 undefined"}`,
      );
      expect(await answer.text()).not.toMatch(/secret/i);
    }
    await close();
    await members.close();
  });
});
