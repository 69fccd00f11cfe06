import { randomUUID } from "node:crypto";
import { asUser, type Recorder, withContext } from "@palimpsest/eventsourcing";
import { describe, expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { ContentManagement } from "./content-management.ts";
import {
  BaseVersionError,
  EditConflictError,
  PageArchivedError,
  PageNotFoundError,
  SlugConflictError,
  UndoRefusedError,
} from "./errors.ts";

const [author, editor] = [randomUUID(), randomUUID()];
const as = <T>(work: () => Promise<T>, user = author) => asUser(user, work);

async function titles(app: ContentManagement, at?: number): Promise<string[]> {
  const found: string[] = [];
  const pages = app.getPages(at === undefined ? {} : { at });
  for await (const { title, slug } of pages) found.push(`${title} at ${slug}`);
  return found;
}

/** Opens an application with a page that has a version for each body. */
async function openWith(bodies: readonly string[], recorder?: Recorder) {
  const app = new ContentManagement(recorder === undefined ? {} : { recorder });
  const [first = "", ...others] = bodies;
  const { page } = await as(() => app.addPage({ title: "Title", slug: "page", body: first }));
  for (const body of others) await as(() => app.editPage(page.id, { body }), editor);
  return { app, id: page.id };
}

async function authors(app: ContentManagement, id: string, version?: number) {
  return (await app.record.authorship(id, version)).runs.map(({ text, version: by }) => [by, text]);
}

describe("restoring, undoing and archiving", () => {
  it("restores a version as a new event, with its first authors", async () => {
    const { app, id } = await openWith(["one\ntwo\n", "one\nzwei\n", ""]);
    await as(() => app.editPage(id, { title: "Another", slug: "another" }));
    const { page, merged, position } = await as(() =>
      app.restorePage(id, { version: 2, summary: "It was good" }),
    );
    expect(page).toMatchObject({ title: "Title", slug: "another", body: "one\nzwei\n", version: 6 });
    expect({ merged, position }).toEqual({ merged: false, position: await app.position() });
    const [last] = await app.record.history(id, { limit: 1 });
    expect(last).toMatchObject({
      kind: "restored",
      of: { first: 2, last: 2 },
      title: "Title",
      slug: null,
      sizeDelta: 9,
      userId: author,
      summary: "It was good",
    });
    expect(await authors(app, id)).toEqual([
      [1, "one\n"],
      [2, "zwei"],
      [1, "\n"],
    ]);
    const again = await as(() => app.restorePage(id, { version: 2 }));
    expect(again.page.version).toBe(6);
    await expect(as(() => app.restorePage(id, { version: 9 }))).rejects.toBeInstanceOf(PageNotFoundError);
    await expect(as(() => app.restorePage(id, { version: 1, baseVersion: 7 }))).rejects.toBeInstanceOf(
      BaseVersionError,
    );
  });

  it("keeps edits since the base version of the restore", async () => {
    const { app, id } = await openWith(["a\n\nb\n\nc\n", "a\n\nB\n\nc\n", "a\n\nB\n\nC\n"]);
    const { page, merged } = await as(() => app.restorePage(id, { version: 1, baseVersion: 2 }));
    expect({ body: page.body, merged }).toEqual({ body: "a\n\nb\n\nC\n", merged: true });
    expect((await app.record.history(id, { limit: 1 }))[0]).toMatchObject({
      kind: "restored",
      merged: { base: 2, current: 3 },
    });
    await expect(as(() => app.restorePage(id, { version: 2, baseVersion: 2 }))).rejects.toMatchObject({
      code: "edit-conflict",
      conflicts: [{ field: "body" }],
    });
    const conflict = as(() => app.restorePage(id, { version: 2, baseVersion: 1 }));
    expect((await conflict).page.body).toBe("a\n\nB\n\nC\n");
  });

  it("undoes an edit and keeps later edits", async () => {
    const { app, id } = await openWith(["a\n\nb\n\nc\n", "a\n\nB\n\nc\n", "a\n\nB\n\nC\n"]);
    const { page } = await as(() => app.undoEdit(id, { version: 2 }));
    expect(page).toMatchObject({ body: "a\n\nb\n\nC\n", version: 4 });
    expect((await app.record.history(id, { limit: 1 }))[0]).toMatchObject({
      kind: "undone",
      of: { first: 2, last: 2 },
    });
    expect(await authors(app, id)).toEqual([
      [1, "a\n\nb\n\n"],
      [3, "C"],
      [1, "\n"],
    ]);
    expect((await as(() => app.undoEdit(id, { version: 2 }))).page.version).toBe(4);
    // An undo is an edit, and can be undone.
    expect((await as(() => app.undoEdit(id, { version: 4 }))).page.body).toBe("a\n\nB\n\nC\n");
  });

  it("undoes all fields of an edit, title and slug included", async () => {
    const { app, id } = await openWith(["body\n"]);
    await as(() => app.editPage(id, { title: "New", slug: "new", body: "new body\n" }));
    await as(() => app.editPage(id, { body: "new body\nmore\n" }));
    const { page } = await as(() => app.undoEdit(id, { version: 3 }));
    expect(page).toMatchObject({ title: "Title", slug: "page", body: "body\nmore\n", version: 6 });
    expect((await app.getPageBySlug("page")).id).toBe(id);
    expect((await app.resolveSlug("new")).kind).toBe("moved");
  });

  it("refuses to undo text that later edits changed, and the creation", async () => {
    const { app, id } = await openWith(["a\n", "b\n", "c\n"]);
    const refused = as(() => app.undoEdit(id, { version: 2 }));
    await expect(refused).rejects.toMatchObject({
      code: "edit-conflict",
      conflicts: [{ field: "body", base: "b\n", theirs: "c\n", yours: "a\n" }],
    });
    await expect(as(() => app.undoEdit(id, { version: 1 }))).rejects.toBeInstanceOf(UndoRefusedError);
    await expect(as(() => app.undoEdit(id, { version: 4 }))).rejects.toBeInstanceOf(PageNotFoundError);
    await as(() => app.archivePage(id));
    await expect(as(() => app.undoEdit(id, { version: 4 }))).rejects.toBeInstanceOf(UndoRefusedError);
    expect((await app.getPageById(id)).version).toBe(4);
  });

  it("refuses to undo a slug that another page has now", async () => {
    const { app, id } = await openWith(["body\n"]);
    await as(() => app.updateSlug("page", "elsewhere"));
    await as(() => app.createPage("Other", "page"));
    await expect(as(() => app.undoEdit(id, { version: 2 }))).rejects.toBeInstanceOf(SlugConflictError);
  });

  it("keeps the history of an archived page, which accepts no edits", async () => {
    const { app, id } = await openWith(["one\n", "two\n"]);
    const { page } = await as(() => app.archivePage(id, { baseVersion: 2, summary: "Out of date" }));
    expect(page).toMatchObject({ archived: true, slug: "page", version: 3 });
    await expect(app.getPageBySlug("page")).rejects.toBeInstanceOf(PageNotFoundError);
    expect(await app.resolveSlug("page")).toMatchObject({ kind: "archived", page: { id } });
    expect((await app.slugHolders(["page"])).size).toBe(0);
    expect(await titles(app)).toEqual([]);
    expect((await app.getPageById(id, 1)).body).toBe("one\n");
    expect((await app.record.history(id)).map(({ kind }) => kind)).toEqual([
      "archived",
      "body-updated",
      "created",
    ]);
    for (const command of [
      () => app.editPage(id, { body: "three\n" }),
      () => app.restorePage(id, { version: 1 }),
      () => app.undoEdit(id, { version: 2 }),
    ]) {
      await expect(as(command)).rejects.toBeInstanceOf(PageArchivedError);
    }
    expect((await as(() => app.archivePage(id))).page.version).toBe(3);
  });

  it("refuses to archive a page that changed since the base version", async () => {
    const { app, id } = await openWith(["one\n", "two\n"]);
    await expect(as(() => app.archivePage(id, { baseVersion: 1 }))).rejects.toBeInstanceOf(EditConflictError);
    expect((await app.getPageById(id)).archived).toBe(false);
  });

  it("unarchives a page at its last slug or another", async () => {
    const { app, id } = await openWith(["one\n"]);
    await as(() => app.archivePage(id));
    expect((await as(() => app.unarchivePage(id))).page).toMatchObject({
      archived: false,
      slug: "page",
      version: 3,
    });
    expect((await app.getPageBySlug("page")).id).toBe(id);
    expect((await as(() => app.unarchivePage(id))).page.version).toBe(3);
    await as(() => app.archivePage(id));
    await as(() => app.createPage("Other", "page"));
    await expect(as(() => app.unarchivePage(id))).rejects.toBeInstanceOf(SlugConflictError);
    const { page } = await as(() => app.unarchivePage(id, { slug: "Other/Place", summary: "needed" }));
    expect(page).toMatchObject({ slug: "other/place", version: 5 });
    expect(await titles(app)).toEqual(["Title at other/place", "Other at page"]);
  });
});

onEachRecorder("the history of a page", (create) => {
  it("lists author, time and changes of each version", async () => {
    const { app, id } = await openWith(["one\n"], await create());
    await as(() => app.editPage(id, { title: "New", body: "one\ntwo\n", summary: "more" }), editor);
    const changes = await app.record.history(id);
    expect(
      changes.map(({ version, kind, title, sizeDelta, userId, summary }) => [
        version,
        kind,
        title,
        sizeDelta,
        userId,
        summary,
      ]),
    ).toEqual([
      [3, "body-updated", null, 4, editor, "more"],
      [2, "title-updated", "New", 0, editor, "more"],
      [1, "created", "Title", 4, author, null],
    ]);
    expect(changes[0]?.saveId).toBe(changes[1]?.saveId);
    expect(changes[1]?.saveId).not.toBe(changes[2]?.saveId);
    expect(changes.map(({ version }) => version).slice(1)).toEqual(
      (await app.record.history(id, { before: 3 })).map(({ version }) => version),
    );
    expect(await app.record.history(id, { limit: 0 })).toEqual([]);
    expect(await app.record.history(randomUUID())).toEqual([]);
  });
});

onEachRecorder("attributions of versions", (create) => {
  it("are returned for the versions that exist, in ascending order", async () => {
    const app = new ContentManagement({ recorder: await create() });
    const { page } = await as(() => app.addPage({ title: "Title", body: "0" }));
    for (let number = 2; number <= 50; number += 1) {
      await as(() => app.editPage(page.id, { body: `${number}` }), number % 2 === 0 ? author : editor);
    }
    const asked = [50, 1, 2, 25, 3, 3, 51, 0];
    const found = await app.record.attributions(page.id, asked);
    expect([...found].map(([version, { userId }]) => [version, userId])).toEqual([
      [1, author],
      [2, author],
      [3, editor],
      [25, editor],
      [50, author],
    ]);
    expect((await app.record.attributions(page.id, [])).size).toBe(0);
  });
});

onEachRecorder("an earlier position", (create) => {
  it("returns pages, slugs and lists of that time", async () => {
    const app = new ContentManagement({ recorder: await create() });
    const { page: first } = await as(() => app.addPage({ title: "First", slug: "a", body: "one\n" }));
    const created = await app.position();
    await as(() => app.updateSlug("a", "b"));
    const renamed = await app.position();
    const { page: second } = await as(() => app.addPage({ title: "Second", slug: "a" }));
    const taken = await app.position();
    await as(() => app.archivePage(first.id));
    const archived = await app.position();

    const resolved = async (slug: string, at?: number) => {
      const found = await app.resolveSlug(slug, at);
      const formerId = found.kind === "page" ? found.formerPageId : undefined;
      const former = formerId === undefined ? [] : [(await app.getPageById(formerId)).title];
      return found.kind === "nothing" ? [found.kind] : [found.kind, found.page.title, ...former];
    };
    expect(await resolved("a", 0)).toEqual(["nothing"]);
    expect(await resolved("a", created)).toEqual(["page", "First"]);
    expect(await resolved("a", renamed)).toEqual(["moved", "First"]);
    expect(await resolved("a", taken)).toEqual(["page", "Second", "First"]);
    expect(await resolved("b", created)).toEqual(["nothing"]);
    expect(await resolved("b", taken)).toEqual(["page", "First"]);
    expect(await resolved("b", archived)).toEqual(["archived", "First"]);
    expect(await resolved("b")).toEqual(["archived", "First"]);

    expect(await titles(app, 0)).toEqual([]);
    expect(await titles(app, created)).toEqual(["First at a"]);
    expect(await titles(app, taken)).toEqual(["First at b", "Second at a"]);
    expect(await titles(app)).toEqual(["Second at a"]);
    expect((await app.getPageAt(first.id, created)).slug).toBe("a");
    await expect(app.getPageAt(second.id, renamed)).rejects.toBeInstanceOf(PageNotFoundError);

    const changes = await app.record.slugHistory("A");
    expect(changes.map(({ change, pageId, userId }) => [change, pageId, userId])).toEqual([
      [3, second.id, author],
      [2, null, author],
      [1, first.id, author],
    ]);
    expect(await app.record.slugHistory("a", { before: 3, limit: 1 })).toEqual(changes.slice(1, 2));
    expect(await app.record.slugHistory("never")).toEqual([]);
  });

  it("returns each version of a page from the position of its event on", async () => {
    const app = new ContentManagement({ recorder: await create() });
    const { page, position } = await as(() => app.addPage({ title: "Title", body: "0" }));
    const positions = [position];
    for (let number = 1; number <= 20; number += 1) {
      await as(() => app.createPage(`Other ${number}`, `other-${number}`));
      positions.push((await as(() => app.editPage(page.id, { body: `${number}` }))).position);
    }
    for (const [index, at] of positions.entries()) {
      expect((await app.getPageAt(page.id, at)).body).toBe(`${index}`);
      const before = await app.record.versionAt(page.id, at - 1);
      // The page is not the last event of the save that creates it.
      expect(before).toBe(index === 0 ? 1 : index);
    }
    expect(await app.record.versionAt(page.id, 0)).toBe(0);
    expect(await app.record.versionAt(randomUUID(), 1_000)).toBe(0);
    const [last] = await app.record.history(page.id, { limit: 1 });
    expect(await app.record.positionAt(last?.at ?? new Date(0))).toBeGreaterThanOrEqual(last?.position ?? 0);
    expect(await app.record.positionAt(new Date(0))).toBe(0);
  });
});

describe("authorship after a merge", () => {
  const words = (name: string) => Array.from({ length: 20 }, (_, index) => `${name}${index}`).join(" ");
  const body = (from: string, middle: string, to: string) => `${words(from)} ${middle} ${words(to)}\n`;
  const original = body("a", "the quick brown foxes jumped over the lazy dog", "b");

  it("keeps the authors of text whose surroundings changed", async () => {
    const app = new ContentManagement();
    const { page } = await as(() => app.addPage({ title: "Title", body: original }));
    await as(() => app.editPage(page.id, { body: body("a", "the carolines over dog", "b") }), editor);
    const rewritten = body("x", "the quick brown foxes jumped over the lazy dog", "y");
    const { page: merged } = await as(() => app.editPage(page.id, { body: rewritten, baseVersion: 1 }));
    expect(merged.body).toBe(body("x", "the carolines over dog", "y"));
    const { runs } = await app.record.authorship(page.id);
    expect(runs.find(({ text }) => text.includes("carolines"))?.version).toBe(2);
  });

  it("keeps the authors of text around an undone edit", async () => {
    const app = new ContentManagement();
    const { page } = await as(() => app.addPage({ title: "Title", body: original }));
    const rewritten = (middle: string) => body("x", middle, "y");
    await as(() =>
      app.editPage(page.id, { body: rewritten("the quick brown foxes jumped over the lazy dog") }),
    );
    await as(() => app.editPage(page.id, { body: rewritten("the carolines over dog") }), editor);
    const { page: undone } = await as(() => app.undoEdit(page.id, { version: 2 }));
    expect(undone.body).toBe(body("a", "the carolines over dog", "b"));
    const { runs } = await app.record.authorship(page.id);
    const versionOf = (word: string) => runs.find(({ text }) => text.includes(word))?.version;
    expect([versionOf("carolines"), versionOf("a7"), versionOf("b7")]).toEqual([3, 1, 1]);
    expect(runs.some(({ version }) => version === 4)).toBe(false);
  });
});

describe("the versions of a save", () => {
  it("do not include other saves with the same correlation id", async () => {
    const app = new ContentManagement();
    const { page } = await as(() => app.addPage({ title: "Title", body: "one\n\ntwo\n\nthree\n" }));
    const [one, other] = [randomUUID(), randomUUID()];
    const bodies = ["ONE\n\ntwo\n\nthree\n", "ONE\n\nTWO\n\nthree\n", "ONE\n\nTWO\n\nTHREE\n"];
    for (const [index, correlationId] of [one, other, one].entries()) {
      const edit = () => app.editPage(page.id, { body: bodies[index] ?? "", title: `Title ${index}` });
      await withContext({ correlationId }, () => as(edit));
    }
    expect(await app.record.versionsOfSave(page.id, 7)).toEqual({ first: 6, last: 7 });
    expect(await app.record.versionsOfSave(page.id, 2)).toEqual({ first: 2, last: 3 });
    expect(await app.record.versionsOfSave(page.id, 1)).toEqual({ first: 1, last: 1 });
    for (const version of [0, 1.5, Number.NaN]) {
      await expect(app.record.versionsOfSave(page.id, version)).rejects.toMatchObject({
        code: "invalid-argument",
      });
    }
  });
});
