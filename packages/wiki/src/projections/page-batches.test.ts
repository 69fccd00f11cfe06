import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { ContentManagement } from "../application/content-management.ts";
import { SYSTEM } from "../domain/user.ts";
import { PageBatches } from "./page-batches.ts";
import { PAGE_EVENTS, type ProjectedPageEvent } from "./page-events.ts";
import { PageReader } from "./page-reader.ts";

/** Creates a page of each length, and then edits each page once. */
async function eventsOfPages(lengths: readonly number[]) {
  const content = new ContentManagement();
  const bodies = lengths.map((length) => `${randomUUID()}\n${"ab ".repeat(length / 3)}`);
  const ids = await asUser(SYSTEM, async () => {
    const pages = [];
    for (const [index, body] of bodies.entries())
      pages.push((await content.addPage({ title: `Page ${index}`, slug: `page-${index}`, body })).page);
    for (const [index, { id }] of pages.entries())
      await content.editPage(id, { body: `${bodies[index]}edited`, baseVersion: 1 });
    return pages.map(({ id }) => id);
  });
  const topics = PAGE_EVENTS.map(({ topic }) => topic);
  const found = await content.notificationLog.select({ start: 1, limit: 1_000, topics });
  const events = found.map((notification) => ({
    ...content.mapper.toDomainEvent(notification),
    notificationId: notification.id,
    recordedAt: notification.recordedAt,
  })) as unknown as readonly ProjectedPageEvent[];
  return { content, ids, created: events.slice(0, ids.length), edited: events.slice(ids.length) };
}

function batchesOf(content: ContentManagement) {
  const loaded: string[] = [];
  const load = (pageId: string, version: number) => {
    loaded.push(pageId);
    return content.getPageById(pageId, version);
  };
  const batches = new PageBatches(new PageReader(load, undefined, 1_000_000), 20_000);
  return { batches, loaded };
}

describe("PageBatches", () => {
  it("limits a batch by the size of its pages", async () => {
    const { content, ids, edited } = await eventsOfPages([6_900, 6_900, 6_900, 300, 300]);
    const { batches, loaded } = batchesOf(content);
    expect(await batches.batchLimit(edited)).toBe(3);
    expect(await batches.batchLimit(edited.slice(3))).toBe(2);
    expect(await batches.batchLimit(edited.slice(0, 1))).toBe(1);
    expect(loaded).toEqual(ids);
  });

  it("loads each page of a batch once for all views", async () => {
    const { content, ids, created, edited } = await eventsOfPages([300, 300, 300]);
    const { batches, loaded } = batchesOf(content);
    for (let view = 0; view < 3; view += 1) {
      // The same events, decoded again.
      const events = edited.map((event) => ({ ...event }));
      expect(await batches.batchLimit(events)).toBe(3);
      const pages = await batches.read(events);
      expect(pages.map(({ id }) => id)).toEqual(ids);
      expect(pages.every(({ text }) => text?.textWords.endsWith("edited"))).toBe(true);
    }
    expect(loaded).toEqual(ids);
    expect(await batchesOf(content).batches.batchLimit(created)).toBe(3);
    expect(await batches.batchLimit([])).toBe(0);
  });

  it("processes a page of any size in a batch of its own", async () => {
    const { content, created } = await eventsOfPages([9_900, 9_900]);
    const { batches } = batchesOf(content);
    expect(await batches.batchLimit(created)).toBe(2);
    expect(await batches.batchLimit(created.slice(1))).toBe(1);
  });
});
