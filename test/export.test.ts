import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importFiles } from "../packages/wiki/src/import/import-files.ts";
import { zipSource } from "../packages/wiki/src/import/zip-source.ts";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { type DatedWiki, datedWiki } from "./fixtures/dated-wiki.ts";
import { png } from "./fixtures/images.ts";
import { openWikiServer } from "./fixtures/wiki-server.ts";
import { contentWithFiles } from "./memory-files.ts";

const dated: DatedWiki = datedWiki();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "palimpsest-zip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function download(query = "") {
  const { statusCode, headers, rawPayload } = await dated.server.server.inject(
    addresses.exportArchive + query,
  );
  const file = join(folder, "pages.zip");
  await writeFile(file, rawPayload);
  return { statusCode, headers, open: () => zipSource(file) };
}

describe("the export screen", () => {
  it("downloads all pages as an archive that an import takes back", async () => {
    const { content } = dated.server.wiki;
    await asUser(dated.editor.id, async () =>
      content.attachFile(dated.ids.welcome, await content.receiveFile("plan.png", png(3, 2))),
    );
    const { text: shown, links } = await dated.read(addresses.allPages());
    expect(shown).toContain(strings.export.heading);
    expect(links).toContain(addresses.export);
    expect((await dated.read(addresses.export)).html).toContain(`action="${addresses.exportArchive}"`);

    const { statusCode, headers, open } = await download("?instant=");
    expect({ statusCode, type: headers["content-type"], cache: headers["cache-control"] }).toEqual({
      statusCode: 200,
      type: "application/zip",
      cache: "no-store",
    });
    expect(headers["content-disposition"]).toMatch(
      /^attachment; filename\*=UTF-8''palimpsest-\d{4}-\d\d-\d\d\.zip$/,
    );
    const source = await open();
    expect(source.files.map(({ path }) => path)).toEqual([
      "baking/sourdough.md",
      "bread.md",
      "breads.md",
      "welcome.files/plan.png",
      "welcome.md",
    ]);
    const other = await contentWithFiles();
    const report = await importFiles(source, other, {
      overwrite: false,
      dryRun: false,
      userId: dated.editor.id,
      onProgress: () => {},
    });
    await source.close();
    expect(report).toMatchObject({ created: { length: 4 }, failed: [], collisions: [], warnings: [] });
    expect(await other.getPageBySlug("welcome")).toMatchObject({
      title: "Start",
      files: [{ name: "plan.png" }],
    });
  });

  it("downloads the pages of an earlier date", async () => {
    const { headers, open } = await download(`?instant=${dated.instantOf("renamed")}`);
    expect(headers["content-disposition"]).toContain(dated.instantOf("renamed").slice(0, 10));
    const source = await open();
    expect(source.files.map(({ path }) => path)).toEqual(["baking/sourdough.md", "welcome.md"]);
    expect(await text(await source.open("welcome.md"))).toContain("title: Welcome\n");
    await source.close();
  });

  it("shows the form again for an invalid date", async () => {
    const { status, text: shown } = await dated.read(`${addresses.exportArchive}?instant=soon`);
    expect(status).toBe(400);
    expect(shown).toContain("soon");
  });

  it("is only for readers", async () => {
    const wiki = await openWikiServer("SQLite", { PALIMPSEST_READING: "members" });
    try {
      const reader = await wiki.account("reader");
      const signedOut = await wiki.ask("GET", addresses.exportArchive);
      expect(signedOut.headers.location).toBe(addresses.signIn(addresses.exportArchive));
      expect((await wiki.ask("GET", addresses.exportArchive, { as: reader })).statusCode).toBe(200);
    } finally {
      await wiki.close();
    }
  });
});
