import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { ContentManagement } from "./content-management.ts";

type Range = Parameters<ContentManagement["getPages"]>[0];

const COUNT = 130;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

onEachRecorder("the list of pages", (create) => {
  const openWithPages = async (pages: number) => {
    const app = new ContentManagement({ recorder: await create() });
    await asUser(randomUUID(), async () => {
      for (const number of upTo(pages)) await app.createPage(`Page ${number}`, `page-${number}`);
    });
    const list = async (range?: Range) => {
      const positions: number[] = [];
      for await (const page of app.getPages(range)) {
        expect(page.slug).toBe(`page-${page.logPosition}`);
        positions.push(page.logPosition);
      }
      return positions;
    };
    return { app, list };
  };

  it("has the order of the page log, within a range and up to a limit", async () => {
    const { list } = await openWithPages(COUNT);
    const all = upTo(COUNT);
    expect(await list()).toEqual(all);
    expect(await list({ desc: true })).toEqual(all.toReversed());
    expect(await list({ gt: 127 })).toEqual([128, 129, 130]);
    expect(await list({ lte: 2 })).toEqual([1, 2]);
    expect(await list({ gt: 3, lte: 5 })).toEqual([4, 5]);
    expect(await list({ gt: 3, lte: 5, desc: true })).toEqual([5, 4]);
    expect(await list({ gt: 5, lte: 5 })).toEqual([]);
    expect(await list({ gt: 10, lte: 5 })).toEqual([]);
    expect(await list({ gt: COUNT })).toEqual([]);
    expect(await list({ gt: 0, lte: 1_000_000 })).toEqual(all);
    expect(await list({ limit: 0 })).toEqual([]);
    expect(await list({ limit: 0, desc: true })).toEqual([]);
    expect(await list({ limit: 3 })).toEqual([1, 2, 3]);
    expect(await list({ limit: 3, desc: true, lte: 2 })).toEqual([2, 1]);
    expect(await list({ limit: 105, desc: true })).toEqual(upTo(COUNT).toReversed().slice(0, 105));
    expect(await list({ limit: 1_000 })).toEqual(upTo(COUNT));
    for (const limit of [-1, 1.5, Number.NaN]) {
      await expect(list({ limit })).rejects.toMatchObject({ code: "invalid-argument" });
    }
  });

  it("reads each page when the iterator reaches it", async () => {
    const { app } = await openWithPages(2);
    const pages = app.getPages();
    const first = await pages.next();
    expect(first.value).toMatchObject({ slug: "page-1" });
    await asUser(randomUUID(), () => app.updateTitle("page-2", "Changed"));
    expect((await pages.next()).value).toMatchObject({ title: "Changed" });
    await pages.return(undefined);
    expect((await pages.next()).done).toBe(true);
  });

  it("is empty in an empty wiki, whose position is 0", async () => {
    const app = new ContentManagement({ recorder: await create() });
    for await (const page of app.getPages({ desc: true, limit: 5 })) expect(page).toBeUndefined();
    expect(await app.position()).toBe(0);
  });
});
