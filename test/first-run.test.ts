// The first hour of a wiki in Chromium: set-up, import, reading, a new image, an earlier version, export.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32, deflateSync } from "node:zlib";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { createWiki, startServer, type Wiki } from "../packages/wiki/src/create-wiki.ts";
import { zipSource } from "../packages/wiki/src/import/zip-source.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { configFrom } from "./config.ts";

let folder: string;
let wiki: Wiki;
let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-first-run-"));
  const env = { PALIMPSEST_DATA_DIR: folder, PALIMPSEST_PORT: "0", PALIMPSEST_LOG_LEVEL: "silent" };
  wiki = await createWiki(configFrom(env));
  server = await startServer(wiki);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await wiki?.close();
  await rm(folder, { recursive: true });
});

/** Returns a grey PNG of one row. Its width tells it from others. */
function png(width: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(1, 4);
  header.writeUInt8(8, 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(width + 1))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

async function handbook(): Promise<Buffer> {
  const zip = new ZipFile();
  const guide = "# On call\n\nAsk the [team](team.md).\n\n![The rota](images/rota.png)\n";
  zip.addBuffer(Buffer.from(guide), "handbook/on-call.md");
  zip.addBuffer(Buffer.from("# Team\n\nBack to [[On call]].\n"), "handbook/team.md");
  zip.addBuffer(png(2), "handbook/images/rota.png");
  zip.end();
  return buffer(zip.outputStream);
}

/** Resolves to the width of the image of a page, 0 if it is broken. */
const imageWidth = async (page: Page) => {
  const image = page.locator("article img");
  await image.waitFor({ state: "attached" });
  return image.evaluate(async (found) => {
    const element = found as unknown as { decode(): Promise<void>; naturalWidth: number };
    await element.decode().catch(() => {});
    return element.naturalWidth;
  });
};

const heading = (page: Page) => page.getByRole("heading", { level: 1 }).innerText();

it("leads from an empty database to an exported wiki", async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  const stepHasNoViolations = async () => {
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate("axe.run()")) as { violations: { id: string }[] };
    expect(violations.map(({ id }) => id)).toEqual([]);
  };

  await page.goto(`${server.address}/handbook`);
  expect(await heading(page)).toBe(strings.setup.heading);
  await stepHasNoViolations();
  await page.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
  await page.getByLabel("E-mail").fill("ada@example.org");
  await page.getByLabel("Password").fill("analytical engine");
  await page.getByRole("button", { name: strings.setup.createAccount }).click();
  await page.getByLabel(strings.setup.wikiName).fill("Team handbook");
  await page.getByRole("button", { name: strings.setup.continue }).click();
  await page
    .getByLabel(strings.setup.archive)
    .setInputFiles({ name: "handbook.zip", mimeType: "application/zip", buffer: await handbook() });
  await stepHasNoViolations();
  await page.getByRole("button", { name: strings.setup.continue }).click();
  expect(await page.getByRole("status").innerText()).toContain("2 pages imported.");
  await page.getByRole("link", { name: strings.setup.continue }).click();
  await stepHasNoViolations();
  await page.getByRole("button", { name: strings.setup.createLink }).click();
  expect(await page.locator(".secret").innerText()).toContain(`${server.address}/-/invitation/`);
  await page.getByRole("button", { name: strings.setup.openWiki }).click();
  expect(await page.getByRole("banner").innerText()).toContain("Team handbook");

  await page.getByRole("main").getByRole("link", { name: "On call" }).click();
  expect(await page.title()).toBe("On call · Team handbook");
  expect(await imageWidth(page)).toBe(2);
  await page.getByRole("article").getByRole("link", { name: "team" }).click();
  expect(await heading(page)).toBe("Team");
  await page.getByRole("article").getByRole("link", { name: "On call" }).click();
  expect(await heading(page)).toBe("On call");

  await page.getByRole("link", { name: strings.files.buttonWithCount(1) }).click();
  await page.getByLabel(strings.files.replaceFile("rota.png")).click();
  await page
    .getByLabel(strings.files.newFile("rota.png"))
    .setInputFiles({ name: "new.png", mimeType: "image/png", buffer: png(3) });
  await page.getByRole("button", { name: strings.files.replace, exact: true }).click();
  expect(await page.getByRole("status").first().innerText()).toContain(strings.files.replaced);
  await page.getByRole("link", { name: strings.files.backToPage }).click();
  expect(await imageWidth(page)).toBe(3);

  await page.getByRole("link", { name: strings.common.history }).click();
  await page
    .getByRole("link", { name: /^Versions? 1/ })
    .last()
    .click();
  expect(await imageWidth(page)).toBe(2);

  const exported = await page.request.get(`${server.address}/-/export/pages.zip`);
  await writeFile(join(folder, "export.zip"), await exported.body());
  const archive = await zipSource(join(folder, "export.zip"));
  const images = archive.files.filter(({ path }) => path.endsWith(".png"));
  expect(images).toHaveLength(1);
  expect(await buffer(await archive.open(String(images[0]?.path)))).toEqual(png(3));
  await archive.close();
  expect(problems).toEqual([]);
});
