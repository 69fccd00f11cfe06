// Takes the pictures of the README: `npm run build && npx tsx docs/picture/take.ts`.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchBrowser } from "../../test/browser.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const program = fileURLToPath(new URL("../../packages/wiki/bin/palimpsest.js", import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), "palimpsest-picture-"));
const env = { ...process.env, PALIMPSEST_DATA_DIR: dataDir, PALIMPSEST_LOG_LEVEL: "silent" };

const email = "editor@example.org";

function importPages(): void {
  const folder = fileURLToPath(new URL("../../test/fixtures/picture", import.meta.url));
  const words = [program, "import", folder, "--as", email];
  const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** Changes a few words of the page that is open. */
async function edit(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  const text = page.getByLabel("Text", { exact: true });
  const body = await text.inputValue();
  await text.fill(
    body.replace("ten minutes", "five minutes").replace("Nobody was ever", "Nobody here was ever"),
  );
  await page.getByLabel("Summary").fill("Ten were too many");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: "History" }).waitFor();
}

const server = spawn(process.execPath, [program, "serve", "--port", "0"], { env });
const [greeting] = await once(server.stdout, "data");
const [address = ""] = /http:\S+/.exec(String(greeting)) ?? [];
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 }, colorScheme: "light" });
  await page.goto(address);
  await page.getByLabel("Name", { exact: true }).fill("Editor One");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.getByLabel("Name of the wiki").fill("Team handbook");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("ZIP archive or files").waitFor();
  await page.screenshot({ path: join(here, "set-up.png") });
  importPages();
  await page.goto(`${address}/handbook/on-call`);
  await page.screenshot({ path: join(here, "reading.png") });
  await edit(page);
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("link", { name: "See changes" }).first().click();
  await page.getByRole("link", { name: "Page in one column" }).click();
  await page.screenshot({
    path: join(here, "difference.png"),
    clip: { x: 0, y: 0, width: 1360, height: 760 },
  });
} finally {
  await browser.close();
  server.kill();
  await once(server, "close");
  await rm(dataDir, { recursive: true });
}
