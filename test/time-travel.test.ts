// The wiki as it was, as people read it: screens of the past show what was then, and their links stay there.

import { setTimeout } from "node:timers/promises";
import { asUser } from "@palimpsest/eventsourcing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressesAt, type ReadingAddresses } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { type Account, openWikiServer, type WikiServer } from "./fixtures/wiki-server.ts";

let wiki: WikiServer;
let editor: Account;
const ids = { welcome: "", first: "", second: "" };

/** What happened, in this order; each is the name of the moment after it. */
const STEPS = [
  "written",
  "renamed",
  "taken over",
  "edited",
  "archived",
  "taken again",
  "brought back",
] as const;
type Step = (typeof STEPS)[number];
const moments = new Map<Step, string>();

beforeAll(async () => {
  wiki = await openWikiServer();
  editor = await wiki.account("editor", "Editor One");
  wiki.wiki.views.runner.start();
  const { content } = wiki.wiki;
  const commands: Record<Step, () => Promise<unknown>> = {
    written: async () => {
      const welcome = { title: "Welcome", slug: "welcome", body: "See [[bread]] and [[cake]]." };
      const bread = { title: "Bread", slug: "bread", body: "Flour, water. Back to [[welcome]]." };
      ids.welcome = (await content.addPage(welcome)).page.id;
      ids.first = (await content.addPage(bread)).page.id;
    },
    renamed: () => content.editPage(ids.first, { slug: "baking/sourdough", title: "Sourdough" }),
    "taken over": async () => {
      const draft = { title: "All breads", slug: "bread", body: "One is [[baking/sourdough]]." };
      ids.second = (await content.addPage(draft)).page.id;
    },
    edited: () => content.editPage(ids.welcome, { title: "Start", body: "Only [[bread]], rye too." }),
    archived: () => content.archivePage(ids.second, { summary: "Nobody bakes" }),
    "taken again": () => content.addPage({ title: "Third", slug: "bread", body: "Toast." }),
    "brought back": () => content.unarchivePage(ids.second, { slug: "breads" }),
  };
  for (const step of STEPS) {
    await asUser(editor.id, commands[step]);
    const [last] = await content.notificationLog.select({ start: await content.position(), limit: 1 });
    const at = last?.recordedAt ?? new Date(0);
    moments.set(step, at.toISOString());
    // What comes next has a later instant of its own.
    while (Date.now() <= at.getTime()) await setTimeout(1);
  }
  await wiki.wiki.views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
});
afterAll(() => wiki.close());

const at = (step: Step): ReadingAddresses => addressesAt(moments.get(step) ?? "");

async function read(url: string, as?: Account) {
  const answer = await wiki.ask("GET", url, as === undefined ? {} : { as });
  const [, main = ""] = /<main[^>]*>([\s\S]*)<\/main>/.exec(answer.body) ?? [];
  return {
    status: answer.statusCode,
    location: answer.headers.location,
    html: answer.body,
    main,
    text: main.replace(/<[^>]+>/g, " ").replace(/\s+/g, " "),
    links: Array.from(main.matchAll(/<a\b[^>]*href="([^"]*)"/g), ([, href = ""]) => unescaped(href)),
  };
}

function unescaped(html: string): string {
  return html.replaceAll("&amp;", "&").replaceAll("&quot;", '"');
}

