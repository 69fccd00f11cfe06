import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { InvalidImportError } from "./errors.ts";
import { zipSource } from "./zip-source.ts";

let root = "";
let file = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-zip-"));
  file = join(root, "a.zip");
});
afterEach(() => rm(root, { recursive: true, force: true }));

type Entries = readonly (readonly [path: string, content: string | Uint8Array, mode?: number])[];

async function writeZip(entries: Entries): Promise<void> {
  const zip = new ZipFile();
  for (const [path, content, mode = 0o100644] of entries) zip.addBuffer(Buffer.from(content), path, { mode });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}

/** Changes bytes of the archive, each time they occur. */
async function patch(from: string | Buffer, to: string | Buffer): Promise<void> {
  const bytes = await readFile(file);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1))
    Buffer.from(to).copy(bytes, at);
  await writeFile(file, bytes);
}

describe("zipSource", () => {
  it("lists files and opens them", async () => {
    await writeZip([
      ["b/ü.md", "text"],
      ["a.md", ""],
      ["b/node_modules/c.md", "x"],
      ["__MACOSX/a.md", "x"],
    ]);
    const source = await zipSource(file);
    expect(source).toMatchObject({ name: file, refused: [], warnings: [] });
    expect(source.files).toEqual([
      { path: "a.md", bytes: 0 },
      { path: "b/ü.md", bytes: 4 },
    ]);
    expect(await text(await source.open("b/ü.md"))).toBe("text");
    await source.close();
  });

  it("goes on after streams that end early", async () => {
    const names = Array.from({ length: 20 }, (_, number) => `${number}.md`);
    await writeZip(names.map((name) => [name, randomBytes(1_000_000)]));
    const source = await zipSource(file);
    const read = async (name: string) => {
      let bytes = 0;
      for await (const chunk of await source.open(name)) {
        bytes += (chunk as Buffer).length;
        if (name !== "7.md" && bytes > 200_000) break;
      }
      return bytes;
    };
    const bytes = await Promise.all(names.map(read));
    expect(bytes[7]).toBe(1_000_000);
    await source.close();
  });

  it("takes the only folder as the root", async () => {
    await writeZip([
      ["docs-1.0/a.md", "a"],
      ["docs-1.0/img/b.png", "b"],
    ]);
    const source = await zipSource(file, "docs");
    expect(source.name).toBe("docs");
    expect(source.files.map(({ path }) => path)).toEqual(["a.md", "img/b.png"]);
    expect(await text(await source.open("img/b.png"))).toBe("b");
    await source.close();
  });

  it("reads names in UTF-8 without the flag, and other names in code page 437", async () => {
    await writeZip([
      ["äb.md", "x"],
      ["QQc.md", "y"],
    ]);
    const [flags, method] = [Buffer.from([0x00, 0x08]), Buffer.from([0x08, 0x00])];
    await patch(Buffer.concat([flags, method]), Buffer.concat([Buffer.alloc(2), method]));
    await patch("QQc.md", Buffer.from([0x84, 0x81, ...Buffer.from("c.md")]));
    const source = await zipSource(file);
    expect(source.files.map(({ path }) => path).sort()).toEqual(["äb.md", "äüc.md"]);
    await source.close();
  });

  it.each([
    ["aa/aa.md", "../aaa.md"],
    ["aaaaaaa.md", "/aaaaaa.md"],
    ["aaaaaaa.md", "..\\aaa.md".padEnd(10, "a")],
    ["aaaaaaa.md", "C:/aaaa.md"],
  ])("rejects an archive whose names lead out of it: %s as %s", async (name, hostile) => {
    await writeZip([[name.padEnd(hostile.length, "x").slice(0, hostile.length), "x"]]);
    await patch(name.padEnd(hostile.length, "x").slice(0, hostile.length), hostile);
    await expect(zipSource(file)).rejects.toThrow(/^The archive cannot be imported: /);
  });

  it("rejects an archive that has a name twice", async () => {
    await writeZip([
      ["a.md", "1"],
      ["b.md", "2"],
    ]);
    await patch("b.md", "a.md");
    await expect(zipSource(file)).rejects.toThrow("The archive contains a.md twice.");
  });

  it("refuses symbolic links, encrypted pages and pages that are compressed too much", async () => {
    await writeZip([
      ["a.md", "a"],
      ["bomb.md", Buffer.alloc(3 * 1024 * 1024)],
      ["link.md", "/etc/passwd", 0o120777],
      ["link.png", "/etc/passwd", 0o120777],
    ]);
    const { files, refused, close } = await zipSource(file);
    expect(files.map(({ path }) => path)).toEqual(["a.md"]);
    expect(refused).toEqual([
      { path: "bomb.md", text: "is compressed more than 200 to 1" },
      { path: "link.md", text: "is a symbolic link" },
    ]);
    await close();
  });

  it("fails to read a file with more bytes than the archive says", async () => {
    await writeZip([["a.md", "x".repeat(1000)]]);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(1000);
    const smaller = Buffer.alloc(4);
    smaller.writeUInt32LE(10);
    await patch(size, smaller);
    const source = await zipSource(file);
    await expect(source.open("a.md").then((stream) => text(stream))).rejects.toThrow(/too many bytes/);
    await source.close();
  });

  it("rejects a file that is no archive, or is damaged", async () => {
    await writeFile(file, "text");
    await expect(zipSource(file)).rejects.toBeInstanceOf(InvalidImportError);
    await writeZip([["a.md", "a"]]);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 30));
    await expect(zipSource(file)).rejects.toThrow(/is not a readable ZIP archive/);
    await expect(zipSource(join(root, "missing.zip"))).rejects.toBeInstanceOf(InvalidImportError);
  });
});
