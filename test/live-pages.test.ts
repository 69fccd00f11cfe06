// The notice of a newer version, on an open page whose connection fails.
import { asUser } from "@palimpsest/eventsourcing";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWiki, startServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { SYSTEM } from "../packages/wiki/src/domain/user.ts";
import { ada } from "./accounts.ts";
import { launchBrowser } from "./browser.ts";
import { configFrom } from "./config.ts";

let wiki: Wiki;
let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;

beforeAll(async () => {
  const env = { PALIMPSEST_DATABASE_URL: "memory:", PALIMPSEST_PORT: "0", PALIMPSEST_LOG_LEVEL: "silent" };
  wiki = await createWiki(configFrom(env));
  await wiki.identity.addUser({ ...ada, role: "reader" });
  server = await startServer(wiki);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await wiki?.close();
});

it("an open page reconnects after its stream ends and attempts fail", async () => {
  await asUser(SYSTEM, () => wiki.content.createPage("Lively", "lively", "First."));
  const page = await browser.newPage();
  // The time of the page's own delays passes only as the test says.
  await page.clock.install();
  let requests = 0;
  await page.route("**/-/live/**", (route) => {
    requests += 1;
    switch (requests) {
      case 1:
        // The stream of a server that stops.
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
  const notice = page.getByText("saved version");
  await expect
    .poll(async () => {
      await page.clock.runFor("01:00");
      return requests;
    })
    .toBeGreaterThanOrEqual(5);
  expect(await notice.isVisible()).toBe(false);
  await asUser(SYSTEM, () => wiki.content.updateBody("lively", "Second."));
  await notice.waitFor({ state: "visible" });
  expect(await notice.textContent()).toContain("saved version 2");
  await page.getByRole("link", { name: "Show it" }).click();
  expect(await page.locator("article").innerText()).toBe("Second.");
  await page.close();
});

it("an open page listens only while it is visible, and at once when it becomes visible again", async () => {
  await asUser(SYSTEM, () => wiki.content.createPage("Seen", "seen", "First."));
  const page = await browser.newPage();
  // The time of the page's own delays passes only as the test says.
  await page.clock.install();
  let requests = 0;
  await page.route("**/-/live/**", (route) => {
    requests += 1;
    return route.fulfill({ status: 503, body: "Busy" });
  });
  await page.goto(`${server.address}/seen`);
  const become = (state: string) =>
    page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"))`);
  await expect.poll(() => requests).toBe(1);
  await become("hidden");
  await page.clock.runFor("01:00");
  expect(requests).toBe(1);
  await become("visible");
  await expect.poll(() => requests).toBe(2);
  await page.close();
});
