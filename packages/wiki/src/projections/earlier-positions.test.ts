import { randomBytes } from "node:crypto";
import { CodedError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachViewStore, type WikiWithViews } from "../../../../test/views.ts";
import type { PageDetails } from "../application/pages.ts";
import { Article, parseArticle } from "../content/article.ts";
import { ArticleFiles } from "../content/article-files.ts";
import { linkTarget, type NamedPage, type TitleHolder } from "../content/link-target.ts";
import { matches } from "../content/search/match.ts";
import { pageWords, readableText } from "../content/search/page-text.ts";
import { parseQuery } from "../content/search/query.ts";
import { titleKey } from "../content/title-key.ts";
import type { LinkNames } from "../content/wiki-links.ts";
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
  fc.constantFrom("[[Café!]]", "[[cat  AND dog]]", "[[dog]]", "[[Zebra]]"),
  fc.constantFrom("[x]", "[x]: /b", "dog ", "cat ", "dogma ", "zebra ", "\n", "\n\n", "- ", "`code` "),
);
const body = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
const TITLES = ["Title", "Dog", "Cat and dog", "Zebra", "Café!"];
const title = fc.constantFrom(...TITLES);
const page = fc.nat(5);
/** Some relative links name these files. */
const file = fc.constantFrom("E", "a", "other");
const version = fc.integer({ min: 1, max: 12 });

const create = fc.record({ kind: fc.constant("create" as const), slug, title, body });
const command = fc.oneof(
  { weight: 3, arbitrary: create },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("body" as const), page, body }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("title" as const), page, title }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("slug" as const), page, slug }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("all" as const), page, title, slug, body }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("archive" as const), page }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("unarchive" as const), page, slug }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restore" as const), page, version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("undo" as const), page, version }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("attach" as const), page, file }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), page, file }) },
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
      case "attach": {
        const received = await wiki.receiveFile(command.file, randomBytes(8));
        await wiki.attachFile(id, { ...received, replaces: "same-name" });
        return;
      }
      case "remove": {
        const { files } = await wiki.getPageById(id);
        const removed = files.find(({ name }) => name === command.file);
        if (removed !== undefined) await wiki.removeFile(id, { fileId: removed.id });
        return;
      }
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
    slugs: sortedEntries(await site.slugHolders(LINKED, at)),
    titles: sortedEntries(await site.titleHolders(TITLES.map(titleKey), at)),
    titled: await Promise.all(TITLES.map((one) => site.pagesTitled(titleKey(one), range))),
  };
}

function sortedEntries<Value>(map: ReadonlyMap<string, Value>) {
  return [...map].sort(([one], [other]) => compare(one, other));
}

async function pagesAt({ wiki }: WikiWithViews, ids: readonly string[], at: number): Promise<PageDetails[]> {
  const pages = await Promise.all(ids.map((id) => wiki.getPageAt(id, at).catch(() => undefined)));
  return pages.filter((one) => one !== undefined && !one.archived).filter((one) => one !== undefined);
}

/** Returns the pages that titles lead to after the last of `states`, which are the pages after each event. */
function titleHolders(states: readonly (readonly PageDetails[])[]): Map<string, TitleHolder> {
  const found = new Map<string, TitleHolder>();
  const nameOf = ({ id, slug }: PageDetails): NamedPage => ({ id, slug });
  const pages = states.at(-1) ?? [];
  for (const key of TITLES.map(titleKey)) {
    const titled = (state: readonly PageDetails[] = []) =>
      state.filter((one) => titleKey(one.title) === key).map(({ id }) => id);
    const [first, second] = pages.filter((one) => titled(pages).includes(one.id));
    const last = states.findLastIndex((state, index) =>
      titled(states[index - 1]).some((id) => !titled(state).includes(id)),
    );
    const lost = titled(states[last - 1]).find((id) => !titled(states[last]).includes(id));
    const former = pages.find(({ id }) => id === lost);
    if (second !== undefined) found.set(key, { kind: "several" });
    else if (first !== undefined) found.set(key, { kind: "only", page: nameOf(first) });
    else if (former !== undefined) found.set(key, { kind: "former", page: nameOf(former) });
  }
  return found;
}

