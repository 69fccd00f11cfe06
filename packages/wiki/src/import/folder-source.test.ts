import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidImportError } from "./errors.ts";
import { folderSource } from "./folder-source.ts";
import { readTree } from "./source-tree.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-files-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array = `# ${path}`): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

describe("folderSource", () => {
  it("lists files except in .git and node_modules", async () => {
    for (const path of ["in/b.md", "in/a.png", "in/c/.d/e.txt"]) await write(path);
    for (const path of ["in/.git/g.md", "in/node_modules/h/i.md", "in/c/node_modules/j.md"])
      await write(path);
    const { files } = await folderSource(join(root, "in"));
    expect(files).toEqual([
      { path: "a.png", bytes: 10 },
      { path: "b.md", bytes: 9 },
      { path: "c/.d/e.txt", bytes: 15 },
    ]);
    expect((await folderSource(join(root, "in/node_modules/h"))).files).toHaveLength(1);
  });

  it("follows only links to files within the folder", async () => {
    for (const path of ["in/a.md", "in/c/d.md", "out.md"]) await write(path);
    await symlink("a.md", join(root, "in/b.md"));
    await symlink("../../in", join(root, "in/c/loop"));
    await symlink("../out.md", join(root, "in/out.md"));
    await symlink("nowhere", join(root, "in/dead.md"));
    await symlink("/etc/passwd", join(root, "in/image.png"));
    await symlink("in", join(root, "linked"));
    const found = await folderSource(join(root, "linked"));
    expect(found.files.map(({ path }) => path)).toEqual(["a.md", "b.md", "c/d.md"]);
    expect(found.refused.map(({ path }) => path).sort()).toEqual(["dead.md", "out.md"]);
    expect(found.warnings.map(({ path }) => path)).toEqual(["c/loop"]);
  });

  it("rejects what is not a folder", async () => {
    await write("file.md");
    for (const path of ["missing", "file.md", "file.md/below"]) {
      await expect(folderSource(join(root, path))).rejects.toBeInstanceOf(InvalidImportError);
    }
  });
});

describe("readTree", () => {
  it("skips hidden files, refuses single files and reads the others", async () => {
    await write("good.md", "\ufeff# Good");
    await write("page.mdx");
    await write(".github/hidden.md");
    await write("a/.hidden.md");
    await write("picture.png");
    await write("empty.md", " \n");
    await write("utf16.md", Buffer.from("\ufeff# Text", "utf16le"));
    await write("large.md", "x".repeat(11 * 1024 * 1024));
    const tree = await readTree(await folderSource(root), undefined);
    expect(tree.pages.map(({ path }) => path)).toEqual(["good.md", "page.mdx"]);
    expect(tree.refused).toEqual([
      { path: "empty.md", text: "is empty" },
      { path: "large.md", text: "has more than 10485760 bytes, the limit of a page" },
      { path: "utf16.md", text: "is not UTF-8 text" },
    ]);
  });

  it("finds files that would get one slug", async () => {
    for (const path of ["a.md", "A.md", "b.md", "c.md"]) await write(path);
    await write("d.md", "---\nslug: b\n---\n");
    const { collisions } = await readTree(await folderSource(root), undefined);
    expect(collisions).toEqual([
      { slug: "a", paths: ["A.md", "a.md"] },
      { slug: "b", paths: ["b.md", "d.md"] },
    ]);
  });
});
