import { randomUUID } from "node:crypto";
import { asUser } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { applyDiff, bodyDiff } from "../content/diff.ts";
import { ContentManagement } from "./content-management.ts";

const user = randomUUID();
const as = <T>(work: () => Promise<T>) => asUser(user, work);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const WORDS = "when the quick brown fox jumps over a lazy dog then every good editor notes it down".split(
  " ",
);
const sentence = (seed: number) =>
  upTo(10)
    .map((word) => WORDS[(seed * word + word) % WORDS.length])
    .join(" ");

onEachRecorder("the stored state", (create) => {
  it("of a one-line edit of a 20 KB page is at most 260 bytes, with user, time, summary and checksums", async () => {
    for (const compression of ["gzip", "none"] as const) {
      const recorder = await create();
      const app = new ContentManagement({ recorder, compression });
      const lines = upTo(400).map((number) => `${number}. ${sentence(number)}.`);
      const base = lines.join("\n");
      expect(Buffer.byteLength(base)).toBeGreaterThan(20_000);
      const { page } = await as(() => app.addPage({ title: "Long", slug: "long", body: base }));
      const edits = [
        (text: string[]) => text.with(200, "201. A line that says something else in about as many words."),
        (text: string[]) => text.toSpliced(250, 0, "And a line in between, as long as most of them are."),
        (text: string[]) => text.toSpliced(100, 1),
        (text: string[]) => text.with(399, "400. The last line, and a newline.\n"),
      ];
      let body = base;
      for (const [index, change] of edits.entries()) {
        const edited = change(body.split("\n")).join("\n");
        await as(() =>
          app.editPage(page.id, { body: edited, summary: "Says it more clearly", baseVersion: index + 1 }),
        );
        const [stored] = await recorder.selectEvents(page.id, { gt: index + 1 });
        if (stored === undefined) throw new Error("nothing was stored");
        expect(stored.topic).toBe("Page.BodyUpdated");
        expect(stored.state.length).toBeLessThanOrEqual(260);
        const { data } = app.mapper.toDomainEvent(stored);
        expect(data).toMatchObject({ userId: user, summary: "Says it more clearly" });
        expect((await app.getPageById(page.id)).modifiedAt).toEqual(stored.recordedAt);
        const diff = bodyDiff.parse((data as { diff: unknown }).diff);
        expect(applyDiff(body, diff)).toBe(edited);
        body = edited;
      }
    }
  });

  it("of a long page is compressed, and is readable with the other setting", async () => {
    const recorder = await create();
    const body = "All work and no play makes Jack a dull boy.\n".repeat(500);
    const compressed = new ContentManagement({ recorder });
    const plain = new ContentManagement({ recorder, compression: "none" });
    const first = await as(() => compressed.addPage({ title: "Compressed", slug: "compressed", body }));
    const second = await as(() => plain.addPage({ title: "Plain", slug: "plain", body }));
    const [small] = await recorder.selectEvents(first.page.id);
    const [large] = await recorder.selectEvents(second.page.id);
    expect(small?.state.length).toBeLessThan(1_000);
    expect(large?.state.length).toBeGreaterThan(body.length);
    expect((await plain.getPageBySlug("compressed")).body).toBe(body);
    expect((await compressed.getPageBySlug("plain")).body).toBe(body);
  });

  it("is not plain text if cipher keys are configured", async () => {
    const recorder = await create();
    const key = { id: "k1", key: Buffer.alloc(32, 7) };
    const app = new ContentManagement({
      recorder,
      compression: "none",
      cipherKeys: [key],
      snapshots: { Page: { every: 1 } },
    });
    const { page } = await as(() =>
      app.addPage({ title: "Secret title", slug: "secret", body: "Secret body" }),
    );
    await as(() => app.updateBody("secret", "Secret body indeed"));
    const states = [...(await recorder.selectEvents(page.id)), ...(await app.snapshots.get(page.id))];
    expect(states.length).toBeGreaterThan(2);
    for (const { state } of states) expect(Buffer.from(state).includes("Secret")).toBe(false);
    const reader = new ContentManagement({
      recorder,
      cipherKeys: [{ id: "k2", key: Buffer.alloc(32, 8) }, key],
    });
    expect((await reader.getPageBySlug("secret")).body).toBe("Secret body indeed");
    const stranger = new ContentManagement({ recorder, onSnapshotFailure: () => {} });
    await expect(stranger.getPageBySlug("secret")).rejects.toMatchObject({ code: "unreadable-state" });
  });
});

onEachRecorder("snapshots of a page", (create) => {
  const versionsOf = async (app: ContentManagement, id: string) =>
    (await app.snapshots.get(id)).map(({ originatorVersion }) => originatorVersion);

  it("are taken every 5 events, and the newest is kept", async () => {
    const app = new ContentManagement({ recorder: await create() });
    const { page } = await as(() => app.addPage({ title: "T", slug: "page" }));
    const kept: number[][] = [];
    for (const round of upTo(14)) {
      await as(() => app.updateBody("page", `Body ${round}`));
      kept.push(await versionsOf(app, page.id));
    }
    const versions = upTo(14).map((round) => round + 1);
    expect(kept).toEqual(versions.map((version) => (version < 5 ? [] : [version - (version % 5)])));
  });

  it("are taken when a save crosses a multiple of 5", async () => {
    const app = new ContentManagement({ recorder: await create() });
    const { page } = await as(() => app.addPage({ title: "T", slug: "page" }));
    const editAll = (text: string) =>
      as(() => app.editPage(page.id, { title: text, slug: text, body: text }));
    await editAll("first");
    expect(await versionsOf(app, page.id)).toEqual([]);
    await editAll("second");
    expect(await versionsOf(app, page.id)).toEqual([7]);
    await editAll("third");
    expect(await versionsOf(app, page.id)).toEqual([10]);
  });

  it("do not change the page at any version", async () => {
    const recorder = await create();
    const app = new ContentManagement({ recorder });
    const { page } = await as(() => app.addPage({ title: "T", slug: "page", body: "1" }));
    for (const version of upTo(130).slice(1)) await as(() => app.updateBody("page", `${version}`));
    for (const interval of [5, 1_000]) {
      const reader = new ContentManagement({
        recorder,
        cacheSize: 0,
        snapshots: { Page: { every: interval } },
      });
      for (const version of [1, 2, 4, 5, 6, 99, 100, 101, 129, 130]) {
        expect(await reader.getPageById(page.id, version)).toMatchObject({ version, body: `${version}` });
      }
      await expect(reader.getPageById(page.id, 131)).rejects.toMatchObject({ code: "page-not-found" });
    }
  });

  it("that cannot be stored do not fail the command, and are taken by a later load", async () => {
    const recorder = await create();
    const failures: unknown[] = [];
    const insertSnapshot = recorder.insertSnapshot.bind(recorder);
    let full = true;
    recorder.insertSnapshot = (snapshot, keepEvery) =>
      full ? Promise.reject(new Error("the disk is full")) : insertSnapshot(snapshot, keepEvery);
    const app = new ContentManagement({ recorder, onSnapshotFailure: (error) => failures.push(error) });
    const { page } = await as(() => app.addPage({ title: "T", slug: "page" }));
    for (const round of upTo(5)) await as(() => app.updateBody("page", `Body ${round}`));
    await app.snapshots.flush();
    expect(failures).toHaveLength(1);
    expect((await app.getPageBySlug("page")).version).toBe(6);
    full = false;
    const other = new ContentManagement({ recorder });
    expect((await other.getPageBySlug("page")).body).toBe("Body 5");
    expect(await versionsOf(other, page.id)).toEqual([6]);
  });
});
