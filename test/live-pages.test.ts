// An open page goes on hearing of newer versions, whatever happens to its connection.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { asUser } from "@palimpsest/eventsourcing";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWiki, startServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { launchBrowser } from "./browser.ts";
import { configFrom } from "./config.ts";

execFileSync(process.execPath, [
  fileURLToPath(new URL("../packages/wiki/scripts/build-assets.mjs", import.meta.url)),
]);

let wiki: Wiki;
let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;

beforeAll(async () => {
  const env = { PALIMPSEST_DATABASE_URL: "memory:", PALIMPSEST_PORT: "0", PALIMPSEST_LOG_LEVEL: "silent" };
  wiki = await createWiki(configFrom(env));
  server = await startServer(wiki);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await wiki?.close();
});

it("asks again when it is refused while it reconnects", async () => {
  await asUser(SYSTEM, () => wiki.content.createPage("Lively", "lively", "First."));
  const page = await browser.newPage();
  let asked = 0;
  await page.route("**/-/live/**", (route) => {
    asked += 1;
    switch (asked) {
      case 1:
        // A stream that ends, as of a server that stops.
        return route.fulfill({ contentType: "text/event-stream", body: "retry: 100\n:\n\n" });
      case 2:
      case 3:
        return route.fulfill({ status: 503, body: "The server is stopping" });
      case 4:
        return route.abort();
      default:
        return route.continue();
    }
  });
  await page.goto(`${server.address}/lively`);
  const notice = page.getByText("is there now");
  await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThanOrEqual(5);
  expect(await notice.isVisible()).toBe(false);
  await asUser(SYSTEM, () => wiki.content.updateBody("lively", "Second."));
  await notice.waitFor({ state: "visible" });
  expect(await notice.textContent()).toContain("Version 2");
  await page.close();
});

it("listens while it is looked at, and at once when it is looked at again", async () => {
  await asUser(SYSTEM, () => wiki.content.createPage("Seen", "seen", "First."));
  const page = await browser.newPage();
  let asked = 0;
  await page.route("**/-/live/**", (route) => {
    asked += 1;
    return route.fulfill({ status: 503, body: "Busy" });
  });
  await page.goto(`${server.address}/seen`);
  const become = (state: string) =>
    page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"))`);
  await expect.poll(() => asked).toBe(1);
  await become("hidden");
  // Longer than its first pause could be.
  await page.waitForTimeout(2_000);
  expect(asked).toBe(1);
  await become("visible");
  await expect.poll(() => asked).toBe(2);
  await page.close();
});
