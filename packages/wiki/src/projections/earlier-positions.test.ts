import { CodedError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachViewStore, type WikiWithViews } from "../../../../test/views.ts";
import type { PageDetails } from "../application/pages.ts";
import { parsePage } from "../content/parsed-page.ts";
import { matches } from "../content/search/match.ts";
import { pageWords, readableText } from "../content/search/page-text.ts";
import { parseQuery } from "../content/search/query.ts";
import { SYSTEM } from "../domain/user.ts";
import { searchPages } from "./search.ts";

// `[[Café!]]` links to "café!", or else to "café".
const SLUGS = ["a", "b", "c", "d/e", "wanted", "café", "café!"];
/** With the targets of relative links. */
const LINKED = [...SLUGS, "other", "e", "d/a", "d/other"];
const QUERIES = ["dog", "do", "cat -dog", "dog cat", '"dog cat" OR zebra', "tit", "archived OR wanted"];

const slug = fc.constantFrom(...SLUGS);
const piece = fc.oneof(
  slug.map((name) => `[[${name}]]`),
  slug.map((name) => `[it](/${name}) `),
  fc.constantFrom("e", "./a", "../b", "other", "..").map((path) => `[it](${path}) `),
  fc.constant("[[Café!]]"),
  fc.constantFrom("[x]", "[x]: /b", "dog ", "cat ", "dogma ", "zebra ", "\n", "\n\n", "- ", "`code` "),
);
const body = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
const title = fc.constantFrom("Title", "Dog", "Cat and dog", "Zebra");
const page = fc.nat(5);
const version = fc.integer({ min: 1, max: 12 });

