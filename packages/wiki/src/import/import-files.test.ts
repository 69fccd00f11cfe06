import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { beforeEach, describe, expect, it } from "vitest";
import { memorySource } from "../../../../test/import-source.ts";
import { ContentManagement } from "../application/content-management.ts";
import type { PageDetails } from "../application/pages.ts";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import { SYSTEM } from "../domain/user.ts";
import { FileTable } from "../files/file-table.ts";
import { MemoryStore } from "../files/memory-store.ts";
import { StoredFiles } from "../files/stored-files.ts";
import { type ImportOptions, type ImportReport, importFiles } from "./import-files.ts";

const ada = randomUUID();
let content: ContentManagement;
beforeEach(() => {
  content = new ContentManagement();
});

const file = (path: string, body: string, title = `Title of ${path}`) => ({ path, body, title });
type TestFile = ReturnType<typeof file>;

const sourceOf = (files: readonly TestFile[], name?: string) =>
  memorySource(
    Object.fromEntries(files.map(({ path, title, body }) => [path, `---\ntitle: ${title}\n---\n${body}`])),
    name,
  );

interface TestOptions {
  readonly overwrite?: true;
  readonly dryRun?: true;
  readonly userId?: string;
  readonly under?: string;
  readonly name?: string;
}

const reportOf = (files: readonly TestFile[], options: TestOptions = {}): Promise<ImportReport> =>
  importFiles(sourceOf(files, options.name), content, {
    under: options.under,
    overwrite: options.overwrite === true,
    dryRun: options.dryRun === true,
    userId: options.userId ?? SYSTEM,
    onProgress: () => {},
  });

/** Imports files. Resolves to the number of files of each outcome, and of stored events. */
async function importing(files: readonly TestFile[], options: TestOptions = {}) {
  const before = await content.position();
  const report = await reportOf(files, options);
  const kinds = ["created", "updated", "unchanged", "leftAlone", "failed", "collisions"] as const;
  const counts = kinds.map((kind) => [kind, report[kind].length] as const).filter(([, count]) => count > 0);
  return { ...Object.fromEntries(counts), events: (await content.position()) - before };
}

const asAda = <T>(work: () => Promise<T>): Promise<T> => asUser(ada, work);

describe("importFiles", () => {
  it("creates pages in order, and stores nothing the second time", async () => {
    const files = Array.from({ length: 100 }, (_, index) =>
      file(`${String(index).padStart(3, "0")}.md`, "text"),
    );
    expect(await importing(files)).toEqual({ created: 100, events: 300 });
    const slugs: string[] = [];
    for await (const page of content.getPages()) slugs.push(page.slug);
    expect(slugs).toEqual(files.map(({ path }) => path.slice(0, -3)));
    expect(await importing(files)).toEqual({ unchanged: 100, events: 0 });
    expect(await importing(files, { userId: ada })).toEqual({ unchanged: 100, events: 0 });
  });

  it("stores one event for a changed text, and two for a changed text and title", async () => {
    await importing([file("a.md", "one\n"), file("b.md", "two\n")]);
    expect(await importing([file("a.md", "one\n"), file("b.md", "three\n")])).toEqual({
      unchanged: 1,
      updated: 1,
      events: 1,
    });
    expect(await importing([file("b.md", "four\n", "B")], { userId: ada })).toEqual({
      updated: 1,
      events: 2,
    });
    expect(await content.getPageBySlug("b")).toMatchObject({ title: "B", body: "four\n", modifiedBy: ada });
  });

  it("stores nothing in a dry run", async () => {
    expect(await importing([file("a.md", "one")], { dryRun: true })).toEqual({ created: 1, events: 0 });
    await importing([file("a.md", "one")]);
    expect(await importing([file("a.md", "two")], { dryRun: true })).toEqual({ updated: 1, events: 0 });
  });

  it("completes an interrupted import", async () => {
    await importing([file("a.md", "one")]);
    expect(await importing([file("a.md", "one"), file("b.md", "two")])).toEqual({
      created: 1,
      unchanged: 1,
      events: 3,
    });
  });
});

