import { randomUUID } from "node:crypto";
import { asUser, NotificationLogReader } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { Page } from "../domain/page.ts";
import { Slug } from "../domain/slug.ts";
import { ContentManagement } from "./content-management.ts";
import { PageNotFoundError, SlugConflictError } from "./errors.ts";
import type { ListedPage } from "./pages.ts";

type Range = Parameters<ContentManagement["getPages"]>[0];

async function list(app: ContentManagement, range?: Range): Promise<ListedPage[]> {
  const pages: ListedPage[] = [];
  for await (const page of app.getPages(range)) pages.push(page);
  return pages;
}

const slugs = (pages: readonly ListedPage[]) => pages.map(({ slug }) => slug);

async function userIdsOfPageEvents(app: ContentManagement): Promise<(string | null)[]> {
  const userIds: (string | null)[] = [];
  for await (const notification of new NotificationLogReader(app.notificationLog).read({ start: 1 })) {
    const event = app.mapper.toDomainEvent(notification);
    if (event.type.startsWith("Page.")) userIds.push((event.data as { userId: string | null }).userId);
  }
  return userIds;
}

async function createNumberedPages(app: ContentManagement): Promise<void> {
  for (const number of [2, 3, 4, 5]) await app.createPage(`Page ${number}`, `page-${number}`);
}

async function expectListings(app: ContentManagement): Promise<void> {
  const all = await list(app, { desc: true });
  expect(slugs(all)).toEqual(["page-5", "page-4", "page-3", "page-2", "welcome-visitors"]);
  expect(all.map(({ title }) => title)).toEqual(["Page 5", "Page 4", "Page 3", "Page 2", "Welcome Visitors"]);
  expect(slugs(await list(app, { desc: true, limit: 3 }))).toEqual(["page-5", "page-4", "page-3"]);
  expect(slugs(await list(app, { desc: true, limit: 3, lte: 2 }))).toEqual(["page-2", "welcome-visitors"]);
  expect(slugs(await list(app, { desc: true, lte: 2 }))).toEqual(["page-2", "welcome-visitors"]);
}

onEachRecorder("content management", (create) => {
  it("creates, edits, moves and lists pages, each change by its user", async () => {
    const app = new ContentManagement({ recorder: await create() });
    await expect(app.getPageBySlug("welcome")).rejects.toBeInstanceOf(PageNotFoundError);
    expect(await list(app)).toEqual([]);

    const users = Array.from({ length: 5 }, () => randomUUID());
    const [user1 = "", user2 = "", user3 = "", user4 = "", user5 = ""] = users;

    await asUser(user1, () => app.createPage("Welcome", "welcome"));
    expect(await app.getPageBySlug("welcome")).toMatchObject({
      title: "Welcome",
      slug: "welcome",
      body: "",
      modifiedBy: user1,
    });

    await asUser(user2, () => app.updateTitle("welcome", "Welcome Visitors"));
    expect(await app.getPageBySlug("welcome")).toMatchObject({
      title: "Welcome Visitors",
      slug: "welcome",
      body: "",
      modifiedBy: user2,
    });

    await asUser(user3, () => app.updateSlug("welcome", "welcome-visitors"));
    await expect(app.getPageBySlug("welcome")).rejects.toBeInstanceOf(PageNotFoundError);
    expect(await app.getPageBySlug("welcome-visitors")).toMatchObject({
      title: "Welcome Visitors",
      slug: "welcome-visitors",
      body: "",
      modifiedBy: user3,
    });

    await asUser(user4, () => app.updateBody("welcome-visitors", "Welcome to my wiki!"));
    expect(await app.getPageBySlug("welcome-visitors")).toMatchObject({
      title: "Welcome Visitors",
      slug: "welcome-visitors",
      body: "Welcome to my wiki!",
      modifiedBy: user4,
    });

    const { pageId } = await app.repository.get(Slug, Slug.createId("welcome-visitors"));
    if (pageId === null) throw new Error("the slug has no page");
    expect((await app.repository.get(Page, pageId)).version).toBe(4);
    expect(await app.snapshots.get(pageId)).toHaveLength(0);

    const body = "\nWelcome to this wiki!\n\nThis is a wiki about...\n";
    await asUser(user5, () => app.updateBody("welcome-visitors", body));
    expect((await app.repository.get(Page, pageId)).version).toBe(5);
    expect(await app.getPageBySlug("welcome-visitors")).toMatchObject({
      title: "Welcome Visitors",
      slug: "welcome-visitors",
      body,
      modifiedBy: user5,
    });
    expect(await app.snapshots.get(pageId)).toHaveLength(1);
    expect(await userIdsOfPageEvents(app)).toEqual(users);

    await asUser(user5, () => createNumberedPages(app));
    await expectListings(app);

    await app.getPageBySlug("page-3");
    await expect(asUser(user5, () => app.updateSlug("page-2", "page-3"))).rejects.toBeInstanceOf(
      SlugConflictError,
    );
    expect((await app.getPageBySlug("page-2")).title).toBe("Page 2");

    await app.getPageBySlug("welcome-visitors");
    await expect(app.getPageBySlug("welcome")).rejects.toBeInstanceOf(PageNotFoundError);
    expect((await app.repository.get(Slug, Slug.createId("welcome"))).pageId).toBeNull();
    await asUser(user5, () => app.updateSlug("welcome-visitors", "welcome"));
    expect((await app.getPageBySlug("welcome")).title).toBe("Welcome Visitors");
  });
});

