import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { memoryRecorder } from "@palimpsest/eventsourcing/memory";
import { expect, it } from "vitest";
import { ContentManagement } from "./content-management.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function open() {
  const recorder = memoryRecorder();
  const app = new ContentManagement({ recorder });
  const reads = { count: 0 };
  const read = recorder.selectEvents;
  recorder.selectEvents = (...range) => {
    reads.count += 1;
    return read.apply(recorder, range);
  };
  const add = async () => {
    const { page } = await asUser(randomUUID(), () => app.addPage({ title: "Minutes" }));
    return page.slug;
  };
  return { app, add, reads };
}

const slugs = (count: number) =>
  upTo(count).map((number) => (number === 1 ? "minutes" : `minutes-${number}`));

it("numbers pages of one title consecutively, with O(log n) lookups", async () => {
  const { add, reads } = await open();
  const made: string[] = [];
  const most: number[] = [];
  for (const _ of upTo(300)) {
    reads.count = 0;
    made.push(await add());
    most.push(reads.count);
  }
  expect(made).toEqual(slugs(300));
  expect(Math.max(...most)).toBeLessThan(25);
});

it("claims a released number again, or skips it", async () => {
  const { app, add } = await open();
  for (const _ of upTo(20)) await add();
  const user = randomUUID();
  for (const number of [2, 5, 9]) {
    await asUser(user, () => app.updateSlug(`minutes-${number}`, `elsewhere-${number}`));
  }
  const again = [await add(), await add(), await add(), await add()];
  expect(new Set(again).size).toBe(4);
  for (const slug of again) expect([...slugs(24), "minutes"]).toContain(slug);
});

it("claims different slugs for many pages of one title that are created concurrently", async () => {
  const { app, add } = await open();
  const made: string[] = [];
  for (const _ of upTo(100)) made.push(await add());
  made.push(...(await Promise.all(upTo(60).map(() => add()))));
  expect(new Set(made).size).toBe(160);
  expect((await app.getPageBySlug("minutes")).title).toBe("Minutes");
});
