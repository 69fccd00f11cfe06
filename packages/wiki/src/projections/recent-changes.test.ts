import { asUser } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachViewStore } from "../../../../test/views.ts";
import { SYSTEM } from "../domain/user.ts";

const ADA = "0198a1b2-0000-7000-8000-00000000ada0";

onEachViewStore("recent changes", (open) => {
  it("are every event of a page, newest first, under the page's present name", async () => {
    const { wiki, recentChanges, written, rebuild } = await open();
    const page = await written(async () => {
      const { page } = await wiki.addPage({ title: "First", slug: "first", body: "one two" });
      await wiki.editPage(page.id, {
        title: "Second",
        slug: "second",
        body: "one 😀 two",
        summary: "A word\0",
      });
      await asUser(ADA, () => wiki.updateBody("second", ""));
      await wiki.createPage("Other", "other");
      return page;
    });
    const changes = await recentChanges.recentChanges();
    const shown = changes.map(({ page: { title, slug }, version, kind, userId, summary, sizeDelta }) => {
      return [title, slug, version, kind, userId, summary, sizeDelta];
    });
    expect(shown).toEqual([
      ["Other", "other", 1, "created", SYSTEM, null, 0],
      ["Second", "second", 5, "body-updated", ADA, null, -10],
      ["Second", "second", 4, "body-updated", SYSTEM, "A word\ufffd", 3],
      ["Second", "second", 3, "slug-updated", SYSTEM, "A word\ufffd", 0],
      ["Second", "second", 2, "title-updated", SYSTEM, "A word\ufffd", 0],
      ["Second", "second", 1, "created", SYSTEM, null, 7],
    ]);
    expect(changes.filter(({ pageId }) => pageId === page.id)).toHaveLength(5);
    const positions = changes.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((one, other) => other - one));
    const notifications = await wiki.notificationLog.select({ start: 1, limit: 100 });
    for (const { position, at } of changes) {
      expect(at).toEqual(notifications.find(({ id }) => id === position)?.recordedAt);
    }
    await rebuild();
    expect(await recentChanges.recentChanges()).toEqual(changes);
  });

  it("are read page by page", async () => {
    const { wiki, recentChanges, written } = await open();
    expect(await recentChanges.recentChanges()).toEqual([]);
    await written(async () => {
      for (const number of [1, 2, 3, 4, 5]) await wiki.createPage(`Page ${number}`, `page-${number}`);
    });
    const titles: string[][] = [];
    for (let before: number | undefined; titles.length < 4; ) {
      const part = await recentChanges.recentChanges({
        limit: 2,
        ...(before === undefined ? {} : { before }),
      });
      titles.push(part.map(({ page }) => page.title));
      before = part.at(-1)?.position ?? 0;
    }
    expect(titles).toEqual([["Page 5", "Page 4"], ["Page 3", "Page 2"], ["Page 1"], []]);
    expect(await recentChanges.recentChanges({ limit: 0 })).toEqual([]);
  });
});
