// Draws src/web/images/favicon.svg in several sizes and stores them as favicon.ico. Run it after changing the drawing,
// with the path of a Chromium: node packages/wiki/scripts/make-favicon.mjs /usr/bin/chromium
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const SIZES = [16, 32, 48];
const HEADER_BYTES = 6;
const ENTRY_BYTES = 16;

const images = new URL("../src/web/images/", import.meta.url);
const svg = await readFile(new URL("favicon.svg", images), "utf8");
const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
const page = await browser.newPage();
const pngs = [];
for (const size of SIZES) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${svg}`);
  pngs.push(await page.screenshot({ omitBackground: true }));
}
await browser.close();

// The format: a header, an entry for each image, the images as PNG.
const head = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * pngs.length);
head.writeUInt16LE(1, 2);
head.writeUInt16LE(pngs.length, 4);
let offset = head.length;
for (const [index, png] of pngs.entries()) {
  const entry = HEADER_BYTES + ENTRY_BYTES * index;
  head.writeUInt8(SIZES[index], entry);
  head.writeUInt8(SIZES[index], entry + 1);
  head.writeUInt16LE(1, entry + 4);
  head.writeUInt16LE(32, entry + 6);
  head.writeUInt32LE(png.length, entry + 8);
  head.writeUInt32LE(offset, entry + 12);
  offset += png.length;
}
await writeFile(fileURLToPath(new URL("favicon.ico", images)), Buffer.concat([head, ...pngs]));