onEachRecorder("a wiki with one author", (create) => {
  it("keeps title, slug and body through a series of edits", async () => {
    const app = new ContentManagement({ recorder: await create() });
    const user = randomUUID();
    await expect(app.getPageBySlug("welcome")).rejects.toBeInstanceOf(PageNotFoundError);
    expect(await list(app)).toEqual([]);

    await asUser(user, async () => {
      await app.createPage("Welcome", "welcome");
      expect(await app.getPageBySlug("welcome")).toMatchObject({
        title: "Welcome",
        slug: "welcome",
        body: "",
        modifiedBy: user,
      });

      await app.updateTitle("welcome", "Welcome Visitors");
      expect(await app.getPageBySlug("welcome")).toMatchObject({
        title: "Welcome Visitors",
        modifiedBy: user,
      });

      await app.updateSlug("welcome", "welcome-visitors");
      await expect(app.getPageBySlug("welcome")).rejects.toBeInstanceOf(PageNotFoundError);
      expect(await app.getPageBySlug("welcome-visitors")).toMatchObject({
        title: "Welcome Visitors",
        slug: "welcome-visitors",
      });

      const bodies = [
        "Welcome to my wiki",
        "Welcome to this wiki",
        "\nWelcome to this wiki!\n\nThis is a wiki about...\n",
      ];
      for (const body of bodies) {
        await app.updateBody("welcome-visitors", body);
        expect((await app.getPageBySlug("welcome-visitors")).body).toBe(body);
      }
    });
    expect(new Set(await userIdsOfPageEvents(app))).toEqual(new Set([user]));

    const other = randomUUID();
    await asUser(other, () =>
      app.updateBody("welcome-visitors", "\nWelcome to this wiki!\n\nThis is a wiki about us!\n"),
    );
    expect(await app.getPageBySlug("welcome-visitors")).toMatchObject({
      title: "Welcome Visitors",
      modifiedBy: other,
    });
    const { pageId } = await app.repository.get(Slug, Slug.createId("welcome-visitors"));
    expect(await app.snapshots.get(pageId ?? "")).not.toHaveLength(0);

    await asUser(other, () => createNumberedPages(app));
    await expectListings(app);
    await asUser(other, async () => {
      await expect(app.updateSlug("page-2", "page-3")).rejects.toBeInstanceOf(SlugConflictError);
      await app.updateSlug("welcome-visitors", "welcome");
    });
    expect(await app.getPageBySlug("welcome")).toMatchObject({
      title: "Welcome Visitors",
      modifiedBy: other,
    });
  });
});
