import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { sqliteRecorder } from "@palimpsest/eventsourcing/sqlite";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { InvalidSlugError } from "../content/slug.ts";
import { Slug } from "../domain/slug.ts";
import { ContentManagement } from "./content-management.ts";
import { PageNotFoundError, SlugConflictError } from "./errors.ts";

const user = randomUUID();
const as = <T>(work: () => Promise<T>) => asUser(user, work);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function logLength(app: ContentManagement): Promise<number> {
  const versions: number[] = [];
  for await (const entry of app.pageLog.get()) versions.push(entry.originatorVersion);
  expect(versions).toEqual(upTo(versions.length));
  return versions.length;
}

onEachRecorder("a slug", (create) => {
  const open = async () => new ContentManagement({ recorder: await create() });

  it("is refused if another page has it, and nothing is stored", async () => {
    const app = await open();
    await as(() => app.createPage("First", "intro"));
    const before = await app.position();
    await expect(as(() => app.createPage("Second", "Intro"))).rejects.toThrow(new SlugConflictError("intro"));
    await as(() => app.createPage("Other", "other"));
    const moving = as(() => app.editPageBySlug("other", { title: "New", slug: "intro", body: "new" }));
    await expect(moving).rejects.toThrow(new SlugConflictError("intro"));
    expect(await app.position()).toBe(before + 3);
    expect(await app.getPageBySlug("other")).toMatchObject({ title: "Other", body: "", version: 1 });
    expect(await logLength(app)).toBe(2);
  });

  it("is claimed by exactly one of many concurrent commands", async () => {
    const app = await open();
    const outcomes = await as(() =>
      Promise.allSettled(upTo(20).map((number) => app.createPage(`Page ${number}`, "wanted"))),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toEqual(upTo(19).map(() => new SlugConflictError("wanted")));
    expect(await app.position()).toBe(3);
    expect(await logLength(app)).toBe(1);
  });

  it("is moved to by exactly one of two pages concurrently", async () => {
    const app = await open();
    await as(() => app.createPage("A", "a"));
    await as(() => app.createPage("B", "b"));
    const outcomes = await as(() =>
      Promise.allSettled([app.updateSlug("a", "wanted"), app.updateSlug("b", "wanted")]),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toEqual([new SlugConflictError("wanted")]);
    const winner = await app.getPageBySlug("wanted");
    const loser = winner.title === "A" ? "b" : "a";
    expect((await app.getPageBySlug(loser)).title).toBe(loser.toUpperCase());
  });

  it("does not delay commands on other slugs", async () => {
    const app = await open();
    const positions = await as(() =>
      Promise.all(upTo(100).map((number) => app.createPage(`Page ${number}`, `page-${number}`))),
    );
    expect(new Set(positions).size).toBe(100);
    expect(await logLength(app)).toBe(100);
  });

  it("is made from the title by default, with a number if it is in use", async () => {
    const app = await open();
    const made = await as(() => Promise.all(upTo(8).map(() => app.addPage({ title: "Größe & Maße!" }))));
    expect(made.map(({ page }) => page.slug).toSorted()).toEqual([
      "größe-maße",
      ...upTo(8)
        .slice(1)
        .map((number) => `größe-maße-${number}`),
    ]);
    expect((await as(() => app.addPage({ title: "Api" }))).page.slug).toBe("api-page");
    expect((await as(() => app.addPage({ title: "???" }))).page.slug).toBe("page");
  });

  it("is taken once by concurrent commands on one page, and no command is refused", async () => {
    const app = await open();
    const { page } = await as(() => app.addPage({ title: "First", slug: "intro" }));
    const written = await as(() =>
      Promise.all(upTo(8).map(() => app.editPage(page.id, { slug: "welcome" }))),
    );
    expect(written.map(({ page: { slug } }) => slug)).toEqual(upTo(8).map(() => "welcome"));
    expect((await app.getPageById(page.id)).version).toBe(2);
  });
});

describe("a slug", () => {
  it("can be claimed after it was released", async () => {
    const app = new ContentManagement();
    await as(() => app.createPage("First", "intro"));
    await as(() => app.updateSlug("intro", "welcome"));
    await as(() => app.createPage("Second", "intro"));
    expect((await app.getPageBySlug("intro")).title).toBe("Second");
    expect((await app.getPageBySlug("welcome")).title).toBe("First");
    await as(() => app.updateSlug("intro", "elsewhere"));
    await as(() => app.updateSlug("welcome", "intro"));
    expect((await app.getPageBySlug("intro")).title).toBe("First");
  });

  it("is not changed by another spelling of itself", async () => {
    const app = new ContentManagement();
    await as(() => app.createPage("First", "intro"));
    const position = await app.position();
    for (const same of ["intro", "INTRO"])
      expect(await as(() => app.updateSlug("intro", same))).toBe(position);
    expect(await app.position()).toBe(position);
    expect((await app.getPageBySlug("intro")).version).toBe(1);
  });

  it("is stored in canonical form, and found by any spelling", async () => {
    const app = new ContentManagement();
    await as(() => app.createPage("First", "CAFE\u0301/Menü"));
    for (const spelling of ["café/menü", "CAFÉ/MENÜ", "cafe\u0301/menu\u0308"]) {
      expect((await app.getPageBySlug(spelling)).slug).toBe("café/menü");
      expect((await app.resolveSlug(spelling)).kind).toBe("page");
      await expect(as(() => app.createPage("Second", spelling))).rejects.toBeInstanceOf(SlugConflictError);
    }
    expect((await app.repository.get(Slug, Slug.createId("café/menü"))).name).toBe("café/menü");
  });

  it("leads to its former page until another page takes it", async () => {
    const app = new ContentManagement();
    expect(await app.resolveSlug("intro")).toEqual({ kind: "nothing" });
    await as(() => app.createPage("First", "intro"));
    expect(await app.resolveSlug("intro")).toMatchObject({ kind: "page", page: { title: "First" } });
    await as(() => app.updateSlug("intro", "second"));
    await as(() => app.updateSlug("second", "third"));
    for (const former of ["intro", "second"]) {
      await expect(app.getPageBySlug(former)).rejects.toBeInstanceOf(PageNotFoundError);
      expect(await app.resolveSlug(former)).toMatchObject({ kind: "moved", page: { slug: "third" } });
    }
    expect([...(await app.slugHolders(["intro", "second", "third", "fourth"]))]).toMatchObject([
      ["intro", { slug: "third" }],
      ["second", { slug: "third" }],
      ["third", { slug: "third" }],
    ]);
    await as(() => app.createPage("Another", "intro"));
    expect(await app.resolveSlug("intro")).toMatchObject({ kind: "page", page: { title: "Another" } });
    await as(() => app.updateSlug("intro", "another"));
    expect(await app.resolveSlug("intro")).toMatchObject({ kind: "moved", page: { title: "Another" } });
    await as(() => app.updateSlug("third", "second"));
    expect(await app.resolveSlug("second")).toMatchObject({ kind: "page", page: { title: "First" } });
  });

  it("is refused if it is invalid, wherever it is passed", async () => {
    const app = new ContentManagement();
    await as(() => app.createPage("First", "intro"));
    for (const text of ["", "a//b", "api/pages"]) {
      await expect(as(() => app.createPage("Second", text))).rejects.toBeInstanceOf(InvalidSlugError);
      await expect(as(() => app.updateSlug("intro", text))).rejects.toBeInstanceOf(InvalidSlugError);
      await expect(app.getPageBySlug(text)).rejects.toBeInstanceOf(InvalidSlugError);
      await expect(app.resolveSlug(text)).rejects.toBeInstanceOf(InvalidSlugError);
    }
    expect(await app.position()).toBe(3);
  });
});

describe("two applications on one SQLite file", () => {
  const onOneFile = async (work: (apps: readonly ContentManagement[]) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-test-"));
    const path = join(folder, "events.db");
    const apps: ContentManagement[] = [];
    for (const _ of upTo(2)) apps.push(new ContentManagement({ recorder: await sqliteRecorder({ path }) }));
    try {
      await as(() => work(apps));
    } finally {
      for (const app of apps) await app.close();
      await rm(folder, { recursive: true });
    }
  };
  const reasons = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
    outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));

  it("never claim the same slug", () =>
    onOneFile(async (apps) => {
      for (const round of upTo(50)) {
        const slug = `slug-${round}`;
        const outcomes = await Promise.allSettled(apps.map((app) => app.createPage("Title", slug)));
        expect(reasons(outcomes)).toEqual([new SlugConflictError(slug)]);
      }
    }));

  it("create one page for one idempotency key, and both resolve to it", () =>
    onOneFile(async (apps) => {
      for (const round of upTo(50)) {
        const draft = { title: "Title", slug: `slug-${round}`, idempotencyKey: `key-${round}` };
        const written = await Promise.all(apps.map((app) => app.addPage(draft)));
        expect(new Set(written.map(({ page }) => page.id)).size).toBe(1);
      }
      expect(await apps[0]?.position()).toBe(150);
    }));

  it("both succeed in moving a page to the same slug", () =>
    onOneFile(async (apps) => {
      for (const round of upTo(50)) {
        const created = await apps[0]?.addPage({ title: "Title", slug: `old-${round}` });
        const id = created?.page.id ?? "";
        const moved = await Promise.all(apps.map((app) => app.editPage(id, { slug: `new-${round}` })));
        expect(moved.map(({ page }) => page.version)).toEqual([2, 2]);
      }
    }));

  it("claim different slugs made from the same title", () =>
    onOneFile(async (apps) => {
      for (const round of upTo(25)) {
        const written = await Promise.all(apps.map((app) => app.addPage({ title: `Title ${round}` })));
        const slugs = written.map(({ page }) => page.slug).toSorted();
        expect(slugs).toEqual([`title-${round}`, `title-${round}-2`]);
      }
    }));

  it("read each other's writes at once", () =>
    onOneFile(async ([first, second]) => {
      if (first === undefined || second === undefined) throw new Error("there are two");
      await first.createPage("One", "page");
      for (const round of upTo(20)) {
        await first.updateBody("page", `first ${round}`);
        expect((await second.getPageBySlug("page")).body).toBe(`first ${round}`);
        await second.updateBody("page", `second ${round}`);
        expect((await first.getPageBySlug("page")).body).toBe(`second ${round}`);
      }
    }));
});
