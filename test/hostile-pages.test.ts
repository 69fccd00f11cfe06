// Hostile HTML and diagrams on pages of a real server, in a browser with JavaScript.

import { asUser } from "@palimpsest/eventsourcing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWiki, startServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { configFrom } from "./config.ts";
import { hostileBodies } from "./hostile-html.ts";

const BODIES_PER_PAGE = 40;
const hostilePages = Array.from({ length: Math.ceil(hostileBodies.length / BODIES_PER_PAGE) }, (_, index) =>
  hostileBodies
    .slice(index * BODIES_PER_PAGE, (index + 1) * BODIES_PER_PAGE)
    // Each is in a list item, so an element that one leaves open does not contain the others.
    .map((body) => `- ${body.replaceAll("\n", "\n  ")}\n`)
    .join("\n"),
);

const hostileDiagrams = [
  'graph TD\n  A --> B\n  click A call alert(1)\n  click B href "javascript:alert(1)"',
  "graph TD\n  A[\"<img src=x onerror=alert(1)><a href='javascript:alert(1)'>a</a>\"]",
  '%%{init: {"securityLevel": "loose", "htmlLabels": true}}%%\ngraph TD\n  A["<iframe srcdoc=\'<script>alert(1)</script>\'></iframe>"]\n  click A call alert(1)',
  '%%{init: {"themeCSS": "*{background:url(https://elsewhere.example/a.png)}"}}%%\ngraph TD\n  A --> B',
  '%%{init: {"fontFamily": "x;}</style><script>alert(1)</script>"}}%%\ngraph TD\n  A --> B',
  'graph TD\n  A@{ img: "https://elsewhere.example/a.png", label: "a" }\n  click A href "https://elsewhere.example/" _self',
  "sequenceDiagram\n  participant A\n  link A: a @ javascript:alert(1)\n  A->>A: <img src=x onerror=alert(1)>",
];
const diagram = (source: string) => `\`\`\`mermaid\n${source}\n\`\`\`\n`;

let wiki: Wiki;
let server: { address: string; close(): Promise<void> };
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  const env = { PALIMPSEST_DATABASE_URL: "memory:", PALIMPSEST_PORT: "0", PALIMPSEST_LOG_LEVEL: "silent" };
  wiki = await createWiki(configFrom({ ...env, PALIMPSEST_READING: "public" }));
  await wiki.identity.addUser({
    email: "a@example.org",
    name: "A",
    password: "long enough it is",
    role: "admin",
  });
  server = await startServer(wiki);
  await asUser(SYSTEM, async () => {
    for (const [index, body] of hostilePages.entries()) {
      await wiki.content.addPage({ title: `Hostile ${index}`, slug: `hostile/${index}`, body });
    }
    const body = hostileDiagrams.map(diagram).join("\n");
    await wiki.content.addPage({ title: "Hostile diagrams", slug: "hostile/diagrams", body });
    await wiki.content.addPage({
      title: "Diagrams",
      slug: "diagrams",
      body: `${diagram("graph LR\n  One --> Two")}\n${diagram("graph LR\n  One -->")}`,
    });
  });
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.address, viewport: { width: 1200, height: 4000 } });
  context.setDefaultTimeout(30_000);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await wiki?.close();
});

/** Opens a window that records what runs in it, and what it requests from other sites. */
async function watchedPage(): Promise<{ page: Page; found: string[] }> {
  const page = await context.newPage();
  const found: string[] = [];
  await page.addInitScript(() => {
    for (const name of ["alert", "confirm", "prompt", "open"]) {
      Object.defineProperty(window, name, { value: () => console.log(`RAN ${name}`) });
    }
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
      console.log(`BLOCKED ${effectiveDirective} ${blockedURI}`),
    );
  });
  page.on("dialog", (dialog) => dialog.dismiss());
  page.on("console", (message) => {
    if (/^RAN|^BLOCKED (?!img-src)/.test(message.text())) found.push(message.text());
  });
  await page.route("**", (route) => {
    const request = route.request();
    if (request.url().startsWith(`${server.address}/`)) return route.continue();
    // Pages may embed images of other sites.
    if (request.resourceType() !== "image" || request.frame() !== page.mainFrame()) found.push(request.url());
    return route.abort();
  });
  return { page, found };
}

