import { randomUUID } from "node:crypto";
import { asUser, LimitExceededError, type Recorder } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { UserRequiredError } from "../domain/user.ts";
import { ContentManagement } from "./content-management.ts";
import {
  BaseVersionError,
  EditConflictError,
  IdempotencyKeyReusedError,
  InvalidTitleError,
  PageNotFoundError,
} from "./errors.ts";
import type { PageEdit } from "./pages.ts";

const user = randomUUID();
const as = <T>(work: () => Promise<T>) => asUser(user, work);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Opens an application with one page, in memory by default. */
async function openWithPage(recorder?: Recorder) {
  const app = new ContentManagement(recorder === undefined ? {} : { recorder });
  const { page } = await as(() => app.addPage({ title: "Title", slug: "page", body: "Body\n" }));
  const edit = (changes: PageEdit) => as(() => app.editPage(page.id, changes));
  return { app, page, edit };
}

onEachRecorder("an edit", (create) => {
  it("saves several fields at once, with an event for each", async () => {
    const { app, page, edit } = await openWithPage(await create());
    const written = await edit({ title: "New", slug: "new", body: "New\n", summary: "all new" });
    expect(written).toMatchObject({
      page: { title: "New", slug: "new", body: "New\n", version: 4 },
      merged: false,
    });
    // Three of the page, the slug released and the slug claimed.
    expect(written.position).toBe(3 + 5);
    const events = (await app.events.get(page.id)).slice(1);
    expect(events.map(({ type }) => type)).toEqual([
      "Page.TitleUpdated",
      "Page.SlugUpdated",
      "Page.BodyUpdated",
    ]);
    for (const { data } of events) expect(data).toMatchObject({ userId: user, summary: "all new" });
    expect(new Set(events.map(({ id, correlationId }) => correlationId ?? id)).size).toBe(1);
  });

  it("is refused with base, theirs and yours if it conflicts, and stores nothing", async () => {
    const { app, page, edit } = await openWithPage(await create());
    await edit({ title: "Theirs", body: "Theirs\n", baseVersion: 1 });
    const position = await app.position();
    const error = await edit({ title: "Yours", body: "Yours\n", slug: "yours", baseVersion: 1 }).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(EditConflictError);
    expect(error).toMatchObject({
      pageId: page.id,
      baseVersion: 1,
      currentVersion: 3,
      base: { title: "Title", body: "Body\n" },
      theirs: { title: "Theirs", body: "Theirs\n" },
      yours: { title: "Yours", body: "Yours\n" },
    });
    expect(await app.position()).toBe(position);
    expect(await app.getPageById(page.id)).toMatchObject({ slug: "page", version: 3 });
  });

  it("applies to the current version without a base, so that concurrent edits all succeed", async () => {
    const { app, page, edit } = await openWithPage(await create());
    await Promise.all(upTo(16).map((number) => edit({ title: `Title ${number}` })));
    expect((await app.getPageById(page.id)).version).toBe(17);
  });

  it("is accepted once and refused to the others if concurrent edits conflict", async () => {
    const { app, page, edit } = await openWithPage(await create());
    const outcomes = await Promise.allSettled(
      upTo(8).map((number) => edit({ body: `Body ${number}`, baseVersion: 1 })),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toHaveLength(7);
    for (const error of refused) expect(error).toBeInstanceOf(EditConflictError);
    expect((await app.getPageById(page.id)).version).toBe(2);
  });
});

describe("an edit", () => {
  it("stores nothing if it changes nothing, and resolves to the page and the current position", async () => {
    const { app, page, edit } = await openWithPage();
    const position = await app.position();
    for (const changes of [
      {},
      { title: "Title" },
      { title: " Title " },
      { slug: "PAGE" },
      { body: "Body\n" },
    ]) {
      expect(await edit({ ...changes, summary: "nothing" })).toEqual({ page, position, merged: false });
    }
    expect(await as(() => app.updateTitle("page", "Title"))).toBe(position);
    expect(await as(() => app.updateBody("page", "Body\n"))).toBe(position);
    expect(await app.position()).toBe(position);
  });

  it("is merged with an edit of another field", async () => {
    const { edit } = await openWithPage();
    await edit({ title: "Theirs", baseVersion: 1 });
    const written = await edit({ title: "Title", body: "Yours\n", baseVersion: 1 });
    expect(written).toMatchObject({ merged: true, page: { title: "Theirs", body: "Yours\n", version: 3 } });
  });

  it("stores nothing if an earlier edit made the same change", async () => {
    const { app, edit } = await openWithPage();
    await edit({ body: "Same\n", slug: "same", baseVersion: 1 });
    const position = await app.position();
    const written = await edit({ body: "Same\n", slug: "same", baseVersion: 1 });
    expect(written).toMatchObject({ position, page: { version: 3 } });
  });

  it("is refused if its base version does not exist", async () => {
    const { edit } = await openWithPage();
    for (const baseVersion of [0, -1, 2, 1_000_000, 0.5, Number.NaN]) {
      await expect(edit({ title: "New", baseVersion })).rejects.toBeInstanceOf(BaseVersionError);
    }
  });

  it("is refused if the page does not exist", async () => {
    const { app } = await openWithPage();
    await expect(as(() => app.updateTitle("nowhere", "X"))).rejects.toThrow(new PageNotFoundError("nowhere"));
    for (const id of [randomUUID(), "no id", "", user]) {
      await expect(as(() => app.editPage(id, { title: "X" }))).rejects.toBeInstanceOf(PageNotFoundError);
      await expect(app.getPageById(id)).rejects.toBeInstanceOf(PageNotFoundError);
    }
  });

  it("trims the title, and refuses one that is empty, too long or has control characters", async () => {
    const { app, edit } = await openWithPage();
    const position = await app.position();
    for (const title of [
      "",
      "   ",
      "\n",
      "x".repeat(501),
      "😀".repeat(501),
      "x".repeat(100_000),
      "a\0b",
      "a\nb",
      "a\u0085b",
    ]) {
      await expect(edit({ title })).rejects.toBeInstanceOf(InvalidTitleError);
      await expect(as(() => app.createPage(title, "new"))).rejects.toBeInstanceOf(InvalidTitleError);
    }
    expect(await app.position()).toBe(position);
    for (const title of ["x", "😀".repeat(500), "\ud83d", "a\u2028b"]) {
      expect((await edit({ title: ` ${title}\n` })).page.title).toBe(title);
      expect((await app.getPageBySlug("page")).title).toBe(title);
    }
  });

  it("refuses a summary of more than 500 characters", async () => {
    const { app, page, edit } = await openWithPage();
    const tooLong = edit({ title: "New", summary: "x".repeat(501) });
    await expect(tooLong).rejects.toMatchObject({ code: "limit-exceeded", actual: 501, limit: 500 });
    await edit({ title: "New", summary: ` ${"😀".repeat(500)} ` });
    await edit({ title: "Newer", summary: " " });
    const summaries = (await app.events.get(page.id)).map(
      ({ data }) => (data as { summary?: string }).summary,
    );
    expect(summaries).toEqual([undefined, "😀".repeat(500), undefined]);
  });

  it("refuses a body of more than 10 MB in UTF-8", async () => {
    const { app, edit } = await openWithPage();
    const most = "é".repeat(5 * 1024 * 1024);
    for (const refused of [edit({ body: `${most}x` }), as(() => app.createPage("New", "new", `${most}x`))]) {
      await expect(refused).rejects.toBeInstanceOf(LimitExceededError);
    }
    expect((await edit({ body: most })).page.body === most).toBe(true);
  });

  it("records what a resolution merged, and keeps the authors of restored text", async () => {
    const { app, page, edit } = await openWithPage();
    const other = randomUUID();
    const they = (body: string) => asUser(other, () => app.editPage(page.id, { body }));
    await they("One two.\nThree four.\n");
    await they("Uno two.\nTres four.\n");
    const body = "One two.\nThree mine.\n";
    // Based on version 1, resolved with version 2, and then with version 3.
    const resolved = await edit({ title: "New", body, baseVersion: 3, ancestorVersions: [2, 1, 2] });
    expect(resolved).toMatchObject({ merged: false, page: { version: 5, body } });
    const [, , , title, changed] = (await app.record.history(page.id)).toReversed();
    expect([title?.merged, changed?.merged]).toEqual(Array(2).fill({ base: 1, current: 3 }));
    const authors = async () => (await app.record.authorship(page.id)).runs;
    expect(await authors()).toEqual([
      { text: "One two.\nThree ", version: 2 },
      { text: "mine", version: 5 },
      { text: ".", version: 2 },
      { text: "\n", version: 1 },
    ]);

    // Edits after the base are merged as well.
    await they(`Theirs.\n${body}`);
    const late = await edit({ body: `${body}Tres four.\n`, baseVersion: 5, ancestorVersions: [3] });
    expect(late).toMatchObject({ merged: true, page: { version: 7 } });
    const brought = (await authors()).find(({ text }) => text.includes("Tres"));
    expect(brought).toMatchObject({ version: 3 });
  });

  it("compares a resolution with its first and its last ancestor version", async () => {
    const { app, page, edit } = await openWithPage();
    const lines = ["Uno.", "Dos.", "Tres.", "Cuatro."];
    for (const line of lines) await edit({ body: `${line}\n` });
    await edit({ body: "Last\n" });
    await edit({ body: `${lines.join("\n")}\n`, baseVersion: 6, ancestorVersions: [4, 2, 3, 5, 2, 6] });
    const { runs } = await app.record.authorship(page.id);
    const versionOf = (line: string) => runs.find(({ text }) => text.includes(line))?.version;
    expect(["Uno", "Dos", "Cuatro"].map(versionOf)).toEqual([2, 7, 5]);
  });

  it("is not marked as merged if its original base has the current text", async () => {
    const { app, page, edit } = await openWithPage();
    await edit({ body: "Other\n" });
    await edit({ body: "Body\n" });
    await edit({ body: "Mine\n", baseVersion: 3, ancestorVersions: [1, 3] });
    const [change] = await app.record.history(page.id, { limit: 1 });
    expect(change).toMatchObject({ version: 4, merged: null });
  });

  it("is refused if an ancestor version does not exist", async () => {
    const { edit } = await openWithPage();
    const refused = edit({ body: "Not\n", ancestorVersions: [5] });
    await expect(refused).rejects.toBeInstanceOf(BaseVersionError);
  });

  it("requires a user, as creating does", async () => {
    const { app, page } = await openWithPage();
    const position = await app.position();
    const commands = [
      () => app.createPage("New", "new"),
      () => app.addPage({ title: "New", idempotencyKey: "k" }),
      () => app.updateTitle("page", "New"),
      () => app.updateTitle("page", "Title"),
      () => app.updateSlug("page", "new"),
      () => app.updateBody("page", "new"),
      () => app.editPage(page.id, { title: "New" }),
    ];
    for (const command of commands)
      await expect((async () => command())()).rejects.toBeInstanceOf(UserRequiredError);
    expect(await app.position()).toBe(position);
  });

  it("records its user, and the page keeps its creator", async () => {
    const { app, page } = await openWithPage();
    const other = randomUUID();
    await asUser(other, () => app.updateBody("page", "Other\n"));
    expect(await app.getPageById(page.id)).toMatchObject({ createdBy: user, modifiedBy: other });
    expect(await app.getPageById(page.id, 1)).toMatchObject({ createdBy: user, modifiedBy: user });
  });
});

const draft = { title: "Title", slug: "page", body: "Body", idempotencyKey: "key" };

onEachRecorder("an idempotency key", (create) => {
  it("creates one page in concurrent commands, with and without a slug", async () => {
    const app = new ContentManagement({ recorder: await create() });
    for (const one of [draft, { title: "Without a slug", idempotencyKey: "other" }]) {
      const written = await as(() => Promise.all(upTo(8).map(() => app.addPage(one))));
      expect(new Set(written.map(({ page }) => page.id)).size).toBe(1);
    }
    expect(await app.position()).toBe(6);
  });
});

describe("an idempotency key", () => {
  it("resolves a repeated command to the page as created", async () => {
    const app = new ContentManagement();
    const first = await as(() => app.addPage(draft));
    await as(() => app.updateSlug("page", "moved"));
    const again = await as(() => app.addPage(draft));
    expect(again.page).toEqual(first.page);
    expect(again.position).toBe(await app.position());
    expect(await app.position()).toBe(6);
  });

  it("is refused for another title, slug or body", async () => {
    const app = new ContentManagement();
    await as(() => app.addPage(draft));
    for (const change of [{ title: "Other" }, { slug: "other" }, { body: "Other" }]) {
      const other = as(() => app.addPage({ ...draft, ...change }));
      await expect(other).rejects.toBeInstanceOf(IdempotencyKeyReusedError);
    }
    expect(await app.position()).toBe(3);
  });

  it("is independent for each person", async () => {
    const app = new ContentManagement();
    const mine = await as(() => app.addPage(draft));
    const theirs = await asUser(randomUUID(), () => app.addPage({ ...draft, slug: "theirs" }));
    expect(theirs.page.id).not.toBe(mine.page.id);
  });
});
