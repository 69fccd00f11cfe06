import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InvalidImportError } from "./errors.ts";
import { findMarkdownFiles } from "./markdown-files.ts";
import { readFolder } from "./read-files.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "palimpsest-files-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array = `# ${path}`): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

it("finds Markdown files except in hidden folders and node_modules", async () => {
  for (const path of ["in/b.md", "in/a.MARKDOWN", "in/c/d.md", "in/e.txt", "in/.f.md"]) await write(path);
  for (const path of ["in/.git/g.md", "in/node_modules/h/i.md", "in/c/node_modules/j.md"]) await write(path);
  const { paths } = await findMarkdownFiles(join(root, "in"));
  expect(paths).toEqual(["a.MARKDOWN", "b.md", "c/d.md"]);
  expect((await findMarkdownFiles(join(root, "in/node_modules/h"))).paths).toEqual(["i.md"]);
});

it("follows only links to files within the folder", async () => {
  for (const path of ["in/a.md", "in/c/d.md", "out.md"]) await write(path);
  await symlink("a.md", join(root, "in/b.md"));
  await symlink("../../in", join(root, "in/c/loop"));
  await symlink("../out.md", join(root, "in/out.md"));
  await symlink("nowhere", join(root, "in/dead.md"));
  await symlink("in", join(root, "linked"));
  const found = await findMarkdownFiles(join(root, "linked"));
  expect(found.paths).toEqual(["a.md", "b.md", "c/d.md"]);
  expect(found.refused.map(({ path }) => path).sort()).toEqual(["dead.md", "out.md"]);
  expect(found.warnings.map(({ path }) => path)).toEqual(["c/loop"]);
});

it("rejects an invalid folder", async () => {
  await write("file.md");
  await mkdir(join(root, "empty"));
  await expect(findMarkdownFiles(join(root, "missing"))).rejects.toBeInstanceOf(InvalidImportError);
  await expect(findMarkdownFiles(join(root, "file.md"))).rejects.toBeInstanceOf(InvalidImportError);
  await expect(findMarkdownFiles(join(root, "file.md/below"))).rejects.toBeInstanceOf(InvalidImportError);
  await expect(findMarkdownFiles(join(root, "empty"))).rejects.toBeInstanceOf(InvalidImportError);
});

it("refuses single files and reads the others", async () => {
  await write("good.md", "\ufeff# Good\n[a](a.md), [too](a/README.md), [bad](utf16.md)");
  await write("a.md");
  await write("a/README.md");
  await write("empty.md", " \n");
  await write("utf16.md", Buffer.from("\ufeff# Text", "utf16le"));
  await write("large.md", "x".repeat(10 * 1024 * 1024 + 1));
  await write("reserved.md", "---\nslug: api/x\n---\n");
  const { pages, refused, warnings } = await readFolder(root);
  expect(pages.map(({ path }) => path)).toEqual(["a.md", "good.md"]);
  expect(pages[1]?.body).toBe("# Good\n[a](/a), [too](a/README.md), [bad](utf16.md)");
  expect(refused.map(({ path, text }) => [path, text.slice(0, 20)])).toEqual([
    ["a/README.md", "has the same slug as"],
    ["empty.md", "is empty"],
    ["large.md", "has 10485761 bytes; "],
    ["reserved.md", '"api/x" is not a valid slug'.slice(0, 20)],
    ["utf16.md", "is not UTF-8 text"],
  ]);
  expect(warnings.map(({ text }) => text)).toEqual([
    "link to a/README.md, which is not imported",
    "link to utf16.md, which is not imported",
  ]);
});
