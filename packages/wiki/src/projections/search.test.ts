import { LimitExceededError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachViewStore, type WikiWithViews } from "../../../../test/views.ts";
import { matches } from "../content/search/match.ts";
import { pageWords, readableText } from "../content/search/page-text.ts";
import { MAX_QUERY_UNITS, MAX_QUERY_WORDS, parseQuery } from "../content/search/query.ts";
import { wordsOf } from "../content/search/words.ts";
import { MAX_RESULTS, searchPages } from "./search.ts";

const WORDS = [
  "dog",
  "dogma",
  "do",
  "cat",
  "Café",
  "c++",
  "C#",
  "node.js",
  "東京",
  "京",
  "ガ",
  "น้ำ",
  "ОЁ",
  "straße",
  "x".repeat(70),
];
const word = fc.constantFrom(...WORDS);
const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(" "));
const term = fc.oneof(
  word,
  text.map((words) => `"${words}"`),
  fc.tuple(word, fc.nat(3)).map(([whole, cut]) => whole.slice(0, cut + 1)),
);
const query = fc
  .array(
    fc.oneof(
      term,
      term.map((excluded) => `-${excluded}`),
      fc.constantFrom("OR", "OR", '"', "(", "'"),
    ),
    {
      maxLength: 7,
    },
  )
  .map((parts) => parts.join(" "))
  .filter((typed) => wordCountOf(typed) <= MAX_QUERY_WORDS);

function wordCountOf(typed: string): number {
  return Array.from(wordsOf(typed)).length;
}

async function titlesOf({ search }: WikiWithViews, typed: string): Promise<string[]> {
  return (await searchPages(search, typed, { limit: 1_000 })).hits.map(({ page }) => page.title);
}

