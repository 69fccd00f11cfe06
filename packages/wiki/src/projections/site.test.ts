import { expect, it } from "vitest";
import { onEachViewStore } from "../../../../test/views.ts";
import type { EditedFields } from "../application/errors.ts";
import { MAX_SORTED_BACKLINKS, type SiteRange } from "./site.ts";

onEachViewStore("the site view", (open) => {
  it("finds backlinks through a former slug until another page takes it", async () => {
    const { wiki, site, written } = await open();
    const target = await written(async () => {
      const { page } = await wiki.addPage({
        title: "Target",
        slug: "target",
        body: "[[target]] is this page",
      });
      await wiki.createPage("B", "b", "See [[Target]], [again](/target#x) and [[target|here]].");
      await wiki.createPage("A", "a", "See [it][1].\n\n[1]: /target");
      await wiki.createPage("Code", "code", "`[[target]]` and https://elsewhere.example/target");
      return page;
    });
    const titles = async (pageId: string) => (await site.backlinks(pageId)).map(({ title }) => title);
    expect(await site.backlinks(target.id)).toMatchObject([
      { slug: "a", title: "A" },
      { slug: "b", title: "B" },
    ]);
    await written(() => wiki.updateSlug("target", "moved"));
    expect(await titles(target.id)).toEqual(["A", "B"]);
    const other = await written(() => wiki.addPage({ title: "Other", slug: "target" }));
    expect(await titles(target.id)).toEqual([]);
    expect(await titles(other.page.id)).toEqual(["A", "B", "Target"]);
    await written(() => wiki.updateBody("b", "No more."));
    expect(await titles(other.page.id)).toEqual(["A", "Target"]);
    expect(await site.backlinks(other.page.id, { limit: 1, offset: 1 })).toMatchObject([{ title: "Target" }]);
    expect(await site.backlinks(other.page.id, { limit: 0 })).toEqual([]);
  });

  it("finds the pages whose backlinks may have changed with the links of a page", async () => {
    const { wiki, site, written } = await open();
    const [first, second, linking] = await written(async () => [
      (await wiki.addPage({ title: "First" })).page.id,
      (await wiki.addPage({ title: "Second" })).page.id,
      (await wiki.addPage({ title: "Linking", body: "[[First]] [[nowhere]]" })).page.id,
    ]);
    const ids = [first, second, linking] as [string, string, string];
    const changedBy = async (change: () => Promise<unknown>, ...by: readonly string[]) => {
      const position = await wiki.position();
      await written(change);
      return [...(await site.backlinksChangedBy(by, position))].sort();
    };
    const body = (text: string) => () => wiki.editPage(ids[2], { body: text });
    expect(await changedBy(body("[[First]] and more words"), ids[2])).toEqual([]);
    expect(await changedBy(body("[[First]] [[Second]]"), ids[2])).toEqual([ids[1]]);
    expect(await changedBy(body("[[Second]]"), ids[2])).toEqual([ids[0]]);
    expect(await changedBy(body("[[nowhere]]"), ids[0], ids[1])).toEqual([]);
    await written(() => wiki.editPage(ids[0], { slug: "moved" }));
    expect(await changedBy(body("[[first]] [[Second]]"), ...ids)).toEqual([ids[0], ids[1]].sort());
    expect([...(await site.backlinksChangedBy([ids[2]], 0))].sort()).toEqual([ids[0], ids[1]].sort());
    expect(await site.backlinksChangedBy([], 0)).toEqual(new Set());
  });

  it("lists wanted pages, those with the most links first", async () => {
    const { wiki, site, written, rebuild } = await open();
    await written(async () => {
      await wiki.createPage("A", "a", "[[Wanted page]] [[wanted-page]] [[Other]] [[b]]");
      await wiki.createPage("B", "b", "[[Wanted page]] [[Café!]]");
      await wiki.createPage("Café", "café");
    });
    const wanted = [
      { slug: "wanted-page", count: 2 },
      { slug: "other", count: 1 },
    ];
    expect(await site.wantedPages()).toEqual(wanted);
    expect(await site.wantedPages({ limit: 1, offset: 1 })).toEqual([wanted[1]]);
    await rebuild();
    expect(await site.wantedPages()).toEqual(wanted);
    await written(() => wiki.createPage("Wanted page", "wanted-page"));
    expect(await site.wantedPages()).toEqual([wanted[1]]);
  });

  it("counts a link that names a file of its page as no link to a page while the page has the file", async () => {
    const { wiki, site, written, rebuild } = await open();
    const { page: target } = await written(() => wiki.addPage({ title: "Target", slug: "guide/plan.pdf" }));
    const body =
      "[a](Plan.pdf#page=2) ![a](map.png) ![[map.png]] <img src=map.png> [b](./notes.txt) ![[Notes.txt]]";
    const { page } = await written(() => wiki.addPage({ title: "Guide", slug: "guide/start", body }));
    const attach = async (name: string, text: string) => {
      const received = await wiki.receiveFile(name, Buffer.from(text));
      return wiki.attachFile(page.id, { ...received, replaces: "same-name" });
    };
    const remove = async (name: string) => {
      const { files } = await wiki.getPageById(page.id);
      await wiki.removeFile(page.id, { fileId: files.find((file) => file.name === name)?.id ?? "" });
    };
    const edit = (fields: EditedFields) => () => wiki.editPage(page.id, fields);
    const seen = async (at?: number) => {
      const range = at === undefined ? {} : { at };
      const backlinks = await site.backlinks(target.id, range);
      return [backlinks.length, ...(await site.wantedPages(range)).map(({ slug }) => slug)];
    };
    const steps: readonly (readonly [command: () => Promise<unknown>, ...expected: (number | string)[]])[] = [
      [async () => {}, 1, "guide/notes.txt"],
      [() => attach("plan.PDF", "one"), 0, "guide/notes.txt"],
      [() => attach("Notes.txt", "one"), 0],
      [() => attach("plan.pdf", "two"), 0],
      [edit({ body: `[c](plan.pdf) [d](/guide/plan.pdf) [[notes.txt]] ${body}` }), 1, "notes.txt"],
      [edit({ slug: "start" }), 1, "notes.txt"],
      [() => wiki.restorePage(page.id, { version: 1 }), 0, "notes.txt", "plan.pdf"],
      [edit({ slug: "guide/start" }), 1, "guide/notes.txt"],
      [() => wiki.undoEdit(page.id, { version: 7 }), 1, "notes.txt"],
      [() => remove("Notes.txt"), 1, "guide/notes.txt", "notes.txt"],
      [() => wiki.archivePage(page.id), 0],
      [() => wiki.unarchivePage(page.id), 1, "guide/notes.txt", "notes.txt"],
      [edit({ body }), 0, "guide/notes.txt"],
      [() => remove("plan.PDF"), 1, "guide/notes.txt"],
    ];
    const positions: number[] = [];
    for (const [command, ...expected] of steps) {
      await written(command);
      positions.push(await wiki.position());
      expect(await seen()).toEqual(expected);
    }
    await rebuild();
    expect(await Promise.all(positions.map(seen))).toEqual(steps.map(([, ...expected]) => expected));
  });

  it("resolves a link to the likelier of two slugs if both exist", async () => {
    const { wiki, site, written } = await open();
    const [likely, other] = await written(async () => [
      await wiki.addPage({ title: "Likely", slug: "café!" }),
      await wiki.addPage({ title: "Other", slug: "café" }),
    ]);
    await written(() => wiki.createPage("A", "a", "[[Café!]]"));
    expect(await site.backlinks(likely?.page.id ?? "")).toMatchObject([{ title: "A" }]);
    expect(await site.backlinks(other?.page.id ?? "")).toEqual([]);
    expect((await site.orphans()).map(({ title }) => title)).toEqual(["A", "Other"]);
  });

  it("resolves a link by title to the only page with it, or else to the last page that had it", async () => {
    const { wiki, site, written, rebuild } = await open();
    const ids = await written(async () => {
      const one = await wiki.addPage({ title: "Getting started", slug: "guide" });
      const other = await wiki.addPage({ title: "Other", slug: "other" });
      await wiki.createPage("Linking", "linking", "[[getting  STARTED]]");
      return [one.page.id, other.page.id];
    });
    const [one = "", other = ""] = ids;
    const key = "getting started";
    const done: number[] = [];
    const then = async (commands: () => Promise<unknown>) => {
      await written(commands);
      done.push(await wiki.position());
    };
    await then(async () => undefined);
    await then(() => wiki.editPage(other, { title: "Getting Started" }));
    await then(() => wiki.editPage(one, { title: "Guide" }));
    await then(() => wiki.editPage(other, { title: "Other" }));
    await then(() => wiki.archivePage(other));
    await then(() => wiki.unarchivePage(other));
    await then(() => wiki.editPage(one, { slug: "getting-started" }));
    await then(() => wiki.editPage(other, { title: "Getting Started" }));
    await then(() => wiki.editPage(one, { slug: "guide" }));
    const seen = async (at?: number) => {
      const range = at === undefined ? {} : { at };
      const backlinks = await Promise.all(ids.map(async (id) => (await site.backlinks(id, range)).length));
      const holder = (await site.titleHolders([key, "nothing"], at)).get(key);
      const wanted = (await site.wantedPages(range)).map(({ slug }) => slug);
      return [...backlinks, holder?.kind, (await site.pagesTitled(key, range)).length, ...wanted];
    };
    const expected = [
      [1, 0, "only", 1],
      [0, 0, "several", 2],
      [0, 1, "only", 1],
      [0, 1, "former", 0],
      [0, 0, undefined, 0, "getting-started"],
      [0, 1, "former", 0],
      [1, 0, "former", 0],
      [1, 0, "only", 1],
      [0, 1, "only", 1],
    ];
    expect(await seen()).toEqual(expected.at(-1));
    for (const build of [async () => {}, rebuild]) {
      await build();
      expect(await Promise.all(done.map(seen))).toEqual(expected);
      expect((await site.orphans({ at: done[1] ?? 0 })).map(({ title }) => title)).toEqual([
        "Getting Started",
        "Getting started",
        "Linking",
      ]);
      expect(await site.pagesTitled(key, { at: done[1] ?? 0, limit: 1, offset: 1 })).toMatchObject([
        { id: other, slug: "other", title: "Getting Started" },
      ]);
    }
  });

  it("lists pages that no other page links to as orphans", async () => {
    const { wiki, site, written } = await open();
    const linking = await written(async () => {
      await wiki.createPage("Linked", "linked", "[[linked]]");
      await wiki.createPage("Alone", "alone", "[[alone]]");
      return wiki.addPage({ title: "Linking", slug: "linking", body: "[[linked]] [[alone-too]]" });
    });
    const orphans = async () => (await site.orphans()).map(({ title }) => title);
    expect(await orphans()).toEqual(["Alone", "Linking"]);
    await written(() => wiki.updateSlug("linked", "renamed"));
    expect(await orphans()).toEqual(["Alone", "Linking"]);
    await written(() => wiki.archivePage(linking.page.id));
    expect(await orphans()).toEqual(["Alone", "Linked"]);
    expect(await site.wantedPages()).toEqual([]);
  });

  it("finds the slugs that lead to a page, current or former", async () => {
    const { wiki, site, written, rebuild } = await open();
    const led = async (slugs: readonly string[]) => [...(await site.slugHolders(slugs)).keys()].sort();
    expect(await led(["a"])).toEqual([]);
    const archived = await written(async () => {
      await wiki.createPage("A", "a", "[[wanted]]");
      await wiki.createPage("Café", "café/été");
      await wiki.updateSlug("a", "moved");
      return wiki.addPage({ title: "Gone", slug: "gone" });
    });
    const slugs = ["moved", "wanted", "a", "a", "café/été", "gone", 'not "there"'];
    expect(await led(slugs)).toEqual(["a", "café/été", "gone", "moved"]);
    expect((await site.slugHolders(["a"])).get("a")).toMatchObject({ slug: "moved" });
    expect(await led([])).toEqual([]);
    await written(() => wiki.archivePage(archived.page.id));
    expect(await led(slugs)).toEqual(["a", "café/été", "moved"]);
    await rebuild();
    expect(await led(slugs)).toEqual(["a", "café/été", "moved"]);
  });

  it("resolves relative links from the new slug when their page moves", async () => {
    const { wiki, site, written, rebuild } = await open();
    const ids = await written(async () => {
      const pages = [];
      for (const slug of ["book/two", "two", "shelf/two"])
        pages.push(await wiki.addPage({ title: slug, slug }));
      const body = "[next](two) [again](/book/two) [up](../two#x) [home](..)";
      pages.push(await wiki.addPage({ title: "One", slug: "book/one", body }));
      return pages.map(({ page }) => page.id);
    });
    const [inBook = "", top = "", inShelf = "", one = ""] = ids;
    const linked = async (at?: number) => {
      const range = at === undefined ? {} : { at };
      const found = [inBook, top, inShelf].map(async (id) => (await site.backlinks(id, range)).length);
      return Promise.all(found);
    };
    const done: number[] = [await wiki.position()];
    const then = async (command: () => Promise<unknown>) => {
      await written(command);
      done.push(await wiki.position());
    };
    await then(() => wiki.editPage(one, { slug: "shelf/one" }));
    await then(() => wiki.editPage(one, { slug: "shelf/1" }));
    await then(() => wiki.editPage(one, { slug: "one", body: "[next](two) [wanted](./three)" }));
    await then(() => wiki.undoEdit(one, { version: 5 }));
    await then(() => wiki.archivePage(one));
    await then(() => wiki.unarchivePage(one, { slug: "book/part/one" }));
    const expected = [
      [1, 1, 0],
      [1, 1, 1],
      [1, 1, 1],
      [0, 1, 0],
      [1, 1, 1],
      [0, 0, 0],
      [1, 0, 0],
    ];
    expect(await linked()).toEqual(expected.at(-1));
    expect((await site.wantedPages()).map(({ slug }) => slug)).toEqual(["book", "book/part/two"]);
    for (const build of [async () => {}, rebuild]) {
      await build();
      expect(await Promise.all(done.map(linked))).toEqual(expected);
      expect(await site.wantedPages({ at: done[3] ?? 0 })).toEqual([{ slug: "three", count: 1 }]);
    }
  });

  it("lists more than 1,000 backlinks in the order of creation, through every slug of the page", async () => {
    const { wiki, site, written } = await open();
    const { page } = await written(() => wiki.addPage({ title: "Hub", slug: "hub", body: "[[hub]]" }));
    const ids = await written(async () => {
      const linking: string[] = [];
      for (let number = 0; number <= MAX_SORTED_BACKLINKS; number += 1) {
        const body = number % 3 === 0 ? "[[hub]]" : number % 3 === 1 ? "[[Café!]]" : "[[hub]] [[Café!]]";
        const created = await wiki.addPage({ title: `${9_999 - number}`, slug: `p-${number}`, body });
        linking.push(created.page.id);
      }
      await wiki.updateSlug("hub", "café");
      return linking;
    });
    const backlinks = async (range: SiteRange) => (await site.backlinks(page.id, range)).map(({ id }) => id);
    expect(await backlinks({ limit: 2_000 })).toEqual(ids);
    expect(await backlinks({ limit: 3, offset: 700 })).toEqual(ids.slice(700, 703));
    expect(await backlinks({ limit: 3, at: await wiki.position() })).toEqual(ids.slice(0, 3));
    await written(() => wiki.createPage("Likely", "café!"));
    expect((await backlinks({ limit: 2_000 })).length).toBeLessThan(700);
    expect((await site.backlinks(page.id, { limit: 1 }))[0]?.title).toBe("9000");
  });

  it("processes and looks up thousands of links", async () => {
    const { wiki, site, written } = await open();
    const slugs = Array.from({ length: 20_000 }, (_, index) => (index + 20_000).toString(36));
    await written(async () => {
      await wiki.createPage("Many", "many", slugs.map((slug) => `[[${slug}]]`).join(""));
      await wiki.createPage("Last", slugs.at(-1) ?? "");
    });
    const wanted = await site.wantedPages({ limit: slugs.length });
    expect(wanted.map(({ slug }) => slug)).toEqual(slugs.slice(0, -1));
    expect([...(await site.slugHolders(slugs)).keys()]).toEqual(slugs.slice(-1));
  });
});
