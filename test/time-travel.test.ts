// The wiki at earlier dates as people read it.

import { describe, expect, it } from "vitest";
import { addressesAt } from "../packages/wiki/src/web/addresses.ts";
import { strings } from "../packages/wiki/src/web/strings/strings.ts";
import { datedWiki, STEPS, unescaped } from "./fixtures/dated-wiki.ts";
import { openWikiServer } from "./fixtures/wiki-server.ts";

const dated = datedWiki();
const { read, at, ids, instantOf } = dated;

describe("a page at an earlier date", () => {
  it("has the title, address and text of that date", async () => {
    expect((await read(at("written").page("bread"))).text).toMatch(/Bread Version 1, .*Flour, water/);
    expect((await read(at("renamed").page("baking/sourdough"))).text).toMatch(/Sourdough Version 3/);
    expect((await read(at("slug reused").page("bread"))).text).toContain("All breads");
    expect((await read(at("unarchived").page("bread"))).text).toContain("Toast");
  });

  it("is home if its slug was welcome", async () => {
    expect((await read(at("slug reused").home)).text).toContain("Welcome Version 1");
    expect((await read(at("edited").home)).text).toContain("Start Version 3");
  });

  it("redirects from a former address, and stays at that date", async () => {
    const moved = await read(at("renamed").page("bread"));
    expect(moved).toMatchObject({ status: 308, location: at("renamed").page("baking/sourdough") });
    const capitalised = await read(at("written").page("BREAD"));
    expect(capitalised).toMatchObject({ status: 308, location: at("written").page("bread") });
  });

  it("mentions the former page of its address", async () => {
    const taken = await read(at("slug reused").page("bread"));
    expect(taken.text).toMatch(/This address used to lead to Sourdough/);
    expect(taken.links).toContain(at("slug reused").page("baking/sourdough"));
    expect((await read(at("written").page("bread"))).text).not.toContain("used to lead");
    expect((await read(at("slug reused again").page("bread"))).text).toMatch(
      /All breads , which was archived/,
    );
  });

  it("is reported as missing before it existed, and as archived after that", async () => {
    const yet = await read(at("written").page("baking/sourdough"));
    expect(yet.status).toBe(404);
    expect(yet.text).toContain("No page had the address /baking/sourdough at this time");
    const gone = await read(at("archived").page("bread"), dated.editor);
    expect(gone.status).toBe(404);
    expect(gone.text).toMatch(/All breads was archived .* by Editor One : Nobody bakes/);
  });

  it("leads to the pages that its links named at that date, and marks missing ones", async () => {
    const { main } = await read(at("written").page("welcome"));
    expect(main).toContain(`<a href="${at("written").page("bread")}">`);
    expect(main).toContain(`<a href="${at("written").page("cake")}" class="wanted">`);
    const former = await read(at("archived").home);
    expect(former.main).toContain(`<a href="${at("archived").page("baking/sourdough")}">bread`);
  });

  it("has no commands, even for editors", async () => {
    for (const url of [at("edited").home, at("edited").page("gone"), at("edited").wanted()]) {
      const { html } = await read(url, dated.editor);
      expect(html).not.toMatch(/\/-\/(new|edit|rename)|method="post" action="(?!\/-\/sign-out)/);
    }
  });
});

describe("a list at an earlier date", () => {
  const titles = async (url: string) =>
    Array.from((await read(url)).main.matchAll(/<a class="title"[^>]*><bdi>([^<]*)/g), ([, title]) => title);

  it("contains the pages of that date by their titles of that date", async () => {
    expect(await titles(at("written").allPages())).toEqual(["Bread", "Welcome"]);
    expect(await titles(at("edited").allPages())).toEqual(["All breads", "Sourdough", "Start"]);
    expect(await titles(at("archived").allPages())).toEqual(["Sourdough", "Start"]);
  });

  it("finds text of that date, and no later or removed text", async () => {
    expect(await titles(at("written").search("flour"))).toEqual(["Bread"]);
    expect(await titles(at("renamed").search("flour"))).toEqual(["Sourdough"]);
    expect(await titles(at("slug reused").search("cake"))).toEqual(["Welcome"]);
    expect(await titles(at("edited").search("cake"))).toEqual([]);
    expect(await titles(at("edited").search("rye"))).toEqual(["Start"]);
    expect(await titles(at("archived").search("breads"))).toEqual([]);
  });

  it("contains the wanted pages, orphans and backlinks of that date", async () => {
    expect(await titles(at("written").wanted())).toEqual(["cake"]);
    expect(await titles(at("archived").wanted())).toEqual([]);
    expect(await titles(at("written").orphans())).toEqual([]);
    expect(await titles(at("edited").orphans())).toEqual([]);
    expect(await titles(at("archived").orphans())).toEqual([]);
    expect(await titles(at("slug reused again").orphans())).toEqual(["Sourdough"]);
    expect(await titles(at("slug reused").backlinks("bread"))).toEqual(["Welcome"]);
    expect(await titles(at("slug reused").backlinks("baking/sourdough"))).toEqual(["All breads"]);
    expect((await read(at("archived").backlinks("bread"))).status).toBe(404);
  });
});

describe("the changes at an earlier date", () => {
  it("end at that date, even if the address names a later position, and show the page titles of that date", async () => {
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

  it("do not link to a page that was archived at that date", async () => {
    const { main } = await read(at("archived").changes({ page: ids.second }));
    expect(main).toContain('<bdi class="title">All breads</bdi>');
  });
});

describe("an instant", () => {
  it("before the first event shows an empty wiki", async () => {
    const before = addressesAt("2001-01-01T00:00:00.000Z");
    expect((await read(before.home)).text).toContain(strings.pageList.noneEarlier);
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

  it("in the future shows the current wiki and says so", async () => {
    const { text, html } = await read(addressesAt("2999-01-01T00:00:00.000Z").page("bread"));
    expect(text).toContain("Toast");
    expect(html).toContain("in the future");
  });

  it("has one canonical spelling, to which others redirect", async () => {
    const canonical = addressesAt("2026-03-03T11:00:00.000Z");
    for (const spelled of ["2026-03-03T11:00Z", "2026-03-03T12:00:00+01:00", "2026-03-03T11:00:00"]) {
      const answer = await read(`/-/at/${encodeURIComponent(spelled)}/-/search?q=a%20b`);
      expect(answer).toMatchObject({ status: 308, location: canonical.search("a b") });
    }
    const day = await read("/-/at/2026-03-03");
    expect(day.location).toBe(addressesAt("2026-03-03T23:59:59.999Z").home);
  });

  it.each(["yesterday", "2026-02-30", "1772539200"])(
    "cannot be %s, and the error shows an example",
    async (text) => {
      for (const url of [`/-/at/${text}/bread`, `/-/at?instant=${text}`]) {
        const answer = await read(url);
        expect(answer.status).toBe(400);
        expect(answer.text).toContain(text);
        expect(answer.text).toContain("2026-03-03T12:00:00Z");
      }
    },
  );

  it("is chosen in a form, which stays on the page or screen", async () => {
    const then = at("written");
    const typed = encodeURIComponent(instantOf("written").replace("Z", ""));
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

  it("links back to the current page or screen", async () => {
    const { html } = await read(at("written").page("bread"));
    expect(html).toContain(`<a href="/-/page/${ids.first}">${strings.earlier.backToToday}</a>`);
    expect(await read(`/-/page/${ids.first}`)).toMatchObject({ status: 302, location: "/baking/sourdough" });
    expect((await read(at("written").wanted())).html).toContain(
      `<a href="/-/wanted">${strings.earlier.backToToday}</a>`,
    );
  });
});

describe("every link at an earlier date", () => {
  it.each(STEPS)("stays at that date and leads to a screen: %s", async (step) => {
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
        // Ancestors in the address and wanted pages need not exist.
        const mayLack = /class="wanted"/.test(tag) || crumbs.includes(tag) || url === at(step).wanted();
        if (mayLack) wanted.add(to);
        seen.add(to);
      }
    }
    expect([...seen].filter((url) => !url.startsWith(home))).toEqual([]);
    expect(dead).toEqual([]);
    expect(seen.size).toBeGreaterThanOrEqual(7);
  });

  /** The links and forms of a document without those of the account and of the bar. */
  function linksBeyondBar(html: string): Iterable<RegExpExecArray> {
    const rest = html
      .replace(/<div class="person">[\s\S]*?<\/header>/, "")
      .replace(/<aside class="past"[\s\S]*?<\/aside>/, "");
    return rest.matchAll(/<(?:a|form)\b[^>]*(?:href|action)="([^"]*)"[^>]*>/g);
  }
});

describe("a stranger in a wiki for members", () => {
  it("must sign in to read earlier dates", async () => {
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