describe("importFiles after an edit in the wiki", () => {
  beforeEach(() => importing([file("a.md", "one\n")]));

  it("leaves the page alone if the file did not change", async () => {
    await asAda(() => content.updateBody("a", "theirs\n"));
    expect(await importing([file("a.md", "one\n")])).toEqual({ leftAlone: 1, events: 0 });
    expect(await importing([file("a.md", "one\n")], { userId: ada })).toEqual({ leftAlone: 1, events: 0 });
  });

  it("fails if the file changed the same field", async () => {
    await asAda(() => content.updateBody("a", "theirs\n"));
    expect(await importing([file("a.md", "two\n")])).toEqual({ failed: 1, events: 0 });
    expect(await importing([file("a.md", "two\n")], { overwrite: true })).toEqual({ updated: 1, events: 1 });
    expect(await importing([file("a.md", "three\n")])).toEqual({ updated: 1, events: 1 });
  });

  it("keeps the edit of one field if the file changed the other", async () => {
    await asAda(() => content.updateTitle("a", "Their title"));
    expect(await importing([file("a.md", "two\n")])).toEqual({ updated: 1, events: 1 });
    expect(await content.getPageBySlug("a")).toMatchObject({ title: "Their title", body: "two\n" });
    await asAda(() => content.updateBody("a", "theirs\n"));
    expect(await importing([file("a.md", "two\n", "New title")])).toEqual({ failed: 1, events: 0 });
  });

  it("keeps the edit after an import that changed the other field", async () => {
    await asAda(() => content.updateBody("a", "theirs\n"));
    expect(await importing([file("a.md", "one\n", "New title")])).toEqual({ updated: 1, events: 1 });
    expect(await content.getPageBySlug("a")).toMatchObject({ title: "New title", body: "theirs\n" });
    expect(await importing([file("a.md", "two\n", "New title")])).toEqual({ failed: 1, events: 0 });
  });

  it("finds the page after its slug was changed", async () => {
    await asAda(() => content.updateSlug("a", "elsewhere"));
    expect(await importing([file("a.md", "one\n")])).toEqual({ unchanged: 1, events: 0 });
    expect(await importing([file("a.md", "two\n")])).toEqual({ updated: 1, events: 1 });
    expect((await content.getPageBySlug("elsewhere")).body).toBe("two\n");
  });
});

describe("importFiles to a slug in use", () => {
  it("replaces a page that was not imported only with the option overwrite", async () => {
    await asAda(() => content.createPage("Mine", "a", "mine"));
    const report = await reportOf([file("a.md", "one"), file("b.md", "two")]);
    expect(report.collisions).toEqual([
      { slug: "a", paths: ["a.md"], reason: expect.stringContaining('page "Mine" has this slug') },
    ]);
    expect(report.created).toEqual([]);
    expect(await importing([file("a.md", "one")], { overwrite: true })).toEqual({ updated: 1, events: 2 });
    expect(await importing([file("a.md", "two")])).toEqual({ updated: 1, events: 1 });
  });

  it("does not replace a page of another source", async () => {
    await importing([file("index.md", "one"), file("b.md", "one")], { name: "/x" });
    expect(await importing([file("index.md", "two"), file("b.md", "one")], { name: "/y" })).toEqual({
      collisions: 1,
      events: 0,
    });
    expect(await importing([file("index.md", "two"), file("b.md", "one")], { name: "/x" })).toEqual({
      updated: 1,
      unchanged: 1,
      events: 1,
    });
    expect(await importing([file("index.md", "two")], { name: "/y", under: "y" })).toEqual({
      created: 1,
      events: 3,
    });
    expect((await content.getPageBySlug("y")).body).toBe("two");
  });

  it("accepts a page of others with the same title and text", async () => {
    await asAda(() => content.createPage("Same", "a", "one"));
    expect(await importing([file("a.md", "one", "Same"), file("b.md", "two")])).toEqual({
      created: 1,
      unchanged: 1,
      events: 3,
    });
  });

  it("lists all collisions and imports nothing", async () => {
    await asAda(() => content.createPage("Mine", "c", "mine"));
    const files = [
      file("a.md", "1"),
      file("A.md", "2"),
      file("b.md", "3"),
      file("c.md", "4"),
      file("d.md", "5"),
    ];
    const report = await reportOf(files);
    expect(report.collisions.map(({ slug, paths }) => [slug, paths])).toEqual([
      ["a", ["A.md", "a.md"]],
      ["c", ["c.md"]],
    ]);
    expect(await importing(files, { overwrite: true })).toEqual({ collisions: 1, events: 0 });
  });

  it("leaves the file's archived page alone, but creates a page for another file", async () => {
    await importing([file("a.md", "one\n")]);
    const { id } = await content.getPageBySlug("a");
    await asAda(() => content.archivePage(id));
    expect(await importing([file("a.md", "two\n")])).toEqual({ leftAlone: 1, events: 0 });
    expect(await importing([file("a.md", "two\n")], { overwrite: true })).toEqual({
      leftAlone: 1,
      events: 0,
    });
    const other = file("other.md", "text\n", "Other\nslug: a");
    expect(await importing([other])).toEqual({ created: 1, events: 3 });
  });

  it("creates a page at a slug that another page had before", async () => {
    await asAda(() => content.createPage("Mine", "a", "mine"));
    await asAda(() => content.updateSlug("a", "mine"));
    expect(await importing([file("a.md", "one")], { overwrite: true })).toMatchObject({ created: 1 });
    expect((await content.getPageBySlug("mine")).body).toBe("mine");
  });
});