describe("a hostile page", () => {
  it("runs nothing, and loads nothing from other sites but images", async () => {
    const { page, found } = await watchedPage();
    for (const index of hostilePages.keys()) {
      await page.goto(`/hostile/${index}`);
      // The page around the text is complete.
      expect(await page.locator("body > header.masthead, body > main, body > footer").count()).toBe(3);
      await page.evaluate(() => {
        const events = [
          "click",
          "mouseover",
          "focus",
          "error",
          "load",
          "toggle",
          "pointerenter",
          "animationend",
        ];
        for (const element of document.querySelectorAll("article *")) {
          if (element.tagName === "A") continue;
          for (const name of events) element.dispatchEvent(new Event(name, { bubbles: false }));
        }
      });
      const links = await page
        .locator("article :is(a[href], [src])")
        .evaluateAll((elements) =>
          elements.map((element) => (element as HTMLAnchorElement).href ?? (element as HTMLImageElement).src),
        );
      expect(links.filter((address) => !/^(?:https?|mailto):/.test(address))).toEqual([]);
    }
    expect(found).toEqual([]);
    await page.close();
  });

  it("cannot do anything in diagrams", async () => {
    const { page, found } = await watchedPage();
    await page.goto("/hostile/diagrams");
    const drawn = page.locator("iframe.diagram.drawn");
    const failed = page.locator(".diagram-error");
    await expect
      .poll(async () => (await drawn.count()) + (await failed.count()), { timeout: 30_000 })
      .toBe(hostileDiagrams.length);
    expect(await drawn.count()).toBeGreaterThan(3);
    const frames = page.frames().filter((frame) => frame.url().endsWith("/-/diagram"));
    for (const frame of frames) {
      await frame.evaluate(() => {
        for (const element of document.querySelectorAll("body *")) {
          element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
        }
      });
    }
    const [first] = page.frames().filter((frame) => frame.url().endsWith("/-/diagram"));
    const reached = await first?.evaluate(async () => {
      const reached: string[] = [];
      try {
        if (parent.document) reached.push("page");
      } catch {}
      try {
        if (localStorage) reached.push("storage");
      } catch {}
      return reached;
    });
    expect(reached).toEqual([]);
    expect(new URL(page.url()).pathname).toBe("/hostile/diagrams");
    expect(found.filter((text) => !/^BLOCKED (?:img|style|font|frame)-src/.test(text))).toEqual([]);
    await page.close();
  });
});

describe("a diagram", () => {
  it("is drawn in a frame, or its source is shown with the error", async () => {
    const { page, found } = await watchedPage();
    await page.goto("/diagrams");
    const frame = page.locator("iframe.diagram.drawn");
    await frame.waitFor();
    await page.locator(".diagram-error").waitFor();
    expect((await frame.boundingBox())?.height).toBeGreaterThan(40);
    expect(await page.frameLocator("iframe.diagram").locator("svg").textContent()).toContain("One");
    expect(await page.locator("pre:visible").allTextContents()).toEqual(["graph LR\n  One -->\n"]);
    expect(await page.locator(".diagram-error").textContent()).toContain(strings.page.diagramFailed);
    expect(found).toEqual([]);
    await page.close();
  });

  it("is shown as source without JavaScript, and loads no script on other pages", async () => {
    const plain = await browser.newContext({ baseURL: server.address, javaScriptEnabled: false });
    const page = await plain.newPage();
    await page.goto("/diagrams");
    expect(await page.locator("pre:visible").count()).toBe(2);
    expect(await page.locator("script[data-frame]").count()).toBe(1);
    await page.goto("/hostile/0");
    expect(await page.locator("script[data-frame]").count()).toBe(0);
    await plain.close();
  });
});
