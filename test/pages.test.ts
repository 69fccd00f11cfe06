import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assetFolder } from "../packages/wiki/src/web/assets.ts";
import { launchBrowser } from "./browser.ts";
import { gallery, source } from "./gallery.ts";

const buildAssets = fileURLToPath(new URL("../packages/wiki/scripts/build-assets.mjs", import.meta.url));
// What a browser has by default, and nothing of the wiki's own that is inline or from elsewhere.
const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";
const types: Record<string, string> = {
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".js": "text/javascript",
};

execFileSync(process.execPath, [buildAssets]);
const screens = gallery();
const names = [...screens.keys()];
// Where each look is slow, one stands for those that differ in their words alone.
const alike =
  /^(problem-(?!500)|missing-(archived-)?reader|first-administrator-used|list-empty-visitor|show-empty|rename-error|past-(missing|archived|list)|archived-empty|slug-history-empty|show-former-|history-(end|one)|diff-(first|same|names|too-much)|authorship-empty|(restore|archive)-conflict|undo-refused|changes-(empty|none-such))/;
const unlike = names.filter((name) => !alike.test(name));
const slow = 180_000;
const server = createServer((request, response) => {
  const path = request.url ?? "/";
  if (path.startsWith("/-/assets/")) {
    response.setHeader("content-type", types[extname(path)] ?? "text/plain");
    response.end(readFileSync(join(assetFolder, basename(path))));
  } else if (path.startsWith("/-/live/")) {
    // Nothing happens here, so no page hears of anything.
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

/** Opens the screens one after the other in a window of their own, and gathers what `look` finds. */
async function lookAtAll(
  names: readonly string[],
  width: number,
  look: (page: Page) => Promise<string[]>,
): Promise<Record<string, string[]>> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  const found: Record<string, string[]> = {};
  let complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  for (const name of names) {
    complaints = [];
    await page.goto(`${origin}/${name}`);
    const seen = [...(await look(page)), ...complaints];
    if (seen.length > 0) found[name] = seen;
  }
  await context.close();
  return found;
}

/** What the rules of axe find, all of them or `only` some. */
function violations(only?: string[]): (page: Page) => Promise<string[]> {
  return async (page) => {
    // The mode without a page of its own for the result: these screens have no frames.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    if (only === undefined)
      axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
    else axe.withRules(only);
    const { violations } = await axe.analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  };
}

/** What reaches past the window's edges, where nobody would look for it. */
async function overflow(page: Page): Promise<string[]> {
  const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  return Number(wide) > 0 ? [`${wide} px too wide`] : [];
}

describe("every screen", () => {
  test("meets WCAG AA in light, and its contrast in dark too", { timeout: slow }, async () => {
    const contrast = violations(["color-contrast"]);
    const found = await lookAtAll(unlike, 1280, async (page) => {
      await page.emulateMedia({ colorScheme: "light" });
      const light = await violations()(page);
      await page.emulateMedia({ colorScheme: "dark" });
      return [...light, ...(await contrast(page)).map((violation) => `in dark, ${violation}`)];
    });
    expect(found).toEqual({});
  });

  test("meets it also with everything unfolded that can be", { timeout: slow }, async () => {
    const found = await lookAtAll(["show-editor", "archived-page", "past"], 360, async (page) => {
      await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
      return [...(await violations()(page)), ...(await overflow(page))];
    });
    expect(found).toEqual({});
  });

  test("fits windows of 360 and 1100 px without scrolling sideways", async () => {
    const found = await lookAtAll(names, 360, async (page) => {
      await page.setViewportSize({ width: 360, height: 800 });
      const narrow = await overflow(page);
      await page.setViewportSize({ width: 1100, height: 800 });
      return [...narrow, ...(await overflow(page))];
    });
    expect(found).toEqual({});
  });
});

describe("by keyboard", () => {
  test("the first stop skips to the content, and focus is visible", async () => {
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

  test("Enter in the title of the edit form saves the text as it is, and is no preview", async () => {
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
