import { AggregateNotFoundError, asUser, InvalidEventDataError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../test/recorders.ts";
import { ContentManagement, PageNotFoundError } from "./application.ts";
import { applyDiff, createDiff } from "./diff.ts";
import { Page, SlugConflictError } from "./domain.ts";

const ANN = "2f8f0a4e-6d0b-4a9b-9d3c-0c3a5a8d7b11";
const BOB = "9b1d7c52-33ce-4d0f-8a57-5f1e0f6c2a90";

const listed = async (pages: AsyncIterable<{ readonly slug: string }>) => {
  const slugs: string[] = [];
  for await (const { slug } of pages) slugs.push(slug);
  return slugs;
};

onEachRecorder("content management", (create) => {
  const open = async () => new ContentManagement({ recorder: await create() });

  it("creates a page, and changes its title, slug and body", async () => {
    const cms = await open();
    await expect(cms.pageBySlug("welcome")).rejects.toThrow(PageNotFoundError);
    await asUser(ANN, async () => {
      await cms.createPage("Welcome", "welcome");
      await cms.updateTitle("welcome", "Welcome Visitors");
      await cms.updateSlug("welcome", "welcome-visitors");
      await cms.updateBody("welcome-visitors", "Welcome to my wiki");
      await cms.updateBody("welcome-visitors", "Welcome to this wiki");
    });
    await expect(cms.pageBySlug("welcome")).rejects.toThrow('No page has the slug "welcome".');
    const page = await cms.pageBySlug("welcome-visitors");
    expect(page).toEqual({
      id: page.id,
      title: "Welcome Visitors",
      slug: "welcome-visitors",
      body: "Welcome to this wiki",
      modifiedBy: ANN,
    });
    await asUser(BOB, () => cms.updateBody("welcome-visitors", "Welcome to our wiki\n"));
    expect(await cms.pageById(page.id)).toMatchObject({ body: "Welcome to our wiki\n", modifiedBy: BOB });
    expect((await cms.repository.get(Page, page.id, { version: 5 })).body).toBe("Welcome to this wiki");
  });

  it("records who made each change, and the bodies as differences", async () => {
    const cms = await open();
    await asUser(ANN, () => cms.createPage("Welcome", "welcome"));
    await asUser(BOB, () => cms.updateBody("welcome", "Hello"));
    await cms.updateBody("welcome", "Hallo");
    const { id } = await cms.pageBySlug("welcome");
    const changes: unknown[] = [];
    for await (const { domainEvent } of cms.repository.history(Page, id, { from: 2 }))
      changes.push(domainEvent.data);
    expect(changes).toEqual([
      { diff: { at: 0, removed: 0, inserted: "Hello" }, userId: BOB },
      { diff: { at: 1, removed: 1, inserted: "a" }, userId: null },
    ]);
    expect((await cms.repository.get(Page, id, { version: 1 })).modifiedBy).toBe(ANN);
  });

  it("takes a snapshot of a page every five events", async () => {
    const cms = await open();
    await cms.createPage("Welcome", "welcome");
    const { id } = await cms.pageBySlug("welcome");
    for (const body of ["a", "b", "c"]) await cms.updateBody("welcome", body);
    expect(await cms.snapshots.get(id)).toEqual([]);
    await cms.updateBody("welcome", "d");
    expect(await cms.snapshots.get(id)).toMatchObject([{ originatorVersion: 5 }]);
    expect((await cms.pageBySlug("welcome")).body).toBe("d");
  });

  it("lists pages in the order of their creation, or the newest first", async () => {
    const cms = await open();
    expect(await listed(cms.pages())).toEqual([]);
    for (const number of [1, 2, 3, 4]) await cms.createPage(`Page ${number}`, `page-${number}`);
    await cms.updateSlug("page-1", "first");
    expect(await listed(cms.pages())).toEqual(["first", "page-2", "page-3", "page-4"]);
    expect(await listed(cms.pages({ desc: true, limit: 3 }))).toEqual(["page-4", "page-3", "page-2"]);
    expect(await listed(cms.pages({ desc: true, lte: 2 }))).toEqual(["page-2", "first"]);
    expect(await listed(cms.pages({ gt: 3 }))).toEqual(["page-4"]);
  });

  it("lets a slug belong to one page at a time", async () => {
    const cms = await open();
    await cms.createPage("One", "one");
    await cms.createPage("Two", "two");
    await expect(cms.updateSlug("one", "two")).rejects.toThrow(SlugConflictError);
    await expect(cms.updateSlug("one", "one")).rejects.toThrow(SlugConflictError);
    await expect(cms.createPage("Another", "two")).rejects.toThrow('The slug "two" is taken.');
    await cms.updateSlug("two", "second");
    await cms.updateSlug("one", "two");
    expect((await cms.pageBySlug("two")).title).toBe("One");
    await cms.createPage("New one", "one");
    expect(await listed(cms.pages())).toEqual(["two", "second", "one"]);
  });

  it("gives a slug to one of several pages that claim it at once", async () => {
    const cms = await open();
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => cms.createPage(`Page ${n}`, "same")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(SlugConflictError);
    expect(await listed(cms.pages())).toEqual(["same"]);
  });

  it("rejects empty titles and slugs, and unknown pages", async () => {
    const cms = await open();
    await expect(cms.createPage("", "welcome")).rejects.toThrow(InvalidEventDataError);
    await cms.createPage("Welcome", "welcome");
    await expect(cms.updateSlug("welcome", "")).rejects.toThrow(InvalidEventDataError);
    await expect(cms.updateBody("nowhere", "")).rejects.toThrow(PageNotFoundError);
    await expect(cms.pageById(BOB)).rejects.toThrow(AggregateNotFoundError);
    expect(await cms.notificationLog.maxId()).toBe(3);
  });
});

it("makes any text of any other by their difference", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (old, text) => {
      expect(applyDiff(old, createDiff(old, text))).toBe(text);
    }),
  );
  expect(createDiff("aaa", "aa")).toEqual({ at: 2, removed: 1, inserted: "" });
  expect(createDiff("one two", "one three two")).toEqual({ at: 5, removed: 0, inserted: "hree t" });
});