describe("a page of the past", () => {
  it("is what it was, with title, address and text of then", async () => {
    expect((await read(at("written").page("bread"))).text).toMatch(/Bread Version 1, .*Flour, water/);
    expect((await read(at("renamed").page("baking/sourdough"))).text).toMatch(/Sourdough Version 3/);
    expect((await read(at("taken over").page("bread"))).text).toContain("All breads");
    expect((await read(at("brought back").page("bread"))).text).toContain("Toast");
  });

  it("is the start, where it was", async () => {
    expect((await read(at("taken over").home)).text).toContain("Welcome Version 1");
    expect((await read(at("edited").home)).text).toContain("Start Version 3");
  });

  it("was found under the address it had before, within that time", async () => {
    const moved = await read(at("renamed").page("bread"));
    expect(moved).toMatchObject({ status: 308, location: at("renamed").page("baking/sourdough") });
    const asked = await read(at("written").page("BREAD"));
    expect(asked).toMatchObject({ status: 308, location: at("written").page("bread") });
  });

  it("says that its address had meant another page, when it had", async () => {
    const taken = await read(at("taken over").page("bread"));
    expect(taken.text).toMatch(/This address used to lead to Sourdough/);
    expect(taken.links).toContain(at("taken over").page("baking/sourdough"));
    expect((await read(at("written").page("bread"))).text).not.toContain("used to lead");
    expect((await read(at("taken again").page("bread"))).text).toMatch(/All breads , which was archived/);
  });

  it("that was not there yet, or no more, is told of as such", async () => {
    const yet = await read(at("written").page("baking/sourdough"));
    expect(yet.status).toBe(404);
    expect(yet.text).toContain("Nobody had written baking/sourdough yet");
    const gone = await read(at("archived").page("bread"), editor);
    expect(gone.status).toBe(404);
    expect(gone.text).toMatch(/All breads was archived on .* by Editor One : Nobody bakes/);
  });

  it("marks the links to pages that were not there yet", async () => {
    const { main } = await read(at("written").page("welcome"));
    expect(main).toContain(`<a href="${at("written").page("bread")}">`);
    expect(main).toContain(`<a href="${at("written").page("cake")}" class="wanted">`);
    expect((await read(at("archived").home)).main).toContain('class="wanted">bread');
  });

  it("offers nothing to those who may write", async () => {
    for (const url of [at("edited").home, at("edited").page("gone"), at("edited").wanted()]) {
      const { html } = await read(url, editor);
      expect(html).not.toMatch(/\/-\/(new|edit|rename)|method="post" action="(?!\/-\/sign-out)/);
    }
  });
});

describe("a list of the past", () => {
  const titles = async (url: string) =>
    Array.from((await read(url)).main.matchAll(/<a class="title"[^>]*><bdi>([^<]*)/g), ([, title]) => title);

  it("has the pages of then, by their titles of then", async () => {
    expect(await titles(at("written").allPages())).toEqual(["Bread", "Welcome"]);
    expect(await titles(at("edited").allPages())).toEqual(["All breads", "Sourdough", "Start"]);
    expect(await titles(at("archived").allPages())).toEqual(["Sourdough", "Start"]);
  });

  it("finds what was written then, and not what came later or was gone", async () => {
    expect(await titles(at("written").search("flour"))).toEqual(["Bread"]);
    expect(await titles(at("renamed").search("flour"))).toEqual(["Sourdough"]);
    expect(await titles(at("taken over").search("cake"))).toEqual(["Welcome"]);
    expect(await titles(at("edited").search("cake"))).toEqual([]);
    expect(await titles(at("edited").search("rye"))).toEqual(["Start"]);
    expect(await titles(at("archived").search("breads"))).toEqual([]);
  });

  it("says what was wanted, what nothing linked to, and what linked where", async () => {
    expect(await titles(at("written").wanted())).toEqual(["cake"]);
    expect(await titles(at("archived").wanted())).toEqual(["bread"]);
    expect(await titles(at("written").orphans())).toEqual([]);
    expect(await titles(at("edited").orphans())).toEqual([]);
    expect(await titles(at("archived").orphans())).toEqual(["Sourdough"]);
    expect(await titles(at("taken over").backlinks("bread"))).toEqual(["Welcome"]);
    expect(await titles(at("taken over").backlinks("baking/sourdough"))).toEqual(["All breads"]);
    expect((await read(at("archived").backlinks("bread"))).status).toBe(404);
  });
});

describe("the changes of the past", () => {
  it("are those up to then, of pages by their names of then, wherever the list begins", async () => {
    const renamed = await read(at("renamed").changes());
    expect(renamed.text).toMatch(/Sourdough .* Sourdough .* Sourdough .* Welcome/);
    expect(renamed.text).not.toMatch(/Bread |All breads|diff|History/);
    const beyond = await read(at("renamed").changes({}, "999"));
    expect(beyond.text).toMatch(/Sourdough .* Sourdough .* Sourdough .* Welcome/);
    expect(beyond.text).not.toContain("All breads");
    expect((await read(at("renamed").changes({ page: ids.second }))).text).toContain(
      strings.changes.noneMatch,
    );
  });

  it("of a page that was archived then do not lead to its address", async () => {
    const { main } = await read(at("archived").changes({ page: ids.second }));
    expect(main).toContain('<bdi class="title">All breads</bdi>');
  });
});

describe("an instant", () => {
  it("before everything has an empty wiki", async () => {
    const before = addressesAt("2001-01-01T00:00:00.000Z");
    expect((await read(before.home)).text).toContain("Nothing was written yet");
    for (const url of [
      before.allPages(),
      before.wanted(),
      before.orphans(),
      before.search("a"),
      before.changes(),
    ]) {
      expect((await read(url)).status).toBe(200);
    }
    expect((await read(before.page("bread"))).status).toBe(404);
  });

  it("to come shows the present, and says so", async () => {
    const { text, html } = await read(addressesAt("2999-01-01T00:00:00.000Z").page("bread"));
    expect(text).toContain("Toast");
    expect(html).toContain("in the future");
  });

  it("has one spelling, to which others lead", async () => {
    const canonical = addressesAt("2026-03-03T11:00:00.000Z");
    for (const spelled of ["2026-03-03T11:00Z", "2026-03-03T12:00:00+01:00", "2026-03-03T11:00:00"]) {
      const answer = await read(`/-/at/${encodeURIComponent(spelled)}/-/search?q=a%20b`);
      expect(answer).toMatchObject({ status: 308, location: canonical.search("a b") });
    }
    const day = await read("/-/at/2026-03-03");
    expect(day.location).toBe(addressesAt("2026-03-03T23:59:59.999Z").home);
  });

  it.each(["yesterday", "2026-02-30", "1772539200"])(
    "that is none, %s, is refused in words",
    async (text) => {
      for (const url of [`/-/at/${text}/bread`, `/-/at?instant=${text}`]) {
        const answer = await read(url);
        expect(answer.status).toBe(400);
        expect(answer.text).toContain(text);
        expect(answer.text).toContain("2026-03-03T12:00:00Z");
      }
    },
  );

  it("is asked for by a form, which stays on the page or the screen", async () => {
    const then = at("written");
    const typed = encodeURIComponent((moments.get("written") ?? "").replace("Z", ""));
    expect((await read("/-/at")).main).toContain('type="datetime-local"');
    const ways = {
      "": then.home,
      [`&page=${ids.first}`]: then.page("bread"),
      [`&page=${ids.second}`]: then.home,
      [`&below=${encodeURIComponent("-/search?q=a")}`]: `${then.home}-/search?q=a`,
      [`&below=${encodeURIComponent("../../../../evil")}`]: "/evil",
    };
    for (const [more, location] of Object.entries(ways)) {
      expect(await read(`/-/at?instant=${typed}${more}`)).toMatchObject({ status: 303, location });
    }
  });

  it("is left to the page's present address, or to the same screen", async () => {
    const { html } = await read(at("written").page("bread"));
    expect(html).toContain(`<a href="/-/page/${ids.first}">${strings.earlier.backToToday}</a>`);
    expect(await read(`/-/page/${ids.first}`)).toMatchObject({ status: 302, location: "/baking/sourdough" });
    expect((await read(at("written").wanted())).html).toContain(
      `<a href="/-/wanted">${strings.earlier.backToToday}</a>`,
    );
  });
});

describe("every link of the past", () => {
  it.each(STEPS)("stays there, and none is dead: %s", async (step) => {
    const { home } = at(step);
    const seen = new Set<string>([home]);
    const wanted = new Set<string>();
    const dead: string[] = [];
    for (const url of seen) {
      const { status, location, html } = await read(url);
      if (status === 308) seen.add(String(location));
      if (status !== 200 && status !== 308 && !(status === 404 && wanted.has(url))) dead.push(url);
      expect(html).toMatch(status === 308 ? /^/ : /<aside class="past"/);
      const [crumbs = ""] = /<ol class="crumbs">[\s\S]*?<\/ol>/.exec(html) ?? [];
      for (const [tag, href = ""] of linksBeyondBar(html)) {
        const to = unescaped(href).replace(/#.*/, "");
        if (to === "") continue;
        // What is above a page by its address, and what a page wanted, need not have been there.
        const mayLack = /class="wanted"/.test(tag) || crumbs.includes(tag) || url === at(step).wanted();
        if (mayLack) wanted.add(to);
        seen.add(to);
      }
    }
    expect([...seen].filter((url) => !url.startsWith(home))).toEqual([]);
    expect(dead).toEqual([]);
    expect(seen.size).toBeGreaterThanOrEqual(7);
  });

  /** The links and forms of a document, but for the account's in the masthead and those of the bar. */
  function linksBeyondBar(html: string): Iterable<RegExpExecArray> {
    const rest = html
      .replace(/<div class="person">[\s\S]*?<\/header>/, "")
      .replace(/<aside class="past"[\s\S]*?<\/aside>/, "");
    return rest.matchAll(/<(?:a|form)\b[^>]*(?:href|action)="([^"]*)"[^>]*>/g);
  }
});

describe("a page by its id", () => {
  it("is found at any version, wherever it is by now", async () => {
    const { text, links, html } = await read(`/-/page/${ids.first}?version=1`);
    expect(text).toMatch(/Version 1 of 3, saved on .* by Editor One .*Bread .*Flour/);
    expect(links).toContain(`/-/page/${ids.first}?version=2`);
    expect(links).not.toContain(`/-/page/${ids.first}?version=0`);
    expect(links).toContain(`/-/page/${ids.first}/diff?from=1&to=3`);
    expect(html).toContain("noindex");
    const then = links.find((link) => link.startsWith("/-/at/")) ?? "";
    expect((await read(then)).text).toContain("Flour, water");
    const last = await read(`/-/page/${ids.first}?version=3`);
    expect(last.links).toContain(`/-/page/${ids.first}?version=2`);
    expect(last.text).not.toContain("What changed since");
  });

  it("at the version with which it was archived, and before, is as it was", async () => {
    const archived = await read(`/-/page/${ids.second}?version=2`);
    expect(archived.text).toContain("With it, the page was archived");
    expect((await read(`/-/page/${ids.second}?version=1`)).text).not.toContain("With it");
  });

  it.each([
    ["4", 404],
    ["0", 400],
    ["x", 400],
    ["", 400],
  ])("has no version “%s”", async (version, status) => {
    expect((await read(`/-/page/${ids.first}?version=${version}`)).status).toBe(status);
  });

  it("that there is not, is told of as such", async () => {
    for (const id of ["00000000-0000-4000-8000-000000000000", "nothing"]) {
      expect((await read(`/-/page/${id}`)).status).toBe(404);
    }
  });
});

describe("an archived page", () => {
  let id: string;

  beforeAll(async () => {
    const { content, views } = wiki.wiki;
    await asUser(editor.id, async () => {
      const draft = { title: "<i>Yeast</i>", slug: "yeast", body: "Rises. [[bread]]" };
      id = (await content.addPage(draft)).page.id;
      await content.archivePage(id, { summary: "Dry yeast it is" });
    });
    await views.runner.waitFor(undefined, await content.position(), { timeoutMs: 10_000 });
  });

  it("is told of at its address, where a new one can be written", async () => {
    const here = await read("/yeast", editor);
    expect(here.status).toBe(404);
    expect(here.text).toMatch(/was archived on .* by Editor One : Dry yeast it is/);
    expect(here.links).toEqual(
      expect.arrayContaining([`/-/page/${id}`, "/-/new?slug=yeast", "/-/slug/yeast"]),
    );
  });

  it("is read by its id, and brought back by those who may write", async () => {
    const reader = await read(`/-/page/${id}`);
    expect(reader.status).toBe(200);
    expect(reader.text).toMatch(/&lt;i>Yeast.*Archived on .* by Editor One.*Dry yeast it is.*Rises/);
    expect(reader.main).not.toContain("<form");
    const { main } = await read(`/-/page/${id}`, editor);
    expect(main).toContain(`method="post" action="/-/page/${id}/unarchive"`);
    expect(main).toContain(`name="base" value="${id}.2"`);
    expect(main).toMatch(/name="slug"[^>]* value="yeast"/);
  });

  it("whose address another has by now is brought back to one of its own", async () => {
    const { content } = wiki.wiki;
    await asUser(editor.id, () => content.addPage({ title: "Dry yeast", slug: "yeast", body: "" }));
    const { main, text } = await read(`/-/page/${id}`, editor);
    expect(text).toContain("which leads to Dry yeast now");
    expect(main).not.toMatch(/name="slug"[^>]* value="/);
    const successor = await read("/yeast");
    expect(successor.text).toMatch(/used to lead to &lt;i>Yeast.* , which is archived/);
    expect(successor.links).toContain(`/-/page/${id}`);
  });

  it("is in the list of those, and in no other", async () => {
    const { text, links } = await read("/-/archived");
    expect(text).toMatch(/&lt;i>Yeast.* yeast .* by Editor One/);
    expect(links).toContain(`/-/page/${id}`);
    expect((await read("/-/pages")).links).toContain("/-/archived");
    expect((await read("/-/archived?cursor=50")).text).toContain("No more pages.");
  });
});

describe("the forms that archive a page and bring it back", () => {
  const cookies = new Map<string, string>();

  /** Sends what a browser would, and keeps the cookies of the answer. */
  async function send(method: "GET" | "POST", url: string, form?: URLSearchParams) {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const answer = await wiki.server.inject({
      ...{ method, url },
      headers: { cookie, authorization: `Bearer ${editor.token}`, ...type },
      ...(form === undefined ? {} : { payload: form.toString() }),
    });
    for (const { name, value } of answer.cookies) cookies.set(name, value);
    return answer;
  }

  /** Fills in the form that posts to `action` on the screen at `url`, and sends it. */
  async function submit(url: string, action: string, values: Record<string, string>) {
    const { body } = await send("GET", url);
    const [form = ""] = new RegExp(`<form[^>]*action="${action}".*?</form>`, "s").exec(body) ?? [];
    const hidden = form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g);
    const fields = Object.fromEntries(Array.from(hidden, ([, name = "", value = ""]) => [name, value]));
    return send("POST", action, new URLSearchParams({ ...fields, ...values }));
  }

  it("do so, and say so on the screen that follows", async () => {
    const draft = { title: "Rye", slug: "rye", body: "Sour." };
    const { page } = await asUser(editor.id, () => wiki.wiki.content.addPage(draft));
    const byId = `/-/page/${page.id}`;
    const archived = await submit("/rye", `${byId}/archive`, { summary: "Mouldy" });
    expect([archived.statusCode, archived.headers.location]).toEqual([303, byId]);
    const shown = await send("GET", byId);
    expect(shown.body).toContain("The page is archived. Its record is kept.");
    expect(shown.body).toContain("Mouldy");

    const back = await submit(byId, `${byId}/unarchive`, { slug: "rye-bread", summary: "" });
    expect([back.statusCode, back.headers.location]).toEqual([303, "/rye-bread"]);
    expect((await send("GET", "/rye-bread")).body).toContain("The page is back.");
    expect(await read("/rye")).toMatchObject({ status: 308, location: "/rye-bread" });
  });
});

describe("the history of an address", () => {
  it("has every page that had it, and when it was free, newest first", async () => {
    const { text, links } = await read("/-/slug/bread");
    expect(text).toMatch(
      /Third .*– now.*No page .*Released by Editor One.*All breads .*No page .*Sourdough /,
    );
    expect(links).toContain(at("taken over").page("bread"));
    for (const link of links) expect([link, (await read(link)).status]).toEqual([link, 200]);
  });

  it("that nobody ever had says so, and what cannot be one is refused", async () => {
    expect((await read("/-/slug/never")).text).toContain("No page has had this address.");
    expect((await read("/-/slug/-/x")).status).toBe(400);
    expect((await read("/-/slug/BREAD")).location).toBe("/-/slug/bread");
  });
});

describe("what was merged", () => {
  it("is told once, with what others and what oneself wrote", async () => {
    const headers = { cookie: "palimpsest.notice=merged.1.2.3" };
    const answer = await wiki.ask("GET", "/baking/sourdough", { headers });
    expect(answer.body).toContain(`href="/-/page/${ids.first}/diff?from=1&amp;to=2"`);
    expect(answer.body).toContain(`href="/-/page/${ids.first}/diff?from=2&amp;to=3"`);
    expect(String(answer.headers["set-cookie"])).toMatch(/palimpsest.notice=;/);
  });

  it.each(["merged", "merged.1.x.3", "merged.1.2"])("and how is not said by %s", async (notice) => {
    const headers = { cookie: `palimpsest.notice=${notice}` };
    const { body } = await wiki.ask("GET", "/baking/sourdough", { headers });
    expect(body).toContain("Saved. The version before is kept.");
  });
});

describe("whoever may not read", () => {
  it("may not read the past either", async () => {
    const members = await openWikiServer("memory", { PALIMPSEST_READING: "members" });
    members.wiki.views.runner.start();
    const reader = await members.account("reader");
    const urls = ["/-/at", "/-/at/2026-03-03T12:00:00.000Z/", "/-/at/nonsense/x", "/-/archived", "/-/slug/a"];
    for (const url of urls) {
      const answer = await members.ask("GET", url);
      expect(`${url} ${answer.statusCode} ${answer.headers.location}`).toMatch(/ 303 \/-\/sign-in\?return=/);
      expect((await members.ask("GET", url, { as: reader })).statusCode).not.toBe(303);
    }
    await members.close();
  });
});
