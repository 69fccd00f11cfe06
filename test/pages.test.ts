import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assetFolder } from "../packages/wiki/src/web/assets.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { gallery } from "./gallery.ts";
import { source } from "./gallery-editing.ts";

// Refuses inline scripts and styles, and anything from another origin.
const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";
const types: Record<string, string> = {
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".js": "text/javascript",
};

const screens = gallery();
const names = [...screens.keys()];
/** Screens that differ from another one only in their words. The slow test leaves them out. */
const alike =
  /^(problem-(?!500)|missing-(archived-)?reader|setup-(used|name-configured)|list-empty-visitor|show-empty|rename-error|past-(missing|archived|list)|archived-empty|slug-history-empty|show-former-|history-(end|one)|diff-(first|same|names|too-much)|authorship-empty|(restore|archive)-conflict|undo-refused|changes-(empty|none-such))/;
const distinct = names.filter((name) => !alike.test(name));
const server = createServer((request, response) => {
  const path = request.url ?? "/";
  if (path.startsWith("/-/assets/")) {
    response.setHeader("content-type", types[extname(path)] ?? "text/plain");
    response.end(readFileSync(join(assetFolder, basename(path))));
  } else if (path.startsWith("/-/live/")) {
    // An event stream without events.
    response.setHeader("content-type", "text/event-stream");
    response.write(":\n\n");
  } else {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.setHeader("content-security-policy", policy);
    response.end(screens.get(path.slice(1)));
  }
});
let browser: Browser;
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Opens the screens one after another; resolves to the problems of each that has some, console messages included. */
async function problemsOf(
  names: readonly string[],
  width: number,
  inspect: (page: Page) => Promise<string[]>,
): Promise<Record<string, string[]>> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  const problems: Record<string, string[]> = {};
  let messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  for (const name of names) {
    messages = [];
    await page.goto(`${origin}/${name}`);
    const found = [...(await inspect(page)), ...messages];
    if (found.length > 0) problems[name] = found;
  }
  await context.close();
  return problems;
}

const WCAG = {
  type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
};
const CONTRAST = { type: "rule", values: ["color-contrast"] };

/** Resolves to the violations that axe finds. `axe.source` must have been evaluated in the page. */
async function violations(page: Page, runOnly: typeof WCAG): Promise<string[]> {
  // The screens have no frames, and the details of passed rules would take most of the time.
  const options = JSON.stringify({ runOnly, resultTypes: ["violations"], iframes: false, preload: false });
  return page.evaluate(`axe.run(document, ${options}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 160))))`);
}

/** Resolves to a problem if the page is wider than the window. */
async function overflow(page: Page): Promise<string[]> {
  const excess = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  return Number(excess) > 0 ? [`${excess} px too wide`] : [];
}

describe("every screen", () => {
  test("meets WCAG AA in the light scheme and has enough contrast in the dark scheme", async () => {
    const problems = await problemsOf(distinct, 1280, async (page) => {
      await page.evaluate(axe.source);
      await page.emulateMedia({ colorScheme: "light" });
      const light = await violations(page, WCAG);
      await page.emulateMedia({ colorScheme: "dark" });
      const dark = await violations(page, CONTRAST);
      return [...light, ...dark.map((violation) => `dark scheme: ${violation}`)];
    });
    expect(problems).toEqual({});
  });

  test("fits windows of 360 and 1100 px without scrolling sideways", async () => {
    const problems = await problemsOf(names, 360, async (page) => {
      await page.setViewportSize({ width: 360, height: 800 });
      const narrow = await overflow(page);
      await page.setViewportSize({ width: 1100, height: 800 });
      return [...narrow, ...(await overflow(page))];
    });
    expect(problems).toEqual({});
  });
});

describe("screens with details elements", () => {
  test("meet WCAG AA and fit a window of 360 px with all of them open", async () => {
    const problems = await problemsOf(["show-editor", "archived-page", "past"], 360, async (page) => {
      await page.evaluate(axe.source);
      await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
      return [...(await violations(page, WCAG)), ...(await overflow(page))];
    });
    expect(problems).toEqual({});
  });
});

describe("the button of a code block", () => {
  test("copies the text of the block", async () => {
    const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    await page.goto(`${origin}/show`);
    const button = page.getByRole("button", { name: strings.page.copyCode, exact: true });
    await button.focus();
    await button.press("Enter");
    await page.getByRole("button", { name: strings.page.copiedCode }).waitFor();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toBe(await page.locator("pre").textContent());
    await context.close();
  });
});

describe("the keyboard", () => {
  test("reaches the skip link first, and shows the focus", async () => {
    const page = await browser.newPage();
    await page.goto(`${origin}/show-editor`);
    await page.keyboard.press("Tab");
    const skip = page.locator(":focus");
    expect(await skip.textContent()).toContain("Skip");
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0);
    await page.keyboard.press("Enter");
    expect(await page.locator(":focus").getAttribute("id")).toBe("-main");
    await page.keyboard.press("Tab");
    const outline = "getComputedStyle(document.activeElement).outlineStyle";
    expect(await page.evaluate(outline)).toBe("solid");
    await page.close();
  });

  test("saves the unchanged text on Enter in the title of the edit form", async () => {
    const page = await browser.newPage();
    await page.goto(`${origin}/edit`);
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("[name=title]").press("Enter");
    const fields = new URLSearchParams((await posted).postData() ?? "");
    expect(fields.get("action")).toBe("save");
    expect(fields.get("base")).toBe("id.14");
    expect(fields.get("body")?.replaceAll("\r\n", "\n")).toBe(source.body);
    await page.close();
  });
});
