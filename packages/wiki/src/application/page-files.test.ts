import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asUser } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { onEachRecorder } from "../../../../test/recorders.ts";
import { fileAddress } from "../content/file-addresses.ts";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import { FileTable } from "../files/file-table.ts";
import { MemoryStore } from "../files/memory-store.ts";
import { StoredFiles } from "../files/stored-files.ts";
import { ContentManagement } from "./content-management.ts";
import type { NewFile, PageDetails } from "./pages.ts";

const user = randomUUID();
const as = <T>(work: () => Promise<T>) => asUser(user, work);

onEachRecorder("the files of a page", (create) => {
  const open = async (maxBytes = 1_000) => {
    const table = await FileTable.open(await openSqlDatabase({ kind: "memory" }, "files"));
    const files = new StoredFiles(new MemoryStore(), table, join(tmpdir(), "palimpsest-files"));
    const recorder = await create();
    const app = new ContentManagement({ recorder, files, fileLimits: { maxBytes, types: undefined } });
    const { page } = await as(() => app.addPage({ title: "Bread", slug: "bread", body: "Flour\nWater\n" }));
    const attach = async (name: string, text: string, file: Partial<NewFile> = {}) => {
      const received = await app.receiveFile(name, Buffer.from(text));
      return as(() => app.attachFile(page.id, { ...received, ...file }));
    };
    const kinds = async () => (await app.record.history(page.id)).map(({ kind, files }) => [kind, files]);
    const textOf = async (id: string) => {
      const stored = await files.find(id);
      let text = "";
      if (stored) for await (const part of await files.read(stored)) text += Buffer.from(part).toString();
      return text;
    };
    return { app, recorder, files, id: page.id, attach, kinds, textOf };
  };
  const namesOf = ({ files }: Pick<PageDetails, "files">) => files.map(({ name }) => name);

  it("are attached, replaced and removed in versions of their own", async () => {
    const { app, id, attach, kinds, textOf } = await open();
    const { file, page } = await attach("plan.txt", "one");
    expect(file).toMatchObject({ name: "plan.txt", type: "text/plain", bytes: 3 });
    expect(page).toMatchObject({ version: 2, files: [file] });
    const replaced = await attach("other.txt", "two", { replaces: { id: file.id } });
    expect(replaced.file).toMatchObject({ name: "plan.txt", bytes: 3 });
    expect(replaced.file.id).not.toBe(file.id);
    await as(() => app.removeFile(id, { fileId: replaced.file.id, baseVersion: 2 }));
    expect((await app.getPageById(id)).files).toEqual([]);
    expect((await app.getPageById(id, 2)).files).toEqual([file]);
    expect((await app.getPageById(id, 3)).files).toEqual([replaced.file]);
    expect([await textOf(file.id), await textOf(replaced.file.id)]).toEqual(["one", "two"]);
    expect(await kinds()).toEqual([
      ["files-removed", ["plan.txt"]],
      ["files-replaced", ["plan.txt"]],
      ["files-attached", ["plan.txt"]],
      ["created", null],
    ]);
  });

  it("get a number if their name is in use, and are stored once if the bytes are the same, too", async () => {
    const { app, id, attach } = await open();
    const { file } = await attach("Map.png", "one");
    expect((await attach("map.PNG", "two")).file.name).toBe("map-2.PNG");
    expect((await attach("Map.png", "three")).file.name).toBe("Map-3.png");
    const again = await attach("Map.png", "one");
    expect(again.file).toEqual(file);
    expect(again.page.version).toBe(4);
    const same = await attach("map.png", "one", { replaces: "same-name" });
    expect(same.file.id).toBe(file.id);
    expect((await attach("map.png", "four", { replaces: "same-name" })).file.name).toBe("Map.png");
    expect(namesOf(await app.getPageById(id))).toEqual(["Map.png", "map-2.PNG", "Map-3.png"]);
  });

  it("are restored with a version, and undone with the edit that changed them", async () => {
    const { app, id, attach } = await open();
    const { file } = await attach("a.txt", "one");
    const { file: second } = await attach("a.txt", "two", { replaces: { id: file.id } });
    await attach("b.txt", "three");
    const restored = await as(() => app.restorePage(id, { version: 2 }));
    expect(restored.page).toMatchObject({ version: 5, files: [file] });
    const undone = await as(() => app.undoEdit(id, { version: 5 }));
    expect(undone.page.files.map((one) => one.id)).toContain(second.id);
    expect(namesOf(undone.page).sort()).toEqual(["a.txt", "b.txt"]);
    await as(() => app.undoEdit(id, { version: 4 }));
    expect(namesOf(await app.getPageById(id))).toEqual(["a.txt"]);
  });

  it("refuse an undo or a restore that would discard a later replacement", async () => {
    const { app, id, attach } = await open();
    const { file } = await attach("a.txt", "one");
    await attach("a.txt", "two", { replaces: { id: file.id } });
    const conflict = { code: "file-conflict", names: ["a.txt"] };
    await expect(as(() => app.undoEdit(id, { version: 2 }))).rejects.toMatchObject(conflict);
    await expect(as(() => app.restorePage(id, { version: 1, baseVersion: 2 }))).rejects.toMatchObject(
      conflict,
    );
    await expect(as(() => app.restorePage(id, { version: 2, baseVersion: 2 }))).rejects.toMatchObject(
      conflict,
    );
    expect((await app.getPageById(id)).version).toBe(3);
  });

  it("do not conflict with edits", async () => {
    const { app, id, attach } = await open();
    const { file } = await attach("a.txt", "one");
    const edited = await as(() => app.editPage(id, { body: "Flour\nSalt\n", baseVersion: 1 }));
    expect(edited).toMatchObject({ merged: false, page: { body: "Flour\nSalt\n", files: [file] } });
    const received = await app.receiveFile("b.txt", Buffer.from("two"));
    const { page } = await as(() => app.attachFile(id, received, { baseVersion: 1 }));
    expect(page).toMatchObject({ body: "Flour\nSalt\n", version: 4 });
    await as(() => app.removeFile(id, { fileId: file.id, baseVersion: 2 }));
    expect(namesOf(await app.getPageById(id))).toEqual(["b.txt"]);
  });

  it("are attached by several commands at once", async () => {
    const { app, id, attach } = await open();
    await Promise.all([1, 2, 3, 4, 5].map((number) => attach("a.txt", `text ${number}`)));
    expect(namesOf(await app.getPageById(id)).sort()).toEqual([
      "a-2.txt",
      "a-3.txt",
      "a-4.txt",
      "a-5.txt",
      "a.txt",
    ]);
  });

  it("come with a new page, and with an edit, in one save", async () => {
    const { app } = await open();
    const files = [
      await app.receiveFile("a.txt", Buffer.from("one")),
      await app.receiveFile("b.txt", Buffer.from("two")),
    ];
    const { page } = await as(() => app.addPage({ title: "With files", files }));
    expect(page).toMatchObject({ version: 2, files: files.map(({ file }) => file) });
    const [last] = await app.record.history(page.id);
    const first = await app.record.history(page.id, { before: 2 });
    expect(last?.saveId).toBe(first[0]?.saveId);
    const newer = await app.receiveFile("a.txt", Buffer.from("three"));
    const edit = { body: "New", files: [{ ...newer, replaces: "same-name" as const }] };
    const edited = await as(() => app.editPageBySlug("with-files", edit));
    expect(await app.record.versionsOfSave(page.id, 3)).toEqual({ first: 3, last: 4 });
    expect(namesOf(edited.page)).toEqual(["a.txt", "b.txt"]);
  });

  it("include unattached files of the author that a saved text names", async () => {
    const { app, id, files } = await open();
    const [mine, other] = [
      await app.receiveFile("a b.txt", Buffer.from("1")),
      await app.receiveFile("b.txt", Buffer.from("2")),
    ];
    await as(() => app.keepFile(mine));
    await asUser(randomUUID(), () => app.keepFile(other));
    const body = `![A](${fileAddress(mine.file)}) ![B](${fileAddress(other.file)})`;
    const { page } = await as(() => app.editPage(id, { body }));
    expect(page).toMatchObject({ version: 3, files: [mine.file], body });
    expect(await files.find(mine.file.id)).toMatchObject({ pageId: id });
    expect(await files.find(other.file.id)).toMatchObject({ pageId: null });
    const created = await as(() => app.addPage({ title: "Copy", body }));
    expect(created.page.files).toEqual([]);
  });

  it("stay unattached if the edit is refused", async () => {
    const { app, id, files } = await open();
    const kept = await app.receiveFile("a.txt", Buffer.from("1"));
    await as(() => app.keepFile(kept));
    const body = fileAddress(kept.file);
    await as(() => app.editPage(id, { body: "Rye\nWater\n" }));
    await expect(as(() => app.editPage(id, { body, baseVersion: 1 }))).rejects.toMatchObject({
      code: "edit-conflict",
    });
    expect(await files.find(kept.file.id)).toMatchObject({ pageId: null });
    const direct = await app.receiveFile("b.txt", Buffer.from("2"));
    await as(() => app.archivePage(id));
    await expect(as(() => app.attachFile(id, direct))).rejects.toMatchObject({ code: "page-archived" });
    expect(await files.find(direct.file.id)).toBeUndefined();
  });

  it("refuse invalid names, empty files, too many bytes and unknown files", async () => {
    const { app, id } = await open(10);
    for (const name of [
      "",
      " ",
      "a/b.txt",
      "a\\b.txt",
      "..",
      "a\nb",
      "a\u0000",
      "\u200b",
      "\u202egnp.exe",
      "é".repeat(101),
    ])
      await expect(app.receiveFile(name, Buffer.from("1"))).rejects.toMatchObject({ code: "invalid-file" });
    await expect(app.receiveFile("a", Buffer.from(""))).rejects.toMatchObject({ code: "invalid-file" });
    await expect(app.receiveFile("a", Buffer.alloc(11))).rejects.toMatchObject({ code: "limit-exceeded" });
    expect((await app.receiveFile(" e\u0301.txt ", Buffer.from("1"))).file.name).toBe("é.txt");
    const missing = { code: "file-not-found" };
    const received = await app.receiveFile("a", Buffer.from("1"));
    const replaces = { id: randomUUID() };
    await expect(as(() => app.attachFile(id, { ...received, replaces }))).rejects.toMatchObject(missing);
    await expect(as(() => app.removeFile(id, { fileId: randomUUID() }))).rejects.toMatchObject(missing);
  });
});
