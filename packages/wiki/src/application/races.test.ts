import { randomUUID } from "node:crypto";
import { asUser, type Recorder } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { ContentManagement } from "./content-management.ts";
import { SlugConflictError } from "./errors.ts";

const user = randomUUID();
const as = <T>(work: () => Promise<T>) => asUser(user, work);

/** Runs `rival` after the next read of the recorder, before the reader continues. */
function afterNextRead(recorder: Recorder, rival: () => Promise<unknown>): void {
  const read = recorder.selectEvents;
  recorder.selectEvents = async (...range) => {
    recorder.selectEvents = read;
    const events = await read.apply(recorder, range);
    await rival();
    return events;
  };
}

/** Runs `rival` before the next save of the recorder. */
function beforeNextSave(recorder: Recorder, rival: () => Promise<unknown>): void {
  const insertEvents = recorder.insertEvents;
  recorder.insertEvents = async (...save) => {
    recorder.insertEvents = insertEvents;
    await rival();
    return insertEvents.apply(recorder, save);
  };
}

onEachRecorder("a command that loses a race", (create) => {
  const open = async () => {
    const recorder = await create();
    const [mine, theirs] = [new ContentManagement({ recorder }), new ContentManagement({ recorder })];
    return { recorder, mine, theirs };
  };

  it("resolves to the page that the other created with the same idempotency key", async () => {
    const { recorder, mine, theirs } = await open();
    for (const draft of [
      { title: "Title", slug: "page", idempotencyKey: "1" },
      { title: "Without a slug", idempotencyKey: "2" },
    ]) {
      let other: unknown;
      afterNextRead(recorder, async () => {
        other = (await as(() => theirs.addPage(draft))).page;
      });
      expect((await as(() => mine.addPage(draft))).page).toEqual(other);
    }
    expect(await mine.position()).toBe(6);
  });

  it("claims a numbered slug if the other took the slug of the title", async () => {
    const { recorder, mine, theirs } = await open();
    afterNextRead(recorder, () => as(() => theirs.addPage({ title: "Title" })));
    expect((await as(() => mine.addPage({ title: "Title" }))).page.slug).toBe("title-2");
  });

  it("is refused the slug that the other took", async () => {
    const { recorder, mine, theirs } = await open();
    afterNextRead(recorder, () => as(() => theirs.addPage({ title: "Theirs", slug: "page" })));
    const refused = as(() => mine.addPage({ title: "Mine", slug: "page" }));
    await expect(refused).rejects.toThrow(new SlugConflictError("page"));
  });

  it("claims the slug that the other released", async () => {
    const { mine, theirs } = await open();
    await as(() => theirs.addPage({ title: "Theirs", slug: "old" }));
    await as(() => mine.addPage({ title: "Mine", slug: "mine" }));
    await mine.getPageBySlug("old");
    await as(() => theirs.updateSlug("old", "new"));
    expect((await as(() => mine.editPageBySlug("mine", { slug: "old" }))).page.slug).toBe("old");
  });

  it("succeeds if the other moved the page to the same slug", async () => {
    const { recorder, mine, theirs } = await open();
    const { page } = await as(() => mine.addPage({ title: "Title", slug: "old" }));
    beforeNextSave(recorder, () => as(() => theirs.updateSlug("old", "new")));
    expect((await as(() => mine.editPage(page.id, { slug: "new" }))).page).toMatchObject({
      slug: "new",
      version: 2,
    });
  });

  it("edits the page that the other saved", async () => {
    const { recorder, mine, theirs } = await open();
    const { page } = await as(() => mine.addPage({ title: "Title", slug: "page", body: "one\n" }));
    beforeNextSave(recorder, () => as(() => theirs.updateTitle("page", "Theirs")));
    const edit = { body: "two\n", baseVersion: 1 };
    expect(await as(() => mine.editPage(page.id, edit))).toMatchObject({
      page: { title: "Theirs", body: "two\n", version: 3 },
      merged: true,
    });
  });
});