describe("the links of imported pages", () => {
  it("lead to pages, and those that lead nowhere are reported", async () => {
    await asAda(() => content.createPage("Elsewhere", "else/where", ""));
    const { warnings } = await reportOf([
      file(
        "a.md",
        "[b](in/b.md#x) [none](none.md) [page](/else/where) [gone](/gone) [ref]\n\n[ref]: in/b.md",
      ),
      file("in/b.md", "[a](../a.md) [self](#y) ![](../img.png)"),
    ]);
    expect((await content.getPageBySlug("a")).body).toBe(
      "[b](/in/b#x) [none](none.md) [page](/else/where) [gone](/gone) [ref]\n\n[ref]: /in/b",
    );
    expect((await content.getPageBySlug("in/b")).body).toContain("[a](/a) [self](#y)");
    expect(warnings).toEqual([
      { path: "a.md", text: "link to none.md, which is not imported" },
      { path: "a.md", text: "link to /gone, which is neither a file nor a page of the wiki" },
      { path: "in/b.md", text: "link to ../img.png, which is not imported" },
    ]);
  });

  it("lead below the slug of the option under", async () => {
    await importing([file("a.md", "[b](in/b.md)"), file("in/b.md", "[a](../a.md)")], { under: "x/y" });
    expect((await content.getPageBySlug("x/y/a")).body).toBe("[b](/x/y/in/b)");
  });
});

describe("the files of imported pages", () => {
  const PNG = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  let name = 0;
  let files: Record<string, string | Uint8Array>;
  beforeEach(async () => {
    const table = await FileTable.open(await openSqlDatabase({ kind: "memory" }, "files"));
    const storage = new StoredFiles(new MemoryStore(), table, join(tmpdir(), "palimpsest-files"));
    content = new ContentManagement({ files: storage, fileLimits: { maxBytes: 100, types: undefined } });
    name += 1;
    files = {
      "a/page.md":
        '![one](../img/x%20y.png "title") ![two](<../img 2/x y.png>) [three](/data.csv) ![one][ref]\n\n[ref]: ../img/x%20y.png',
      "img/x y.png": PNG,
      "img 2/x y.png": Buffer.concat([PNG, Buffer.from("2")]),
      "public/data.csv": "a,b",
      "unused.png": PNG,
    };
  });

  const run = async (options: Partial<ImportOptions> = {}) => {
    const before = await content.position();
    const source = memorySource(files, String(name));
    const report = await importFiles(source, content, {
      overwrite: false,
      dryRun: false,
      userId: SYSTEM,
      onProgress: () => {},
      ...options,
    });
    return { ...report, events: (await content.position()) - before };
  };
  const page = async () => content.getPageBySlug("a/page");
  const filesOf = async () => (await page()).files.map(({ name, bytes }) => [name, bytes]);

  it("are attached to the page that names them, once, and each under its own name", async () => {
    expect(await run()).toMatchObject({ created: [{ path: "a/page.md" }], warnings: [], events: 4 });
    expect((await page()).body).toBe(
      '![one](x%20y.png "title") ![two](x%20y-2.png) [three](data.csv) ![one][ref]\n\n[ref]: x%20y.png',
    );
    expect(await filesOf()).toEqual([
      ["x y.png", PNG.length],
      ["x y-2.png", PNG.length + 1],
      ["data.csv", 3],
    ]);
    expect(await run()).toMatchObject({ unchanged: [{ path: "a/page.md" }], events: 0 });
  });

  it("are replaced if they changed only in the folder", async () => {
    await run();
    files["public/data.csv"] = "c,d,e";
    expect(await run({ dryRun: true })).toMatchObject({ updated: [{ path: "a/page.md" }], events: 0 });
    expect(await run()).toMatchObject({ updated: [{ path: "a/page.md" }], events: 1 });
    expect(await filesOf()).toContainEqual(["data.csv", 5]);
    expect(await run()).toMatchObject({ unchanged: [{ path: "a/page.md" }], events: 0 });
  });

  it("are left alone if they changed only in the wiki, and refused if they changed in both", async () => {
    await run();
    const { id, files: attached } = await page();
    const received = await content.receiveFile("data.csv", Buffer.from("theirs"));
    await asAda(() => content.attachFile(id, { ...received, replaces: "same-name" }));
    const image = attached[0]?.id ?? "";
    await asAda(() => content.removeFile(id, { fileId: image }));
    expect((await run()).leftAlone).toEqual([
      {
        path: "a/page.md",
        slug: "a/page",
        reason: "the file x y.png and the file data.csv changed only in the wiki",
      },
    ]);
    files["public/data.csv"] = "c,d";
    expect((await run()).failed).toEqual([
      {
        path: "a/page.md",
        reason: "the file data.csv changed in the file and in the wiki; the page was left alone",
      },
    ]);
    expect(await run({ overwrite: true })).toMatchObject({ updated: [{ path: "a/page.md" }], events: 2 });
    expect(await filesOf()).toContainEqual(["data.csv", 3]);
  });

  it("are left out with a warning if the wiki refuses them", async () => {
    files["public/data.csv"] = "x".repeat(101);
    files["img/x y.png"] = "";
    const { created, warnings } = await run();
    expect(created).toHaveLength(1);
    expect(warnings).toEqual([
      { path: "a/page.md", text: expect.stringMatching(/^img\/x y\.png was not attached: .*is empty/) },
      { path: "a/page.md", text: expect.stringMatching(/^public\/data\.csv was not attached: /) },
    ]);
    expect(await filesOf()).toEqual([["x y-2.png", PNG.length + 1]]);
  });
});