const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("create" as const), slug, title, body }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("body" as const), page, body }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("title" as const), page, title }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("slug" as const), page, slug }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("all" as const), page, title, slug, body }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("archive" as const), page }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("unarchive" as const), page, slug }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restore" as const), page, version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("undo" as const), page, version }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** Runs a command. Ignores one that is refused. */
async function run({ wiki }: WikiWithViews, ids: string[], command: Command): Promise<void> {
  const id = "page" in command ? (ids[command.page % Math.max(1, ids.length)] ?? "none") : "none";
  try {
    switch (command.kind) {
      case "create":
        if (ids.length < 6) ids.push((await wiki.addPage(command)).page.id);
        return;
      case "archive":
        await wiki.archivePage(id);
        return;
      case "unarchive":
        await wiki.unarchivePage(id, { slug: command.slug });
        return;
      case "restore":
        await wiki.restorePage(id, { version: command.version });
        return;
      case "undo":
        await wiki.undoEdit(id, { version: command.version });
        return;
      default: {
        const { kind: _, page: __, ...fields } = command;
        await wiki.editPage(id, fields);
      }
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
  }
}

/** Resolves to the answers of the views. */
async function answers({ site }: WikiWithViews, ids: readonly string[], at?: number) {
  const range = { limit: 1_000, ...(at === undefined ? {} : { at }) };
  return {
    backlinks: await Promise.all(ids.map((id) => site.backlinks(id, range))),
    wanted: await site.wantedPages(range),
    orphans: await site.orphans(range),
    existing: [...(await site.existingSlugs(LINKED, at))].sort(),
  };
}

async function pagesAt({ wiki }: WikiWithViews, ids: readonly string[], at: number): Promise<PageDetails[]> {
  const pages = await Promise.all(ids.map((id) => wiki.getPageAt(id, at).catch(() => undefined)));
  return pages.filter((one) => one !== undefined && !one.archived).filter((one) => one !== undefined);
}

/** Resolves to the same answers, computed from the events. */
async function expected(
  views: WikiWithViews,
  pages: readonly PageDetails[],
  ids: readonly string[],
  at: number,
) {
  const leadsTo = async (name: string) => {
    const found = await views.wiki.resolveSlug(name, at);
    return found.kind === "page" || found.kind === "moved" ? found.page.id : undefined;
  };
  const links: { from: string; to: string | undefined; slug: string }[] = [];
  for (const { id, title, slug, body } of pages) {
    for (const [likely, other] of parsePage(title, body).linksOn(slug)) {
      const to = (await leadsTo(likely)) ?? (other === undefined ? undefined : await leadsTo(other));
      if (to !== id) links.push({ from: id, to, slug: likely });
    }
  }
  const named = pages
    .map(({ id, slug, title }) => ({ id, slug, title }))
    .sort((one, other) => compare(one.title, other.title));
  const linkingPages = new Map<string, Set<string>>();
  for (const { from, slug } of links.filter(({ to }) => to === undefined)) {
    linkingPages.set(slug, (linkingPages.get(slug) ?? new Set()).add(from));
  }
  const existing = await Promise.all(LINKED.map(async (name) => ((await leadsTo(name)) ? [name] : [])));
  return {
    backlinks: ids.map((to) =>
      named.filter(({ id }) => links.some((link) => link.from === id && link.to === to)),
    ),
    wanted: Array.from(linkingPages, ([name, from]) => ({ slug: name, count: from.size })).sort(
      (one, other) => other.count - one.count || compare(one.slug, other.slug),
    ),
    orphans: named.filter(({ id }) => !links.some(({ to }) => to === id)),
    existing: existing.flat().sort(),
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Expects that candidates include the pages that matched at this position, and that the index finds the current ones. */
async function expectMatches(views: WikiWithViews, pages: readonly PageDetails[], at: number): Promise<void> {
  for (const typed of QUERIES) {
    const query = parseQuery(typed);
    const candidates = await views.search.candidates(query);
    const found = pages.filter((one) => matches(query, pageWords(one.title, readableText(one.body))));
    expect(candidates).toEqual(expect.arrayContaining(found.map(({ id }) => id)));
    if (at !== (await views.wiki.position())) continue;
    const { hits } = await searchPages(views.search, typed, { limit: 100 });
    expect(hits.map((hit) => hit.page.id).sort()).toEqual(found.map(({ id }) => id).sort());
  }
}

onEachViewStore("views at earlier positions", (open) => {
  it("return the results of that position, regardless of later events", async () => {
    const sequence = fc.noBias(fc.array(command, { minLength: 40, maxLength: 60, size: "max" }));
    for (const commands of fc.sample(sequence, { numRuns: 2, seed: 11 })) {
      const views = await open();
      const ids: string[] = [];
      const checked: { at: number; pages: PageDetails[]; expected: Awaited<ReturnType<typeof expected>> }[] =
        [];
      for (const command of commands) {
        await views.written(() => run(views, ids, command));
        const at = await views.wiki.position();
        if (at === checked.at(-1)?.at || at === 0) continue;
        const pages = await pagesAt(views, ids, at);
        const current = await expected(views, pages, ids, at);
        checked.push({ at, pages, expected: current });
        expect(await answers(views, ids)).toEqual(current);
        await expectMatches(views, pages, at);
      }
      expect(checked.length).toBeGreaterThan(15);
      const rows = await views.rows();
      await views.rebuild();
      expect(await views.rows()).toEqual(rows);
      for (const { at, pages, expected } of checked) {
        // Pages that were created later have no backlinks yet.
        const backlinks = ids.map((_, index) => expected.backlinks[index] ?? []);
        expect(await answers(views, ids, at)).toEqual({ ...expected, backlinks });
        await expectMatches(views, pages, at);
      }
      expect(await answers(views, ids, 0)).toMatchObject({ wanted: [], orphans: [], existing: [] });
    }
  });

  it("resolve slugs through renames, reuse and archiving", async () => {
    const { wiki, site, written } = await open();
    const at: number[] = [];
    const done = async (commands: () => Promise<unknown>) =>
      at.push(
        await written(async () => {
          await commands();
          return wiki.position();
        }),
      );
    const [first, other] = await written(async () => [
      (await wiki.addPage({ title: "First", slug: "one" })).page.id,
      (await wiki.addPage({ title: "Linking", slug: "linking", body: "[[one]] [[two]]" })).page.id,
    ]);
    const [id = "", linking = ""] = [first, other];
    const second = { id: "" };
    await done(async () => undefined);
    await done(() => wiki.updateSlug("one", "two"));
    await done(() => wiki.updateSlug("two", "three"));
    await done(async () => {
      second.id = (await wiki.addPage({ title: "Second", slug: "one" })).page.id;
    });
    await done(() => wiki.archivePage(second.id));
    await done(() => wiki.archivePage(id));
    await done(() => wiki.unarchivePage(id, { slug: "one" }));
    await done(() => wiki.archivePage(linking));
    const led = await Promise.all(
      at.map(async (position) => [...(await site.existingSlugs(["one", "two", "three"], position))].sort()),
    );
    expect(led).toEqual([
      ["one"],
      ["one", "two"],
      ["one", "three", "two"],
      ["one", "three", "two"],
      ["three", "two"],
      [],
      ["one", "three", "two"],
      ["one", "three", "two"],
    ]);
    const linked = async (to: string) =>
      Promise.all(at.map(async (position) => (await site.backlinks(to, { at: position })).length));
    expect(await linked(id)).toEqual([1, 1, 1, 1, 1, 0, 1, 0]);
    expect(await linked(second.id)).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    const wanted = async (position: number) =>
      (await site.wantedPages({ at: position })).map(({ slug }) => slug);
    expect(await wanted(at[0] ?? 0)).toEqual(["two"]);
    expect(await wanted(at[4] ?? 0)).toEqual(["one"]);
    expect(await site.archivedPages()).toMatchObject([
      { id: linking, slug: "linking", title: "Linking", userId: SYSTEM },
      { id: second.id, slug: "one", title: "Second" },
    ]);
    const [archiving] = await wiki.record.history(linking, { limit: 1 });
    expect((await site.archivedPages({ limit: 1 }))[0]?.at).toEqual(archiving?.at);
    expect(await site.archivedPages({ limit: 1, offset: 2 })).toEqual([]);
  });

  it("include links that were restored later and words that were removed later, in batches of any size", async () => {
    const { wiki, site, search, written, rebuild } = await open();
    const { page: target } = await written(() => wiki.addPage({ title: "Target", slug: "target" }));
    const { page: one } = await written(() =>
      wiki.addPage({ title: "One", slug: "one", body: "[[target]] aardvark" }),
    );
    await written(() => wiki.editPage(one.id, { body: "nothing" }));
    const without = await wiki.position();
    await written(() => wiki.restorePage(one.id, { version: 1 }));
    const shown = async (at?: number) =>
      (await site.backlinks(target.id, at === undefined ? {} : { at })).map(({ title }) => title);
    for (const build of [async () => {}, rebuild]) {
      await build();
      expect([await shown(without - 1), await shown(without), await shown()]).toEqual([["One"], [], ["One"]]);
      expect(await search.candidates(parseQuery("nothing"))).toEqual([one.id]);
      expect(await search.candidates(parseQuery("aardv nothing"))).toEqual([]);
      expect(await search.candidates(parseQuery("nothing aardv"))).toEqual([one.id]);
      expect(await search.candidates(parseQuery('-target "one nothing" OR target'))).toHaveLength(2);
      expect(await search.candidates(parseQuery(""))).toEqual([]);
      expect((await searchPages(search, "nothing")).total).toBe(0);
    }
  });
});
