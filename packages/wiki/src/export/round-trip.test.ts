import { buffer } from "node:stream/consumers";
import { asUser } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { memorySource } from "../../../../test/import-source.ts";
import { contentWithFiles } from "../../../../test/memory-files.ts";
import type { ContentManagement } from "../application/content-management.ts";
import { SYSTEM } from "../domain/user.ts";
import { importFiles } from "../import/import-files.ts";
import { exportPages } from "./export-pages.ts";

type Tree = Record<string, Buffer>;

async function exported(content: ContentManagement, at?: number) {
  const tree: Tree = {};
  const report = await exportPages(
    content,
    {
      async write(path, bytes) {
        expect(tree[path]).toBeUndefined();
        tree[path] = await buffer(bytes);
      },
    },
    { at },
  );
  return { tree, report };
}

const imported = (content: ContentManagement, tree: Tree, under?: string) =>
  importFiles(memorySource(tree), content, {
    under,
    overwrite: false,
    dryRun: false,
    userId: SYSTEM,
    onProgress: () => {},
  });

interface TestPage {
  readonly title: string;
  readonly slug: string;
  readonly body: string;
  readonly files: readonly string[];
}

async function wikiOf(pages: readonly TestPage[]): Promise<ContentManagement> {
  const content = await contentWithFiles();
  await asUser(SYSTEM, async () => {
    for (const { files, ...page } of pages) {
      const received = await Promise.all(
        files.map((name) => content.receiveFile(name, Buffer.from(`${page.slug} ${name}`))),
      );
      await content.addPage({ ...page, files: received });
    }
  });
  return content;
}

async function pagesOf(content: ContentManagement) {
  const pages = [];
  for await (const { slug, title, body, files } of content.getPages()) {
    pages.push({ slug, title, body, files: files.map(({ name, sha256 }) => [name, sha256]).sort() });
  }
  return pages.sort((a, b) => (a.slug < b.slug ? -1 : 1));
}

const SLUGS = [
  ..."a,b,a/b,a.md,a.md/x,a.files,a.files/x,a/b/c,index,readme,a/index,a/readme,con,con.md,aux/com1,nul.txt".split(
    ",",
  ),
  ..."a:b,a_b,a*b,<b>,a|b,(p),&amp;,a.,a./b,.hidden,.git/x,node_modules/x,..a,a~2,-,ß,ss,ſ,s,é,説明,ı,i̇".split(
    ",",
  ),
  ..."a\u200db,'q',`t`,[x],a]b,!,palimpsest,x/.y".split(","),
  "x".repeat(200),
  `${"説".repeat(60)}/x`,
].filter((slug) => slug !== "-");
const TITLES = [
  ...'A|1.0|null|: x|- a|"q"|\'|#x|a  b|🙂|{a: b}|---|...|[x]|@a|`|%|&a *a|! x|a: b|true|2024-01-01|\u2028x|~|\\|> x'.split(
    "|",
  ),
  "x".repeat(500),
];
const NAMES = [
  "a.png",
  "A b.png",
  "CON.png",
  "x.md",
  ".hidden",
  "a:b?.txt",
  "é.svg",
  "a.",
  "#1.png",
  "50%.png",
  "x".repeat(200),
  "?".repeat(200),
];
const PIECES = [
  ..."[x](/a)|[x](/a/b#y)|[x](a.md)|[x](/a.md)|[x](/a.md/x)|[x](../a)|[x](b)|[x](/none)|![i](a.png)|![i](A%20b.png)".split(
    "|",
  ),
  ..."![i](<A b.png>)|[f](x.md)|![i](CON.png)|[f](%231.png)|[f](50%25.png)|[f](50%.png)|[x](/%C3%A9)|[x](/é)|[[a]]|[[a#b]]".split(
    "|",
  ),
  ...'[x](/a/)|[x](/A)|[x](</a>)|`[x](/a)`|[x](/a "t")|[x](/a:b)|[x](/(p))|[x](/%28p%29)|[x](a.files/a.png)|[x](/-/pages)'.split(
    "|",
  ),
  ...'[x](https://example.org/a)|[x](#y)|<a href="/a">x</a>|<img src="a.png">|[r]|![i][r]'.split("|"),
  "\n[r]: /a/b\n",
  "\n[r]: a.png 'title'\n",
  "| [x](/a) | [y](/a\\|b) |\n|-|-|\n| ![i](a.png) | `|` |\n",
  "---\na: b\n---\n",
  "---\npalimpsest: x\n---\n",
  ..."\n,\n\n,\r\n,\r,> ,- ,# ,    ,\t,```\n,\0,\ufeff,\u2028, ,word".split(","),
];

const page = fc.record({
  title: fc.constantFrom(...TITLES).filter((title) => title.trim() === title),
  body: fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join("")),
  files: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 }),
});

