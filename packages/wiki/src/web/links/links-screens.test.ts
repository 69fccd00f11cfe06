import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import type { Screen } from "../parts/screen.tsx";
import { backlinksScreen } from "./backlinks.tsx";
import { orphansScreen } from "./orphans.tsx";
import { wantedScreen } from "./wanted.tsx";

const html = (screen: Screen) => renderToString(screen.body);
const page = { slug: "a/b", title: "<b>A</b>" };
const link = 'href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>';

describe("wanted pages", () => {
  const wanted = {
    pages: [
      { slug: "a/b", count: 1200 },
      { slug: "c", count: 1 },
    ],
    next: null,
  };

  test("say how many pages link to them", () => {
    const shown = html(wantedScreen({ ...wanted, mayCreate: false }));
    expect(shown).toContain("1,200 pages link to it");
    expect(shown).toContain("1 page links to it");
    expect(shown).not.toContain("/-/new");
  });

  test("can be created by those who may, each by a link with a name of its own", () => {
    const shown = html(wantedScreen({ ...wanted, mayCreate: true }));
    expect(shown).toMatch(
      /href="\/-\/new\?slug=a%2Fb">Create<span class="unseen"> <bdi>a\/b<\/bdi><\/span><\/a>/,
    );
  });

  test("may be none", () => {
    const none = { pages: [], next: null, mayCreate: true };
    expect(html(wantedScreen(none))).toContain("Every link leads to a page.");
    expect(html(wantedScreen({ ...none, continued: true }))).toContain('href="/-/wanted"');
  });
});

describe("pages nothing links to", () => {
  test("are listed, a part at a time", () => {
    const shown = html(orphansScreen({ pages: [page], next: "/-/orphans?cursor=50" }));
    expect(shown).toContain(link);
    expect(shown).toContain('href="/-/orphans?cursor=50" rel="next"');
  });

  test("may be none", () => {
    expect(html(orphansScreen({ pages: [], next: null }))).toContain("There are none.");
    expect(html(orphansScreen({ pages: [], next: null, continued: true }))).toContain('href="/-/orphans"');
  });
});

describe("what links to a page", () => {
  const about = { slug: "c", title: "C", next: null };

  test("is listed, with the way back", () => {
    const shown = html(backlinksScreen({ ...about, pages: [page] }));
    expect(shown).toContain(link);
    expect(shown).toContain('<a href="/c"><bdi>C</bdi></a>');
  });

  test("may be nothing", () => {
    expect(html(backlinksScreen({ ...about, pages: [] }))).toContain("No other page links here.");
    const behind = backlinksScreen({ ...about, pages: [], continued: true });
    expect(html(behind)).toContain('href="/-/links/c"');
  });
});
