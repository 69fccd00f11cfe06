import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlDatabase } from "../database/open-sql-database.ts";
import { FileTable } from "./file-table.ts";
import { FolderStore } from "./folder-store.ts";
import { StoredFiles } from "./stored-files.ts";

const [userId, otherUser, pageId, otherPage] = [1, 2, 3, 4].map(() => randomUUID()) as [
  string,
  string,
  string,
  string,
];
const HOUR_MS = 3_600_000;

let folder: string;
let now: number;
let files: StoredFiles;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palimpsest-files-"));
  now = Date.now();
  const table = await FileTable.open(await openSqlDatabase({ kind: "memory" }, "files"));
  files = new StoredFiles(new FolderStore(folder), table, join(folder, "temporary"), () => now);
});

afterEach(async () => {
  await files.close();
  rmSync(folder, { recursive: true });
});

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const receive = (...texts: readonly string[]) => files.receive(chunks(...texts), 100);

const fileOf = ({ sha256, bytes }: { sha256: string; bytes: number }, name = "a.txt") => {
  return { id: randomUUID(), name, type: "text/plain", bytes, sha256 };
};

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function stored(id: string) {
  const found = await files.find(id);
  if (found === undefined) throw new Error(`file ${id} does not exist`);
  return found;
}

const filesBelow = (name: string): readonly string[] =>
  existsSync(join(folder, name))
    ? readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
    : [];

const pathOf = (sha256: string) => join(folder, "sha256", sha256.slice(0, 2), sha256);

describe("received bytes", () => {
  it("have a hash, a length and a head, and leave nothing when they are discarded", async () => {
    const received = await receive("ab", "cd");
    const sha256 = createHash("sha256").update("abcd").digest("hex");
    expect(received).toMatchObject({ sha256, bytes: 4, head: Buffer.from("abcd") });
    await received.discard();
    expect(filesBelow("")).toEqual([]);
  });

  it("leave nothing if there are too many or the source fails", async () => {
    await expect(receive("a".repeat(60), "b".repeat(60))).rejects.toMatchObject({ code: "limit-exceeded" });
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a");
      throw new Error("the client is gone");
    };
    await expect(files.receive(failing(), 100)).rejects.toThrow("the client is gone");
    expect(filesBelow("")).toEqual([]);
  });
});

describe("files of pages", () => {
  it("store equal bytes once and are read whole or in part", async () => {
    const [first, second] = [await receive("0123456789"), await receive("01234", "56789")];
    const [one, two] = [fileOf(first), fileOf(second, "b.txt")];
    await files.addToPage(one, first, userId, pageId);
    await files.addToPage(two, second, userId, otherPage);
    await Promise.all([first.discard(), second.discard()]);
    expect(filesBelow("")).toEqual([first.sha256]);
    expect(await stored(two.id)).toMatchObject({ file: two, userId, pageId: otherPage });
    expect(await textOf(await files.read(await stored(two.id)))).toBe("0123456789");
    expect(await textOf(await files.read(await stored(one.id), { start: 3, end: 5 }))).toBe("34");
    expect(await files.counts()).toEqual({ attached: 2, unattached: 0, bytes: 10 });
  });

  it("are listed newest first, in parts", async () => {
    const ids: string[] = [];
    for (const text of ["a", "b", "c"]) {
      const received = await receive(text);
      const file = fileOf(received, text);
      await files.addToPage(file, received, userId, pageId);
      ids.unshift(file.id);
      now += 1;
    }
    const first = await files.attachedFiles({ limit: 2 });
    const rest = await files.attachedFiles({ limit: 2, before: first[1]?.file.id });
    expect([...first, ...rest].map(({ file }) => file.id)).toEqual(ids);
  });

  it("report missing and truncated bytes", async () => {
    const [first, second] = [await receive("first"), await receive("second")];
    const [one, two] = [fileOf(first), fileOf(second)];
    await files.addToPage(one, first, userId, pageId);
    await files.addToPage(two, second, userId, pageId);
    const missing = async () => {
      const ids: string[] = [];
      for await (const { file } of files.missingBytes()) ids.push(file.id);
      return ids;
    };
    expect(await missing()).toEqual([]);
    unlinkSync(pathOf(one.sha256));
    expect(await missing()).toEqual([one.id]);
    await expect(files.read(await stored(one.id))).rejects.toMatchObject({ code: "file-bytes-missing" });
    const again = await receive("first");
    await files.addToPage(fileOf(again), again, userId, pageId);
    expect(await missing()).toEqual([]);
  });

  it("that were not attached in the end are released", async () => {
    const received = await receive("a");
    const file = fileOf(received);
    await files.addToPage(file, received, userId, pageId);
    await files.release([file.id], otherPage);
    expect(await files.find(file.id)).toBeDefined();
    await files.release([file.id], pageId);
    expect(await files.find(file.id)).toBeUndefined();
  });
});

describe("unattached files", () => {
  const upload = async (text: string) => {
    const received = await receive(text);
    const file = fileOf(received);
    await files.addUnattached(file, received, userId);
    await received.discard();
    return file;
  };
  it("become files of the page of their person, any number of times", async () => {
    const file = await upload("a");
    expect(await files.claim([file.id], otherUser, pageId)).toEqual([]);
    expect(await files.claim([file.id, randomUUID()], userId, pageId)).toEqual([file]);
    expect(await files.claim([file.id], userId, pageId)).toEqual([file]);
    expect(await files.claim([file.id], userId, otherPage)).toEqual([]);
    expect(await textOf(await files.read(await stored(file.id)))).toBe("a");
  });

  it("are unattached again after the command failed", async () => {
    const file = await upload("a");
    await files.claim([file.id], userId, pageId);
    await files.release([file.id], pageId);
    expect(await stored(file.id)).toMatchObject({ pageId: null, userId });
    expect(await files.claim([file.id], userId, otherPage)).toEqual([file]);
  });

  it("are deleted after a day, and attached ones are kept", async () => {
    const [expired, attached] = [await upload("expired"), await upload("attached")];
    await files.claim([attached.id], userId, pageId);
    now += 23 * HOUR_MS;
    expect(await files.deleteExpired()).toBe(0);
    expect(filesBelow("uploads")).toHaveLength(2);
    now += 2.5 * HOUR_MS;
    expect(await files.claim([expired.id], userId, pageId)).toEqual([]);
    expect(await files.deleteExpired()).toBe(1);
    expect(await files.find(expired.id)).toBeUndefined();
    expect(filesBelow("uploads")).toEqual([]);
    expect(await textOf(await files.read(await stored(attached.id)))).toBe("attached");
  });
});
