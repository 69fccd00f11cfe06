import { asUser } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachViewStore } from "../../../../test/views.ts";
import { SYSTEM } from "../domain/user.ts";

const ADA = "0198a1b2-0000-7000-8000-00000000ada0";

onEachViewStore("recent changes", (open) => {
  it("list every event of a page, newest first, with the current name of the page", async () => {
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

  it("are read in ranges", async () => {
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

  it("have new titles and slugs, restored or undone versions, merges and the id of their save", async () => {
    const { wiki, recentChanges, written, rebuild } = await open();
    await written(async () => {
      const { page } = await wiki.addPage({ title: "First", slug: "first", body: "one\n\ntwo" });
      await wiki.editPage(page.id, { title: "Second", slug: "second" });
      await wiki.editPage(page.id, { body: "one\n\ntwo, too" });
      await wiki.editPage(page.id, { body: "one, too\n\ntwo", baseVersion: 3 });
      await wiki.undoEdit(page.id, { version: 4 });
      await wiki.restorePage(page.id, { version: 1 });
      await wiki.archivePage(page.id);
      await wiki.unarchivePage(page.id, { slug: "third" });
    });
    const changes = await recentChanges.recentChanges();
    expect(changes.map(({ kind, title, slug, of, merged }) => [kind, title, slug, of, merged])).toEqual([
      ["unarchived", null, "third", null, null],
      ["archived", null, null, null, null],
      ["restored", "First", null, { first: 1, last: 1 }, null],
      ["undone", null, null, { first: 4, last: 4 }, { base: 4, current: 5 }],
      ["body-updated", null, null, null, { base: 3, current: 4 }],
      ["body-updated", null, null, null, null],
      ["slug-updated", null, "second", null, null],
      ["title-updated", "Second", null, null, null],
      ["created", "First", "first", null, null],
    ]);
    expect(changes[0]?.page).toEqual({ title: "First", slug: "third" });
    const saves = changes.map(({ saveId }) => saveId);
    expect(saves[6]).toBe(saves[7]);
    expect(new Set(saves).size).toBe(saves.length - 1);
    await rebuild();
    expect(await recentChanges.recentChanges()).toEqual(changes);
  });

  it("are filtered by page, user and kind", async () => {
    const { wiki, recentChanges, written } = await open();
    const ids = await written(async () => {
      const pages = [
        await wiki.addPage({ title: "One", slug: "one" }),
        await wiki.addPage({ title: "Two", slug: "two" }),
      ];
      for (const number of [1, 2, 3, 4]) {
        await asUser(number % 2 === 0 ? ADA : SYSTEM, () => wiki.updateBody("one", `${number}`));
        await wiki.updateTitle("two", `Two ${number}`);
      }
      return pages.map(({ page }) => page.id);
    });
    const [one = "", two = ""] = ids;
    const all = await recentChanges.recentChanges();
    const pages = [undefined, one, two, "none"];
    const kinds = [undefined, "created", "body-updated", "archived"] as const;
    for (const pageId of pages) {
      for (const userId of [undefined, SYSTEM, ADA]) {
        for (const kind of kinds) {
          const filters = {
            ...(pageId === undefined ? {} : { pageId }),
            ...(userId === undefined ? {} : { userId }),
            ...(kind === undefined ? {} : { kind }),
          };
          const matching = all.filter(
            (change) =>
              change.pageId === (pageId ?? change.pageId) &&
              change.userId === (userId ?? change.userId) &&
              change.kind === (kind ?? change.kind),
          );
          expect(await recentChanges.recentChanges(filters)).toEqual(matching);
          for (const before of [matching[0]?.position ?? 1, 9]) {
            const older = matching.filter(({ position }) => position < before).slice(0, 2);
            expect(await recentChanges.recentChanges({ ...filters, before, limit: 2 })).toEqual(older);
          }
        }
      }
    }
    const edits = await recentChanges.editsOf(one, [5, 2, 3, 99]);
    expect(edits.map(({ version, userId }) => [version, userId])).toEqual([
      [2, SYSTEM],
      [3, ADA],
      [5, ADA],
    ]);
    expect(edits[0]?.at).toEqual(all.find(({ pageId, version }) => pageId === one && version === 2)?.at);
    expect(await recentChanges.editsOf("none", [1])).toEqual([]);
  });
});
