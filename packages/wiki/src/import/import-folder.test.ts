import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { beforeEach, describe, expect, it } from "vitest";
import { ContentManagement } from "../application/content-management.ts";
import { SYSTEM } from "../domain/user.ts";
import type { FilePage } from "./file-page.ts";
import { type ImportReport, importFolder } from "./import-folder.ts";

const ada = randomUUID();
let content: ContentManagement;
beforeEach(() => {
  content = new ContentManagement();
});

const file = (path: string, body: string, title = `Title of ${path}`): FilePage => ({
  path,
  slug: path.replace(/\.md$/, ""),
  title,
  body,
  warnings: [],
});

/** Imports files. Resolves to the number of files of each outcome, and of stored events. */
async function importing(
  files: readonly FilePage[],
  options: { overwrite?: true; dryRun?: true; userId?: string } = {},
) {
  const before = await content.position();
  const report: ImportReport = await importFolder({ pages: files, refused: [], warnings: [] }, content, {
    overwrite: options.overwrite === true,
    dryRun: options.dryRun === true,
    userId: options.userId ?? SYSTEM,
    onProgress: () => {},
  });
  const kinds = ["created", "updated", "unchanged", "leftAlone", "failed"] as const;
  const counts = kinds.map((kind) => [kind, report[kind].length] as const).filter(([, count]) => count > 0);
  return { ...Object.fromEntries(counts), events: (await content.position()) - before };
}

const asAda = <T>(work: () => Promise<T>): Promise<T> => asUser(ada, work);

describe("importFolder", () => {
  it("creates pages in order, and stores nothing the second time", async () => {
    const files = Array.from({ length: 100 }, (_, index) =>
      file(`${String(index).padStart(3, "0")}.md`, "text"),
    );
    expect(await importing(files)).toEqual({ created: 100, events: 300 });
    const slugs: string[] = [];
    for await (const page of content.getPages()) slugs.push(page.slug);
    expect(slugs).toEqual(files.map(({ slug }) => slug));
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

describe("importFolder after an edit in the wiki", () => {
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

describe("importFolder to a slug in use", () => {
  it("replaces a page that was not imported only with the option overwrite", async () => {
    await asAda(() => content.createPage("Mine", "a", "mine"));
    expect(await importing([file("a.md", "one"), file("b.md", "two")])).toEqual({
      created: 1,
      failed: 1,
      events: 3,
    });
    expect(await importing([file("a.md", "one")], { overwrite: true })).toEqual({ updated: 1, events: 2 });
    expect(await importing([file("a.md", "two")])).toEqual({ updated: 1, events: 1 });
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
    const other = { ...file("other.md", "text\n"), slug: "a" };
    expect(await importing([other])).toEqual({ created: 1, events: 3 });
  });

  it("creates a page at a slug that another page had before", async () => {
    await asAda(() => content.createPage("Mine", "a", "mine"));
    await asAda(() => content.updateSlug("a", "mine"));
    expect(await importing([file("a.md", "one")], { overwrite: true })).toMatchObject({ created: 1 });
    expect((await content.getPageBySlug("mine")).body).toBe("mine");
  });
});

it("reports the planned changes if no wiki exists", async () => {
  const report = await importFolder(
    { pages: [file("a.md", "one")], refused: [{ path: "b.md", text: "is empty" }], warnings: [] },
    undefined,
    {
      overwrite: false,
      dryRun: true,
      userId: SYSTEM,
      onProgress: () => {},
    },
  );
  expect(report).toMatchObject({
    files: 2,
    created: [{ path: "a.md", slug: "a" }],
    failed: [{ path: "b.md", reason: "is empty" }],
  });
});
