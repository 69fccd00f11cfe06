import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { ContentManagement } from "../application/content-management.ts";
import { SYSTEM } from "../domain/user.ts";
import { PAGE_EVENTS, type ProjectedPageEvent } from "./page-events.ts";
import { PageSections } from "./page-sections.ts";

/** One page each of `lengths`, and then each of them edited once, in words of two letters and a number. */
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

function sectionsOf(content: ContentManagement) {
  const loaded: string[] = [];
  const sections = new PageSections((pageId, version) => {
    loaded.push(pageId);
    return content.getPageById(pageId, version);
  });
  return { sections, loaded };
}

it("a section of small events of large pages is cut where the pages are too large together", async () => {
  const { content, ids, edited } = await eventsOfPages([7_000_000, 7_000_000, 7_000_000, 300, 300]);
  const { sections, loaded } = sectionsOf(content);
  expect(await sections.batchLimit(edited)).toBe(3);
  expect(await sections.batchLimit(edited.slice(3))).toBe(2);
  expect(await sections.batchLimit(edited.slice(0, 1))).toBe(1);
  expect(loaded).toEqual(ids);
});

it("the pages of a section are loaded once, to be weighed and to be followed, for all views", async () => {
  const { content, ids, created, edited } = await eventsOfPages([300, 300, 300]);
  const { sections, loaded } = sectionsOf(content);
  for (let view = 0; view < 3; view += 1) {
    // Events that were decoded again are the same ones.
    const events = edited.map((event) => ({ ...event }));
    expect(await sections.batchLimit(events)).toBe(3);
    const pages = await sections.read(events);
    expect(pages.map(({ id }) => id)).toEqual(ids);
    expect(pages.every(({ text }) => text?.textWords.endsWith("edited"))).toBe(true);
  }
  expect(loaded).toEqual(ids);
  expect(await sectionsOf(content).sections.batchLimit(created)).toBe(3);
  expect(await sections.batchLimit([])).toBe(0);
});

it("a page is one section however large", async () => {
  const { content, created } = await eventsOfPages([9_900_000, 9_900_000]);
  const { sections } = sectionsOf(content);
  expect(await sections.batchLimit(created)).toBe(2);
  expect(await sections.batchLimit(created.slice(1))).toBe(1);
});
