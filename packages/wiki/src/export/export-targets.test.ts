import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { zipSource } from "../import/zip-source.ts";
import { folderTarget, InvalidExportError } from "./folder-target.ts";
import { zipArchive } from "./zip-target.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-export-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const date = new Date("2026-03-03T12:00:00Z");

describe("folderTarget", () => {
  it("creates a folder and writes files with their dates", async () => {
    const target = await folderTarget(join(root, "new/wiki"));
    await target.write("a/b.md", Readable.from([Buffer.from("one"), Buffer.from("two")]), date);
    const file = join(root, "new/wiki/a/b.md");
    expect(await readFile(file, "utf8")).toBe("onetwo");
    expect((await stat(file)).mtime).toEqual(date);
    await expect(target.write("a/b.md", Readable.from([]), date)).rejects.toThrow("EEXIST");
  });

  it("refuses a file and a folder that is not empty", async () => {
    await mkdir(join(root, "used"));
    await writeFile(join(root, "used/file"), "");
    for (const path of ["used", "used/file", "used/file/below"]) {
      await expect(folderTarget(join(root, path))).rejects.toBeInstanceOf(InvalidExportError);
    }
    await mkdir(join(root, "empty"));
    await folderTarget(join(root, "empty"));
  });
});

describe("zipArchive", () => {
  it("streams an archive that an import reads", async () => {
    const archive = zipArchive(async (target) => {
      await target.write("a/é.md", Readable.from([Buffer.from("text")]), date);
      await target.write("a/b.png", Readable.from([Buffer.from("png")]), date);
      await target.write("c.md", Readable.from([]), date);
    });
    const file = join(root, "a.zip");
    await pipeline(archive, createWriteStream(file));
    const source = await zipSource(file);
    expect(source.files.map(({ path }) => path)).toEqual(["a/b.png", "a/é.md", "c.md"]);
    expect(await text(await source.open("a/é.md"))).toBe("text");
    await source.close();
  });

  it("fails if a file cannot be read", async () => {
    const broken = () =>
      new Readable({
        read() {
          this.destroy(new Error("unreadable"));
        },
      });
    const archive = zipArchive((target) => target.write("a", broken(), date));
    await expect(pipeline(archive, createWriteStream(join(root, "a.zip")))).rejects.toThrow("unreadable");
    const other = zipArchive(async () => {
      throw new Error("no pages");
    });
    await expect(text(other)).rejects.toThrow("no pages");
  });

  it("stops writing when its reader leaves, and opens one file at a time", async () => {
    let opened = 0;
    const endless = () => {
      opened += 1;
      return Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(10_000, Math.random().toString());
        })(),
      );
    };
    let error: unknown;
    const content = endless();
    const archive = zipArchive(async (target) => {
      try {
        await target.write("a", content, date);
        await target.write("b", endless(), date);
      } catch (caught) {
        error = caught;
        throw caught;
      }
    });
    archive.on("error", () => {});
    for await (const chunk of archive) if ((chunk as Buffer).length > 0) break;
    await expect.poll(() => error).toBeInstanceOf(Error);
    expect({ opened, isDestroyed: content.destroyed }).toEqual({ opened: 1, isDestroyed: true });
  });
});
