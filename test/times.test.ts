// Times on screens in the time zone and region of a browser.
import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetFolder } from "../packages/wiki/src/web/assets.ts";
import { changesScreen } from "../packages/wiki/src/web/changes/changes.tsx";
import { renderDocument } from "../packages/wiki/src/web/document.tsx";
import { pageVersion } from "../packages/wiki/src/web/page/version.tsx";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};
const visitor = { person: null, mayCreatePages: false };
const page = { id: "id", slug: "bread", title: "Bread" };

/** The list of changes at these moments, newest first. */
const changesAt = (...moments: string[]) =>
  renderDocument(
    visitor,
    changesScreen({
      changes: moments.map((at, index) => ({
        ...{ at, page, kind: "body-updated", by: null, summary: null, sizeDelta: 1, of: null },
        ...{ title: null, slug: null, files: null, version: 9 - index, position: 9 - index },
      })),
      before: null,
    }),
  );

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** Opens a document in a new window, at the time `now`. */
async function open(html: string, now: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  const window = await context.newPage();
  await window.route("**/*", (route) => {
    const { pathname } = new URL(route.request().url());
    if (!pathname.startsWith("/-/assets/")) return route.fulfill({ contentType: "text/html", body: html });
    const body = readFileSync(join(assetFolder, basename(pathname)));
    return route.fulfill({ contentType: TYPES[extname(pathname)] ?? "text/plain", body });
  });
  await window.clock.install({ time: new Date(now) });
  await window.goto("http://wiki.test/");
  return window;
}

const textsOf = async (window: Page, selector: string) =>
  (await window.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());

describe("a list of changes", () => {
  const html = changesAt("2026-03-04T02:30:00Z", "2026-03-03T12:00:00Z", "2026-03-03T01:00:00Z");

  it("has the days and times of the reader's zone", async () => {
    const options = { timezoneId: "America/New_York", locale: "en-US" };
    const window = await open(html, "2026-03-20T12:00:00Z", options);
    expect(await textsOf(window, ".day > h2")).toEqual(["Tuesday, March 3, 2026", "Monday, March 2, 2026"]);
    expect(await textsOf(window, ".day:nth-of-type(1) .at")).toEqual(["9:30 PM", "7:00 AM"]);
    expect(await textsOf(window, ".day:nth-of-type(2) .at")).toEqual(["8:00 PM"]);
    expect(await window.locator(".at time").first().getAttribute("title")).toMatch(
      /^March 3, 2026 at 9:30:00.PM EST$/,
    );
    expect(await window.getByText(strings.common.timesInUtc).count()).toBe(0);
    for (const heading of ["-day-2026-03-03", "-day-2026-03-02"]) {
      expect(await window.locator(`section[aria-labelledby="${heading}"] > h2#${heading}`).count()).toBe(1);
    }
    await window.context().close();
  });

  it("has the language of the document and the conventions of the reader's region", async () => {
    const window = await open(html, "2026-03-20T12:00:00Z", { timezoneId: "Asia/Tokyo", locale: "de-DE" });
    expect(await textsOf(window, ".at")).toEqual(["11:30", "21:00", "10:00"]);
    expect((await textsOf(window, ".day > h2"))[0]).toMatch(/^Wednesday,? 4 March 2026$/);
    await window.context().close();
  });

  it("has the days and times of UTC without JavaScript", async () => {
    const options = { timezoneId: "America/New_York", javaScriptEnabled: false };
    const window = await open(html, "2026-03-20T12:00:00Z", options);
    expect(await textsOf(window, ".at")).toEqual(["02:30", "12:00", "01:00"]);
    expect(await window.locator(".day").count()).toBe(2);
    expect(await window.getByText(strings.common.timesInUtc).count()).toBe(1);
    await window.context().close();
  });

  it("shows how long ago recent changes were, and keeps that up to date", async () => {
    const recent = changesAt("2026-03-04T11:55:00Z", "2026-03-03T12:01:30Z");
    const window = await open(recent, "2026-03-04T12:00:00Z", { timezoneId: "UTC", locale: "en-GB" });
    expect(await textsOf(window, ".at")).toEqual([
      expect.stringMatching(/^5 min\.? ago$/),
      expect.stringMatching(/^23 hr?\.? ago$/),
    ]);
    await window.clock.runFor("02:00");
    expect(await textsOf(window, ".at")).toEqual([expect.stringMatching(/^7 min\.? ago$/), "12:01"]);
    await window.context().close();
  });
});

it("the screen of a version has its time in the reader's zone, without the current year", async () => {
  const screen = pageVersion({
    ...{ ...page, archived: false, version: 1, latest: 1, by: "Ada", html: "" },
    at: "2026-03-03T23:59:30.000Z",
  });
  const options = { timezoneId: "Asia/Tokyo", locale: "en-GB" };
  const window = await open(renderDocument(visitor, screen), "2026-03-20T12:00:00Z", options);
  expect(await textsOf(window, ".version-bar time")).toEqual(["4 March, 08:59:30"]);
  await window.context().close();
});