/** Resolves to the same answers, computed from the events. */
async function expected(
  views: WikiWithViews,
  states: readonly (readonly PageDetails[])[],
  ids: readonly string[],
  at: number,
) {
  const pages = states.at(-1) ?? [];
  const slugs = await views.wiki.slugHolders(LINKED, at);
  const titles = titleHolders(states);
  const links: { from: string; to: string | undefined; slug: string; isWanted: boolean }[] = [];
  for (const page of pages) {
    const { id } = page;
    for (const names of shownLinks(page)) {
      const target = linkTarget(names, { slugs, titles });
      const to = target.kind === "page" ? target.id : undefined;
      if (to !== id) links.push({ from: id, to, slug: names[0], isWanted: target.kind === "nothing" });
    }
  }
  const named = pages
    .map(({ id, slug, title }) => ({ id, slug, title }))
    .sort((one, other) => compare(one.title, other.title));
  const linkingPages = new Map<string, Set<string>>();
  for (const { from, slug } of links.filter(({ isWanted }) => isWanted)) {
    linkingPages.set(slug, (linkingPages.get(slug) ?? new Set()).add(from));
  }
  return {
    backlinks: ids.map((to) =>
      named.filter(({ id }) => links.some((link) => link.from === id && link.to === to)),
    ),
    wanted: Array.from(linkingPages, ([name, from]) => ({ slug: name, count: from.size })).sort(
      (one, other) => other.count - one.count || compare(one.slug, other.slug),
    ),
    orphans: named.filter(({ id }) => !links.some(({ to }) => to === id)),
    slugs: sortedEntries(slugs),
    titles: sortedEntries(titles),
    titled: TITLES.map((one) =>
      created(pages, ids)
        .filter(({ title }) => titleKey(title) === titleKey(one))
        .map(({ id, slug, title }) => ({ id, slug, title })),
    ),
  };
}

/** Returns the links to pages in the HTML of a page. */
function shownLinks({ slug, body, files }: PageDetails): readonly LinkNames[] {
  const shown: LinkNames[] = [];
  const resolveLink = (names: LinkNames) => {
    shown.push(names);
    return { href: "/", isWanted: false };
  };
  new Article(parseArticle(body)).html({ resolveLink, linkBase: { slug }, files: new ArticleFiles(files) });
  return shown;
}

function created(pages: readonly PageDetails[], ids: readonly string[]): readonly PageDetails[] {
  return [...pages].sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
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
    const creates = fc.array(create, { minLength: 3, maxLength: 3 });
    const changes = fc.array(command, { minLength: 35, maxLength: 45, size: "max" });
    const sequence = fc.noBias(fc.tuple(creates, changes));
    for (const [first, others] of fc.sample(sequence, { numRuns: 2, seed: 11 })) {
      const commands = [...first, ...others];
      const views = await open();
      const ids: string[] = [];
      const states: PageDetails[][] = [];
      const checked: { at: number; pages: PageDetails[]; expected: Awaited<ReturnType<typeof expected>> }[] =
        [];
      for (const command of commands) {
        await views.written(() => run(views, ids, command));
        const at = await views.wiki.position();
        if (at === checked.at(-1)?.at || at === 0) continue;
        while (states.length <= at) states.push(await pagesAt(views, ids, states.length));
        const pages = states.at(-1) ?? [];
        const current = await expected(views, states, ids, at);
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
      expect(await answers(views, ids, 0)).toMatchObject({ wanted: [], orphans: [], slugs: [], titles: [] });
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
      at.map(async (position) =>
        [...(await site.slugHolders(["one", "two", "three"], position)).keys()].sort(),
      ),
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
