// The record of a page as people see it: history, differences, authorship, and the forms that restore, undo, archive.

import { asUser } from "@palimpsest/eventsourcing";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PageDetails } from "../packages/wiki/src/application/pages.ts";
import { addresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { launchBrowser } from "./browser.ts";
import { type Account, openWikiServer, PASSWORD, type WikiServer } from "./fixtures/wiki-server.ts";

const NOBODY = "00000000-0000-4000-8000-000000000000";
let wiki: WikiServer;
let one: Account;
let two: Account;
let reader: Account;
let page: PageDetails;

// All tests share the wiki and its people, and each has a page of its own at /rota.
beforeAll(async () => {
  wiki = await openWikiServer("memory", { PALIMPSEST_SIGN_INS_PER_MINUTE: "1000" });
  [one, two, reader] = [
    await wiki.account("editor", "Editor One"),
    await wiki.account("editor", "Editor Two"),
    await wiki.account("reader", "Reader One"),
  ];
  wiki.wiki.views.runner.start();
});
afterAll(() => wiki.close());

beforeEach(async () => {
  const { content } = wiki.wiki;
  for (const slug of ["rota", "duty"]) {
    const before = await content.resolveSlug(slug);
    if (before.kind === "page") await asUser(one.id, () => content.archivePage(before.page.id));
  }
  const draft = { title: "Rota", slug: "rota", body: "Monday.\r\nTuesday.\r\n", summary: "Begun" };
  page = (await asUser(one.id, () => content.addPage(draft))).page;
});

const edit = async (who: Account, fields: Parameters<WikiServer["wiki"]["content"]["editPage"]>[1]) =>
  (await asUser(who.id, () => wiki.wiki.content.editPage(page.id, fields))).page;
const present = () => wiki.wiki.content.getPageById(page.id);

const get = async (url: string, as?: Account, status = 200): Promise<string> => {
  const answer = await wiki.ask("GET", url, { ...(as === undefined ? {} : { as }) });
  expect(answer.statusCode, answer.body).toBe(status);
  return answer.body;
};

const post = (url: string, as: Account, fields: Record<string, string>): Promise<LightMyRequestResponse> =>
  wiki.ask("POST", url, {
    as,
    payload: new URLSearchParams(fields).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

/** The sentence about an argument that is not valid. */
const invalid = (argument: string) => `The value of “${argument}” isn’t valid.`;

const baseOf = ({ id, version }: PageDetails) => `${id}.${version}`;
const noticeOf = (answer: LightMyRequestResponse) =>
  answer.cookies.find(({ name }) => name === "palimpsest.notice")?.value;
const wentTo = (answer: LightMyRequestResponse) => {
  expect(answer.statusCode, answer.body).toBe(303);
  return [answer.headers.location, noticeOf(answer)];
};

describe("the history of a page", () => {
  it("says of each save what it did, by whom and why, however lately it was", async () => {
    await edit(two, { title: "On-call", slug: "duty", body: "Monday.\r\n", summary: "<Shorter>" });
    const html = await get(addresses.history(page.id));
    expect(html).toContain("History of <bdi>On-call</bdi>");
    expect(html).toContain("Versions 2–4");
    expect(html).toContain('Title changed from <bdi class="name">Rota</bdi>');
    expect(html).toContain('address changed from <code dir="auto">/rota</code>');
    expect(html).toContain("&lt;Shorter>");
    expect(html).toContain(`href="/-/changes?person=${two.id}"><bdi>Editor Two</bdi>`);
    expect(html).toContain(`href="/-/page/${page.id}/diff?from=1&amp;to=4"`);
    expect(html).toMatch(/href="\/-\/at\/[^"]+Z\/duty"/);
    expect(html).toMatch(/href="\/-\/at\/[^"]+Z\/rota"/);
  });

  it("has buttons for those who may write alone", async () => {
    await edit(two, { body: "Monday.\r\n" });
    expect(await get(addresses.history(page.id), reader)).not.toContain("formaction");
    const html = await get(addresses.history(page.id), one);
    expect(html).toContain(`value="${page.id}.2"`);
    expect(html).toContain(`formaction="/-/page/${page.id}/undo" name="version" value="2"`);
    expect(html).toContain(`formaction="/-/page/${page.id}/restore" name="version" value="1"`);
    // Neither the present version restored nor the page's creation undone.
    expect(html.match(/formaction=/g)).toHaveLength(2);
  });

  it("goes on in parts, none of which cuts a save in two", async () => {
    for (let n = 0; n < 40; n++) await edit(n % 2 ? one : two, { title: `Title ${n}`, body: `Text ${n}.` });
    const seen: string[] = [];
    let next: string | undefined = addresses.history(page.id);
    for (let parts = 0; next !== undefined && parts < 5; parts++) {
      const html: string = await get(next);
      seen.push(...[...html.matchAll(/>(Versions? [\d–]+)<\/a>/g)].map(([, name = ""]) => name));
      next = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    const saves = Array.from({ length: 40 }, (_, n) => `Versions ${80 - 2 * n}–${81 - 2 * n}`);
    expect(seen).toEqual([...saves, "Version 1"]);
    expect(await get(addresses.history(page.id, 1))).toContain("There are no older versions.");
  });

  it("is there of archived pages, and says so", async () => {
    await asUser(one.id, () => wiki.wiki.content.archivePage(page.id, { summary: "Done" }));
    const html = await get(addresses.history(page.id), one);
    expect(html).toContain("This page is archived");
    expect(html).toContain("Archived");
    expect(html).not.toContain("formaction");
  });

  it("is not there of pages that are not, nor of numbers that are none", async () => {
    await get(addresses.history(NOBODY), undefined, 404);
    await get("/-/page/nonsense/history", undefined, 404);
    expect(await get(`/-/page/${page.id}/history?before=x`, undefined, 400)).toContain(invalid("before"));
  });

  it("is no stranger's where reading takes an account", async () => {
    const closed = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
    const { history, diff, authorship, changes } = addresses;
    for (const address of [history(page.id), diff(page.id), authorship(page.id), changes()]) {
      const answer = await closed.ask("GET", address);
      expect(wentTo(answer)).toEqual([addresses.signIn(address), "required"]);
    }
    await closed.close();
  });
});

describe("the difference between versions", () => {
  beforeEach(async () => {
    await edit(two, { title: "On-call", body: "Monday.\r\nWednesday, [[nowhere]].\r\n", summary: "Later" });
  });

  it("is at first what the newest version did", async () => {
    const html = await get(addresses.diff(page.id));
    expect(html).toContain(">Version 1</a>");
    expect(html).toContain(">Version 3</a>");
    expect(html).toContain("<del>Tuesday.</del>");
    expect(html).toContain("<ins>Wednesday, [[nowhere]].</ins>");
    expect(html).toContain(`href="/-/page/${page.id}/diff?from=0&amp;to=1&amp;view=columns" rel="prev"`);
    expect(html).not.toContain('rel="next"');
  });

  it("shows titles, in each view, between any two", async () => {
    for (const view of ["columns", "lines", "rendered"]) {
      const html = await get(addresses.diff(page.id, 1, 3, view), one);
      expect(html).toContain('<del dir="auto">Rota</del> <ins dir="auto">On-call</ins>');
      expect(html).toContain("Undo this edit");
    }
    const rendered = await get(addresses.diff(page.id, 1, 3, "rendered"));
    expect(rendered).toMatch(/<del>Tuesday/);
    expect(rendered).toContain('class="wanted"');
    expect(rendered).not.toContain("Undo this edit");
  });

  it("begins with nothing, and may be none", async () => {
    const first = await get(addresses.diff(page.id, 0, 1), one);
    expect(first).toContain("Nothing yet");
    expect(first).toContain("<ins>Monday.</ins>");
    expect(first).not.toContain("Undo this edit");
    expect(await get(addresses.diff(page.id, 2, 2))).toContain("There is no difference");
    expect(await get(addresses.diff(page.id, 1, 2))).toContain("The text is the same in both versions");
  });

  it("shows line endings that changed, and nothing else of those lines", async () => {
    await edit(one, { body: "Monday.\nWednesday, [[nowhere]].\n" });
    const html = await get(addresses.diff(page.id));
    expect(html.match(/<del class="ending">CRLF<\/del>/g)).toHaveLength(2);
    expect(html).toContain('<ins class="ending">LF</ins>');
    expect(html).not.toContain("<del>Monday");
  });

  it("leads from edit to edit, though it may begin within one", async () => {
    await edit(one, { body: "Friday." });
    const html = await get(addresses.diff(page.id, 2, 3));
    expect(html).toContain('diff?from=1&amp;to=2&amp;view=columns" rel="prev"');
    expect(html).toContain('diff?from=3&amp;to=4&amp;view=columns" rel="next"');
  });

  it("as readers see it is there side by side and in one column", async () => {
    await edit(one, { body: "Monday.\r\nThursday, [[nowhere]].\r\n\r\n# New\r\n" });
    const sides = await get(addresses.diff(page.id, 3, 4, "rendered-columns"));
    expect(sides).toMatch(/>Version 3<\/th><th[^>]*>Version 4<\/th>/);
    expect(sides).toMatch(/class="side before"><div[^>]*><p[^>]*>Monday.\s<del>Wednesday<\/del>, <a href=/);
    expect(sides).toMatch(/class="side after"><div[^>]*><p[^>]*>Monday.\s<ins>Thursday<\/ins>, /);
    expect(sides).toMatch(
      /class="side before none"><\/td><td class="side after"><div[^>]*><ins class="block">/,
    );
    const column = await get(addresses.diff(page.id, 3, 4, "rendered"));
    expect(column).toContain("<del>Wednesday</del><ins>Thursday</ins>");
    for (const view of ["columns", "lines", "rendered-columns", "rendered"]) {
      expect(column).toContain(`view=${view}"`);
    }
    await edit(one, { body: "" });
    await edit(one, { body: "\r\n" });
    const nothing = await get(addresses.diff(page.id, 5, 6, "rendered-columns"));
    expect(nothing).toContain("Neither version shows anything");
  });

  it("as readers see it is drawn as far as a browser can", async () => {
    await edit(one, { body: "# Word\n".repeat(3_000) });
    const html = await get(addresses.diff(page.id, 3, 4, "rendered-columns"));
    expect(html).toContain("There is more that differs");
    expect(html.match(/<tr/g)?.length).toBe(2_001);
  });

  it("of versions in the wrong order is that of the right one", async () => {
    const answer = await wiki.ask("GET", addresses.diff(page.id, 3, 1, "lines"));
    expect(answer.headers.location).toBe(addresses.diff(page.id, 1, 3, "lines"));
  });

  it("draws no more than a browser can", async () => {
    await edit(one, { body: "word\n".repeat(30_000) });
    const html = await get(addresses.diff(page.id, undefined, undefined, "lines"));
    expect(html).toContain("There is more that differs");
    expect(html.match(/<tr>/g)?.length).toBeLessThan(4_100);
  });

  it("of a very long page is one of its source alone", async () => {
    await edit(one, { body: "Word. ".repeat(30_000) });
    expect(await get(addresses.diff(page.id, 3, 4, "rendered"))).toContain("too long to be compared");
    expect(await get(addresses.diff(page.id, 3, 4))).toContain("<ins>Word. Word.");
  });

  it("is not there of unknown versions, and says what is expected", async () => {
    await get(addresses.diff(page.id, 1, 99), undefined, 404);
    await get(addresses.diff(NOBODY, 0, 1), undefined, 404);
    expect(await get(`/-/page/${page.id}/diff?from=x`, undefined, 400)).toContain(invalid("from"));
    expect(await get(`/-/page/${page.id}/diff?to=0`, undefined, 400)).toContain(invalid("to"));
    expect(await get(`/-/page/${page.id}/diff?view=x`, undefined, 400)).toContain(invalid("view"));
  });
});

describe("who wrote what", () => {
  it("names who wrote each part, of any version, in the source and beside the page", async () => {
    await edit(two, { body: "Monday.\r\nTuesday.\r\n\r\nAnd <b>Wednesday</b>.\r\n" });
    const source = await get(addresses.authorship(page.id));
    expect(source).toContain('title="Editor One, ');
    expect(source).toContain("And &lt;b>Wednesday&lt;/b>.");
    expect(source).toMatch(/class="authored author-1" href="[^"]+from=1&amp;to=2" title="Editor Two/);
    expect(source).toMatch(/Editor Two<\/bdi>[^%]+5\d %/);
    const rendered = await get(addresses.authorship(page.id, undefined, "rendered"));
    expect(rendered).toMatch(/Written by <a href="[^"]+"><bdi>Editor One/);
    expect(rendered).toMatch(/in version 2<\/a>/);
    const first = await get(addresses.authorship(page.id, 1));
    expect(first).not.toContain("Editor Two");
    expect(first).toContain("100 %");
  });

  it("marks the words of the page by who wrote them, and names in the note who was last", async () => {
    await edit(two, { body: "Monday.\r\nTuesday, [Wednesday](/wednesday) and <b>.\r\n" });
    const html = await get(addresses.authorship(page.id, undefined, "rendered"));
    const marked = [...html.matchAll(/<span class="authored (author-\d)" title="([^,"]+)[^>]*>([^<]*)</g)];
    expect(marked.map(([, ...mark]) => mark)).toEqual([
      ["author-2", "Editor One", "Monday.\nTuesday"],
      ["author-1", "Editor Two", ", "],
      ["author-1", "Editor Two", "Wednesday"],
      ["author-1", "Editor Two", " and &lt;b&gt;"],
      ["author-2", "Editor One", "."],
    ]);
    const note = /<p class="margin-note">(.*?)<\/p>/.exec(html)?.[1]?.replace(/<[^>]*>/g, "");
    expect(note).toMatch(
      /^Mostly by Editor Two, also by Editor One; last added to by Editor Two in version 2, /,
    );
  });

  it("says it when nothing is written", async () => {
    await edit(two, { body: "" });
    expect(await get(addresses.authorship(page.id))).toContain("nobody wrote it");
  });

  it("is not there of unknown versions, and says what is expected", async () => {
    await get(addresses.authorship(page.id, 7), undefined, 404);
    expect(await get(`/-/page/${page.id}/authorship?version=0`, undefined, 400)).toContain(
      invalid("version"),
    );
    expect(await get(`/-/page/${page.id}/authorship?view=x`, undefined, 400)).toContain(invalid("view"));
  });
});

describe("forms of the record", () => {
  it("restore a version, and say so", async () => {
    const base = baseOf(await edit(two, { body: "Nothing.\r\n" }));
    const answer = await post(addresses.restore(page.id), one, { base, version: "1", summary: "Better" });
    expect(wentTo(answer)).toEqual([addresses.page("rota"), "restored"]);
    expect(await present()).toMatchObject({ body: page.body, version: 3, modifiedBy: one.id });
    expect(await get(addresses.history(page.id))).toContain(">version 1</a>");
    const again = await post(addresses.restore(page.id), one, { base: `${page.id}.3`, version: "1" });
    expect(wentTo(again)).toEqual([addresses.page("rota"), "unchanged"]);
  });

  it("undo an edit and keep later ones", async () => {
    await edit(two, { body: "Monday.\r\nWednesday.\r\n" });
    const base = baseOf(await edit(one, { title: "On-call" }));
    const answer = await post(addresses.undo(page.id), one, { base, version: "2" });
    expect(wentTo(answer)).toEqual([addresses.page("rota"), "undone"]);
    expect(await present()).toMatchObject({ body: page.body, title: "On-call" });
    expect(await get(addresses.history(page.id))).toContain("Took back");
  });

  it("show what is in the way of undoing, and ways on", async () => {
    await edit(two, { body: "Monday.\r\nWednesday.\r\n" });
    const base = baseOf(await edit(one, { body: "Monday.\r\nThursday <i>.\r\n" }));
    const answer = await post(addresses.undo(page.id), one, { base, version: "2" });
    expect(answer.statusCode).toBe(409);
    for (const text of ["Wednesday.", "Thursday &lt;i>.", "Tuesday.", 'href="/-/edit/rota"']) {
      expect(answer.body).toContain(text);
    }
    expect(answer.body).toContain(addresses.diff(page.id, 1, 2).replace("&", "&amp;"));
    expect(answer.body).toContain(addresses.diff(page.id, 2, 3).replace("&", "&amp;"));
    expect(await present()).toMatchObject({ version: 3 });
  });

  it("show what is in the way of restoring what was drawn for an older version", async () => {
    const seen = await edit(two, { body: "Monday.\r\nWednesday.\r\n" });
    await edit(one, { body: "Monday.\r\nThursday.\r\n" });
    const answer = await post(addresses.restore(page.id), two, { base: baseOf(seen), version: "1" });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain("Since version 2, which you saw");
    expect(await present()).toMatchObject({ version: 3 });
  });

  it("show that undoing would need an address that is another page's by now", async () => {
    await edit(two, { slug: "duty", body: "Monday.\r\n" });
    const base = baseOf(await present());
    const { page: other } = await asUser(two.id, () =>
      wiki.wiki.content.addPage({ title: "Another", slug: "rota" }),
    );
    const answer = await post(addresses.undo(page.id), one, { base, version: "2" });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain("The address is in use");
    expect(answer.body).toContain('<code dir="auto">/rota</code>');
    expect(answer.body).toContain(`href="${addresses.page(other.slug)}"`);
    expect(answer.body).toContain('href="/-/edit/duty"');
    expect(answer.body).toContain(addresses.diff(page.id, 1, 3).replace("&", "&amp;"));
    expect(await present()).toMatchObject({ slug: "duty", version: 3 });
  });

  it("do not undo the creation of a page, nor change an archived one", async () => {
    const base = baseOf(page);
    const first = await post(addresses.undo(page.id), one, { base, version: "1" });
    expect([first.statusCode, first.body.includes("it created the page")]).toEqual([422, true]);
    await edit(one, { body: "New." });
    const archived = await asUser(one.id, () => wiki.wiki.content.archivePage(page.id));
    const restored = await post(addresses.restore(page.id), one, {
      base: baseOf(archived.page),
      version: "1",
    });
    expect([restored.statusCode, restored.body.includes("The page is archived")]).toEqual([409, true]);
  });

  it("archive a page and bring it back", async () => {
    const answer = await post(addresses.archive(page.id), one, { base: baseOf(page), summary: "Old" });
    expect(wentTo(answer)).toEqual([addresses.pageById(page.id), "archived"]);
    expect(await present()).toMatchObject({ archived: true });
    const again = await post(addresses.archive(page.id), one, { base: `${page.id}.2` });
    expect(wentTo(again)).toEqual([addresses.pageById(page.id), "unchanged"]);
    const back = await post(addresses.unarchive(page.id), one, { base: `${page.id}.2`, slug: "" });
    expect(wentTo(back)).toEqual([addresses.page("rota"), "unarchived"]);
  });

  it("archive no page that changed since it was looked at, before that was seen", async () => {
    await edit(two, { body: "Important.\r\n" });
    const answer = await post(addresses.archive(page.id), one, { base: baseOf(page), summary: "Old" });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain(`value="${page.id}.2"`);
    expect(await present()).toMatchObject({ archived: false });
  });

  it("ask for another address where a page came back to one that is taken", async () => {
    await post(addresses.archive(page.id), one, { base: baseOf(page) });
    await asUser(two.id, () => wiki.wiki.content.addPage({ title: "New", slug: "rota" }));
    const base = `${page.id}.2`;
    const taken = await post(addresses.unarchive(page.id), one, { base, summary: "Back" });
    expect([taken.statusCode, taken.body.includes('value="rota"')]).toEqual([422, true]);
    expect(taken.body).toContain("used by another page");
    const invalid = await post(addresses.unarchive(page.id), one, { base, slug: "-/x" });
    expect([invalid.statusCode, invalid.body.includes('value="-/x"')]).toEqual([422, true]);
    const free = await post(addresses.unarchive(page.id), one, { base, slug: "rota-of-old" });
    expect(wentTo(free)).toEqual([addresses.page("rota-of-old"), "unarchived"]);
  });

  const commands = ["restore", "undo", "archive", "unarchive"] as const;

  it.each(commands)("%s nothing for those who may not", async (command) => {
    const url = addresses[command](page.id);
    const fields = { base: baseOf(page), version: "1" };
    expect((await post(url, reader, fields)).statusCode).toBe(403);
    const stranger = await wiki.ask("POST", url, {
      payload: new URLSearchParams(fields).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", origin: "http://localhost" },
    });
    expect(wentTo(stranger)).toEqual([addresses.signIn(), "required"]);
    expect(await present()).toMatchObject({ version: 1, archived: false });
  });

  it.each(commands)("%s nothing that is not there, or not named rightly", async (command) => {
    const url = addresses[command](page.id);
    const fields = { base: baseOf(page), version: "1" };
    expect((await post(addresses[command](NOBODY), one, fields)).statusCode).toBe(404);
    expect((await post(url, one, { ...fields, base: "" })).statusCode).toBe(412);
    expect((await post(url, one, { ...fields, base: `${NOBODY}.1` })).statusCode).toBe(412);
    expect((await post(url, one, { ...fields, base: `${page.id}.9` })).statusCode).toBe(412);
    expect(await present()).toMatchObject({ version: 1 });
  });

  it.each(["restore", "undo"] as const)("%s no version that is not there", async (command) => {
    const base = baseOf(page);
    expect((await post(addresses[command](page.id), one, { base, version: "9" })).statusCode).toBe(404);
    for (const fields of [{ version: "x" }, { version: "" }, { version: "0" }, {}]) {
      const answer = await post(addresses[command](page.id), one, { base, ...fields });
      expect([answer.statusCode, answer.body.includes(invalid("version"))]).toEqual([400, true]);
    }
  });
});

describe("the changes of all pages", () => {
  const changes = async (filter: Parameters<typeof addresses.changes>[0], status = 200) => {
    const position = await wiki.wiki.content.position();
    await wiki.wiki.views.runner.waitFor(undefined, position, { timeoutMs: 10_000 });
    return get(addresses.changes(filter), undefined, status);
  };

  it("are those of one person, page or kind, if one likes", async () => {
    await edit(two, { title: "On-call", summary: "By the second" });
    await asUser(one.id, () => wiki.wiki.content.addPage({ title: "Other", summary: "Of the other" }));
    const ofTwo = await changes({ person: two.id });
    expect(ofTwo).toContain("By the second");
    expect(ofTwo).not.toContain("Of the other");
    expect(ofTwo).toContain("By <bdi>Editor Two</bdi>");
    const ofPage = await changes({ page: page.id });
    expect(ofPage).toContain("Of <bdi>On-call</bdi>");
    expect(ofPage).not.toContain("Of the other");
    const created = await changes({ kind: "created" });
    expect(created).toContain("Of the other");
    expect(created).not.toContain("By the second");
    expect(await changes({ kind: "archived", page: page.id })).toContain(strings.changes.noneMatch);
    expect(await changes({ kind: "" })).toContain("By the second");
  });

  it("are none of whom and what nobody knows; what cannot be is refused", async () => {
    expect(await changes({ person: NOBODY })).toContain(strings.changes.noneMatch);
    expect(await changes({ page: NOBODY })).toContain(strings.changes.unknownPage);
    expect(await changes({ person: "x" }, 400)).toContain(invalid("person"));
    expect(await changes({ page: "x" }, 400)).toContain(invalid("page"));
    expect(await changes({ kind: "x" }, 400)).toContain(invalid("kind"));
    expect(await get("/-/changes?before=x", undefined, 400)).toContain(invalid("before"));
  });
});

describe("in a browser without JavaScript", () => {
  let origin: string;
  beforeAll(async () => {
    origin = await wiki.server.listen({ host: "127.0.0.1", port: 0 });
  });

  it("what readers see is compared side by side, lined up, and in a narrow window in one column", async () => {
    await edit(one, {
      body: "# On-call\n\nThe first paragraph.\n\nالقاعدة الأولى هي كتابة الاختبارات\n\nSame.\n",
    });
    const body = "# On-call\n\nThe other paragraph.\n\n> New\n\nالقاعدة الأولى هي كتابة الأمثلة\n\nSame.\n";
    await edit(two, { body });
    const browser = await launchBrowser();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: origin });
    const window = await context.newPage();
    await window.goto(addresses.diff(page.id, 2, 3));
    // Each line of a difference runs as its own text does.
    const lines = window.locator(".diff .text.went > div, .diff .text.came > div");
    const directions = await lines.evaluateAll((all) =>
      all.map((line) => [line.matches(":dir(rtl)"), /القاعدة/.test(line.textContent ?? "")]),
    );
    expect(directions.filter(([, isArabic]) => isArabic)).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(directions.every(([rtl, isArabic]) => rtl === isArabic)).toBe(true);
    // From the view that is open, three steps back to it by keyboard.
    const ways = window.getByRole("navigation", { name: "Ways to see the difference" });
    await ways.getByRole("link", { name: "Source side by side" }).focus();
    await window.keyboard.press("Tab");
    await window.keyboard.press("Tab");
    await window.keyboard.press("Enter");
    await window.waitForURL(/view=rendered-columns/);
    expect(await ways.locator("[aria-current]").innerText()).toBe("Page side by side");
    const rows = window.locator(".pair");
    const shown = await rows.evaluateAll((all) =>
      all.map((row) =>
        [...row.children].map((cell) => {
          const { left, top } = (cell.firstElementChild ?? cell).getBoundingClientRect();
          return { left, top, text: (cell as HTMLElement).innerText.replace(/^Added:\s*/, "").trim() };
        }),
      ),
    );
    expect(shown.map((cells) => cells.map(({ text }) => text))).toEqual([
      ["On-call", "On-call"],
      ["The first paragraph.", "The other paragraph."],
      ["", "New"],
      ["القاعدة الأولى هي كتابة الاختبارات", "القاعدة الأولى هي كتابة الأمثلة"],
      ["Same.", "Same."],
    ]);
    for (const [one, other] of shown) {
      expect(one?.left).toBeLessThan(other?.left ?? 0);
      if (one?.text !== "") expect(one?.top).toBe(other?.top);
    }
    await window.setViewportSize({ width: 320, height: 700 });
    const cells = await window.locator(".side").evaluateAll((all) =>
      all.flatMap((cell) => {
        const { left, height } = cell.getBoundingClientRect();
        return height === 0 ? [] : [left];
      }),
    );
    // What is equal, or only on one side, is there once.
    expect(cells).toHaveLength(7);
    expect(new Set(cells).size).toBe(1);
    await browser.close();
  });

  it("versions are chosen and compared, an edit undone with a reason, a version restored", async () => {
    await edit(two, { body: "Monday.\r\nWednesday.\r\n" });
    await edit(one, { title: "On-call" });
    const browser = await launchBrowser();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: origin });
    context.setDefaultTimeout(20_000);
    const window = await context.newPage();
    const main = window.getByRole("main");
    await window.goto(addresses.signIn(addresses.history(page.id)));
    await window.getByLabel("E-mail").fill(one.email);
    await window.getByLabel("Password").fill(PASSWORD);
    await main.getByRole("button", { name: "Sign in" }).click();

    await main.getByRole("radio", { name: "from version 1" }).check();
    await main.getByRole("radio", { name: "to version 2" }).check();
    await main.getByRole("button", { name: "Compare" }).click();
    expect(await main.locator(".compared").innerText()).toMatch(/Version 1,[\s\S]*Version 2,/);
    expect(await main.locator("del").allInnerTexts()).toEqual(["Tuesday."]);
    await main.getByText("Undo this edit").first().click();
    await main.getByLabel(strings.forms.reason).fill("Too early");
    await main.getByRole("button", { name: "Undo this edit" }).click();
    expect(await main.innerText()).toContain("The edit is undone");
    expect(await present()).toMatchObject({ body: page.body, title: "On-call", version: 4 });

    await window.goto(addresses.history(page.id));
    expect(await main.innerText()).toContain("Too early");
    await main.getByRole("button", { name: "Restore version 1" }).click();
    expect(await main.innerText()).toContain("is restored");
    expect(await present()).toMatchObject({ title: "Rota", version: 5 });
    await browser.close();
  });
});