it("gives the same pages, links and files after an import into an empty wiki", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...SLUGS), { minLength: 1, maxLength: 8 }),
      fc.array(page, { minLength: 8, maxLength: 8 }),
      async (slugs, pages) => {
        const wiki = await wikiOf(
          slugs.map((slug, index) => ({ slug, ...(pages[index] as (typeof pages)[0]) })),
        );
        const { tree, report } = await exported(wiki);
        expect(report).toMatchObject({ pages: slugs.length, warnings: [], missingFiles: 0 });
        const paths = Object.keys(tree);
        for (const path of paths) {
          expect(path).not.toMatch(/[<>:"|?*\\\p{Cc}]|[. ](?:\/|$)|(?:^|\/)(?:\.|con\.|nul\.|com1|aux\/)/iu);
          expect(path.split("/").every((segment) => Buffer.byteLength(segment) < 255)).toBe(true);
        }
        expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);

        expect(await imported(wiki, tree)).toMatchObject({ unchanged: { length: slugs.length }, failed: [] });
        const other = await contentWithFiles();
        const importReport = await imported(other, tree);
        expect(importReport).toMatchObject({ created: { length: slugs.length }, failed: [], collisions: [] });
        expect(await pagesOf(other)).toEqual(await pagesOf(wiki));
      },
    ),
    { numRuns: 25 },
  );
});

it("writes links as relative paths, unless an import could not restore them", async () => {
  const body = [
    "[a](/guides/a#x) [self](/guides/bread) ![crust](crust.png) [up](/index)",
    "[relative](../x) [source](/guides/a.md) `[code](/guides/a)` [ref] [[A]]",
    "",
    "[ref]: /guides/a 'title'",
  ].join("\n");
  const wiki = await wikiOf([
    { title: "Bread: a guide", slug: "guides/bread", body, files: ["crust.png", "CON.txt"] },
    { title: "A", slug: "guides/a", body: "", files: [] },
    { title: "X", slug: "x", body: "", files: [] },
    { title: "Index", slug: "index", body: "", files: [] },
  ]);
  const { id } = await wiki.getPageBySlug("guides/bread");
  const { tree } = await exported(wiki);
  expect(Object.keys(tree).sort()).toEqual([
    "guides/a.md",
    "guides/bread.files/_CON.txt",
    "guides/bread.files/crust.png",
    "guides/bread.md",
    "index.md",
    "x.md",
  ]);
  expect(String(tree["guides/bread.md"])).toBe(`---
title: "Bread: a guide"
slug: guides/bread
palimpsest:
  page: ${id}
  version: 2
  unchangedLinks:
    - 4
    - 5
  files:
    _CON.txt: CON.txt
---
[a](a.md#x) [self](bread.md) ![crust](bread.files/crust.png) [up](../index.md)
[relative](../x) [source](/guides/a.md) \`[code](/guides/a)\` [ref] [[A]]

[ref]: a.md 'title'`);
});

it("reads the wiki at a position, without archived pages", async () => {
  const wiki = await wikiOf([{ title: "A", slug: "a", body: "one", files: ["a.png"] }]);
  const position = await wiki.position();
  const { id, files } = await wiki.getPageBySlug("a");
  await asUser(SYSTEM, async () => {
    await wiki.updateBody("a", "two");
    await wiki.removeFile(id, { fileId: files[0]?.id ?? "" });
    await wiki.createPage("B", "b", "");
    await wiki.archivePage(id);
  });
  expect(Object.keys((await exported(wiki)).tree)).toEqual(["b.md"]);
  const { tree } = await exported(wiki, position);
  expect(Object.keys(tree)).toEqual(["a.md", "a.files/a.png"]);
  expect(String(tree["a.md"])).toMatch(/\none$/);
});

it("imports the changed files of an export as changes of their pages", async () => {
  const wiki = await wikiOf([
    { title: "A", slug: "a", body: "[b](/b)", files: ["a.png"] },
    { title: "B", slug: "b", body: "", files: [] },
  ]);
  const { tree } = await exported(wiki);
  const edit = (path: string, text: string) => {
    tree[path] = Buffer.from(String(tree[path]) + text);
  };
  edit("a.md", "\n\n[also](b.md) ![new](new.png)");
  edit("a.files/a.png", "changed");
  tree["new.png"] = Buffer.from("new");
  await asUser(SYSTEM, () => wiki.updateBody("b", "theirs"));
  edit("b.md", "ours");
  const report = await imported(wiki, tree);
  expect(report.updated.map(({ path }) => path)).toEqual(["a.md"]);
  expect(report.failed).toEqual([
    { path: "b.md", reason: "the body changed in the file and in the wiki; the page was left alone" },
  ]);
  const page = await wiki.getPageBySlug("a");
  expect(page.body).toBe("[b](/b)\n\n[also](/b) ![new](new.png)");
  expect(page.files.map(({ name, bytes }) => [name, bytes])).toEqual([
    ["a.png", 14],
    ["new.png", 3],
  ]);
});

it("reports files whose bytes are missing", async () => {
  const wiki = await wikiOf([{ title: "A", slug: "a", body: "", files: ["a.png"] }]);
  wiki.files.find = async () => undefined;
  const { tree, report } = await exported(wiki);
  expect(Object.keys(tree)).toEqual(["a.md"]);
  expect(report).toMatchObject({
    missingFiles: 1,
    warnings: [{ path: "a.md", text: "the bytes of the file a.png are missing" }],
  });
});