onEachViewStore("search", (open) => {
  it("finds the same pages as the model for any pages and queries", async () => {
    const views = await open();
    const drafts = fc.sample(fc.record({ title: text, body: text }), { numRuns: 120, seed: 7 });
    const pages = new Map<string, { title: string; body: string }>();
    await views.written(async () => {
      for (const [index, { title, body }] of drafts.entries()) {
        const { page } = await views.wiki.addPage({ title: `${title} ${index}`, body });
        pages.set(page.id, page);
      }
    });
    await views.written(async () => {
      for (const id of [...pages.keys()].slice(0, 40)) {
        const body = pages.get(id)?.title ?? "";
        pages.set(id, (await views.wiki.editPage(id, { title: `Other ${body}`, body })).page);
      }
    });
    const words = Array.from(pages, ([id, { title, body }]) => ({
      id,
      words: pageWords(title, readableText(body)),
    }));
    const expectSamePages = async (typed: string) => {
      const parsed = parseQuery(typed);
      const expected = words.filter((page) => matches(parsed, page.words)).map(({ id }) => id);
      const { hits, total } = await searchPages(views.search, typed, { limit: 1_000 });
      expect(hits.map(({ page }) => page.id).sort()).toEqual(expected.sort());
      expect(total).toBe(expected.length);
    };
    await fc.assert(fc.asyncProperty(query, expectSamePages), { numRuns: 200 });
    await views.rebuild();
    await fc.assert(fc.asyncProperty(query, expectSamePages), { numRuns: 25 });
  });

  it("accepts every query", async () => {
    const views = await open();
    await views.written(() => views.wiki.createPage("A page", "a-page", "O'Brien writes c++"));
    const hostile = [
      '"',
      "c++",
      "a -b",
      "O'Brien",
      "(",
      "",
      "-x",
      "a:b",
      "NEAR(a b)",
      "a*",
      "\\",
      "%_",
      "\0",
      "\ud800",
      "title:a",
    ];
    for (const typed of hostile) await searchPages(views.search, typed);
    for (const part of ["a ", "a OR ", "-a b ", '"a b" ', "a b OR -c ", "東", "a.", "ﷺ"]) {
      const long = part.repeat(1_000).slice(0, MAX_QUERY_UNITS);
      await searchPages(views.search, long).catch((error) => {
        expect(error).toBeInstanceOf(LimitExceededError);
      });
    }
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 30 }), async (typed) => {
        await searchPages(views.search, typed);
      }),
    );
    expect(await titlesOf(views, "o'brien c++")).toEqual(["A page"]);
  });

  it("orders exact titles first, then titles, then texts", async () => {
    const views = await open();
    await views.written(async () => {
      await views.wiki.createPage("Notes", "notes", `${"words ".repeat(50)} dog food`);
      await views.wiki.createPage("Dog food and more", "more");
      await views.wiki.createPage("Dog Food", "dog-food", "Nothing else");
    });
    expect(await titlesOf(views, "dog food")).toEqual(["Dog Food", "Dog food and more", "Notes"]);
  });

  it("returns ranges of hits with the total and snippets", async () => {
    const views = await open();
    await views.written(async () => {
      for (const number of [1, 2, 3])
        await views.wiki.createPage(`Page ${number}`, `page-${number}`, "A **dog** sat.");
    });
    const all = await titlesOf(views, "dog");
    const parts = await Promise.all(
      [0, 1, 2, 3].map((offset) => searchPages(views.search, "dog", { limit: 1, offset })),
    );
    expect(parts.flatMap(({ hits }) => hits.map(({ page }) => page.title))).toEqual(all);
    expect(parts.map(({ total }) => total)).toEqual([3, 3, 3, 3]);
    expect(await searchPages(views.search, "dog", { limit: 0 })).toEqual({ hits: [], total: 3 });
    expect(parts[0]?.hits[0]?.snippet).toEqual([
      { text: "A ", match: false },
      { text: "dog", match: true },
      { text: " sat.", match: false },
    ]);
  });

  it("ranks titles first and counts no further if very many pages match", async () => {
    const views = await open();
    const many = MAX_RESULTS + 2;
    await views.written(async () => {
      await views.wiki.createPage("Common", "common", "Nothing else");
      await views.wiki.createPage("Uncommon words", "uncommon", "commonly used");
      await views.wiki.createPage("The common good", "good", "Nothing else");
    });
    for (let number = 1; number <= many; ) {
      await views.written(async () => {
        for (const last = Math.min(number + 99, many); number <= last; number += 1) {
          await views.wiki.createPage(`Page ${number}`, `page-${number}`, "A common text.");
        }
      });
    }
    const found = await searchPages(views.search, "common");
    expect([found.total, found.moreThanTotal]).toEqual([MAX_RESULTS, true]);
    expect(found.hits.slice(0, 2).map(({ page }) => page.title)).toEqual(["Common", "The common good"]);
    const last = await searchPages(views.search, "common", { limit: 50, offset: MAX_RESULTS - 10 });
    expect([last.hits.length, last.total, last.moreThanTotal]).toEqual([10, MAX_RESULTS, true]);
    const after = await searchPages(views.search, "common", { offset: MAX_RESULTS });
    expect([after.hits, after.total]).toEqual([[], MAX_RESULTS]);
    const listed = (await searchPages(views.search, '"common"', { limit: MAX_RESULTS })).hits;
    expect(new Set(listed.map(({ page }) => page.id)).size).toBe(MAX_RESULTS);
    expect((await titlesOf(views, "-text common")).sort()).toEqual([
      "Common",
      "The common good",
      "Uncommon words",
    ]);
    expect((await titlesOf(views, 'text OR "common good"'))[0]).toBe("The common good");
    expect(await titlesOf(views, "commonl")).toEqual(["Uncommon words"]);
    expect(await searchPages(views.search, "common 1002")).toMatchObject({ total: 1 });
    expect(await searchPages(views.search, "common -1002 -good -else -commonly")).toMatchObject({
      total: MAX_RESULTS,
      moreThanTotal: true,
    });
  });

  it("follows changes of titles, slugs and bodies, and leaves out archived pages", async () => {
    const views = await open();
    const { page } = await views.written(() =>
      views.wiki.addPage({ title: "Old name", slug: "old", body: "first" }),
    );
    await views.written(() =>
      views.wiki.editPage(page.id, { title: "New name", slug: "new", body: "second" }),
    );
    expect([await titlesOf(views, "old"), await titlesOf(views, "first")]).toEqual([[], []]);
    const { hits } = await searchPages(views.search, "second");
    expect(hits.map((hit) => hit.page)).toEqual([{ id: page.id, slug: "new", title: "New name" }]);
    await views.written(() => views.wiki.archivePage(page.id));
    expect([await titlesOf(views, "second"), await titlesOf(views, "new")]).toEqual([[], []]);
    await views.written(() => views.wiki.unarchivePage(page.id));
    expect([await titlesOf(views, "second"), await titlesOf(views, "new")]).toEqual([
      ["New name"],
      ["New name"],
    ]);
  });

  it("finds words in every part of a long text", async () => {
    const views = await open();
    const body = `${"the same words again and again ".repeat(20_000)}a needle in hay NUL\0 \ud800`;
    await views.written(() => views.wiki.createPage("Long", "long", body));
    expect(await titlesOf(views, "needle")).toEqual(["Long"]);
    expect(await titlesOf(views, '"needle in hay"')).toEqual(["Long"]);
    expect(await titlesOf(views, '"in needle"')).toEqual([]);
    const many = Array.from({ length: 120_000 }, (_, index) => `w${index}`).join(" ");
    await views.written(() => views.wiki.createPage("Many", "many", many));
    expect(await titlesOf(views, "w100")).toEqual(["Many"]);
  });
});