describe("an exported file", () => {
  const exported = (page: PageDetails, body: string, title = page.title): string =>
    `---\ntitle: ${title}\nslug: ${page.slug}\npalimpsest:\n  page: ${page.id}\n  version: ${page.version}\n---\n${body}`;
  const importText = async (text: string) => {
    const before = await content.position();
    const { created, updated, unchanged, failed } = await importFiles(
      memorySource({ "x.md": text }),
      content,
      {
        overwrite: false,
        dryRun: false,
        userId: SYSTEM,
        onProgress: () => {},
      },
    );
    const counts = { created, updated, unchanged, failed };
    const [outcome] = Object.entries(counts).flatMap(([kind, { length }]) => (length > 0 ? [kind] : []));
    return [outcome, (await content.position()) - before];
  };

  it("changes its page, whatever its slug is, and never overwrites later edits", async () => {
    await asAda(() => content.createPage("A", "a", "one"));
    const page = await content.getPageBySlug("a");
    await asAda(() => content.updateSlug("a", "moved"));
    expect(await importText(exported(page, "one"))).toEqual(["unchanged", 0]);
    expect(await importText(exported(page, "two"))).toEqual(["updated", 1]);
    expect(await importText(exported(page, "three"))).toEqual(["updated", 1]);
    await asAda(() => content.updateBody("moved", "theirs"));
    expect(await importText(exported(page, "four"))).toEqual(["failed", 0]);
    expect(await importText(exported(page, "three", "New"))).toEqual(["updated", 1]);
    expect(await content.getPageBySlug("moved")).toMatchObject({ title: "New", body: "theirs" });
  });

  it("becomes a new page in another wiki, also with an empty text", async () => {
    await asAda(() => content.createPage("A", "a", ""));
    const page = await content.getPageBySlug("a");
    content = new ContentManagement();
    expect(await importText(exported(page, ""))).toEqual(["created", 3]);
    expect(await importText(exported(page, ""))).toEqual(["unchanged", 0]);
    expect(await importText(exported(page, "\n  x"))).toEqual(["updated", 1]);
    expect((await content.getPageBySlug("a")).body).toBe("\n  x");
  });
});

it("reports the planned changes if no wiki exists", async () => {
  const source = {
    ...sourceOf([file("a.md", "one")]),
    refused: [{ path: "b.md", text: "is a broken link" }],
  };
  const report = await importFiles(source, undefined, {
    overwrite: false,
    dryRun: true,
    userId: SYSTEM,
    onProgress: () => {},
  });
  expect(report).toMatchObject({
    files: 2,
    created: [{ path: "a.md", slug: "a" }],
    failed: [{ path: "b.md", reason: "is a broken link" }],
  });
});

it("rejects a source without Markdown files", async () => {
  await expect(
    importFiles(memorySource({ "a.txt": "text" }), content, {
      overwrite: false,
      dryRun: false,
      userId: SYSTEM,
      onProgress: () => {},
    }),
  ).rejects.toThrow("test has no .md, .mdx or .markdown files.");
});
