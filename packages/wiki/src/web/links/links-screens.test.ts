import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import type { Screen } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
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

  test("are listed with the number of pages that link to them", () => {
    const shown = html(wantedScreen({ ...wanted, mayCreate: false }));
    expect(shown).toContain(strings.links.linkedFromPages(1_200));
    expect(shown).toContain(strings.links.linkedFromPages(1));
    expect(shown).not.toContain("/-/new");
  });

  test("have links that create them, each with a distinct name, for people who may write", () => {
    const shown = html(wantedScreen({ ...wanted, mayCreate: true }));
    expect(shown).toMatch(
      /href="\/-\/new\?slug=a%2Fb">Create <span class="unseen"><bdi>a\/b<\/bdi><\/span><\/a>/,
    );
  });

  test("link from an empty list to all pages or to the first part", () => {
    const none = { pages: [], next: null, mayCreate: true };
    expect(html(wantedScreen(none))).toContain('<a href="/-/pages">');
    expect(html(wantedScreen({ ...none, continued: true }))).toContain('href="/-/wanted"');
  });
});

describe("unlinked pages", () => {
  test("are listed in parts", () => {
    const shown = html(orphansScreen({ pages: [page], next: "/-/orphans?cursor=50" }));
    expect(shown).toContain(link);
    expect(shown).toContain('href="/-/orphans?cursor=50" rel="next"');
  });

  test("link from an empty list to all pages or to the first part", () => {
    expect(html(orphansScreen({ pages: [], next: null }))).toContain('<a href="/-/pages">');
    expect(html(orphansScreen({ pages: [], next: null, continued: true }))).toContain('href="/-/orphans"');
  });
});

describe("the pages that link to a page", () => {
  const about = { slug: "c", title: "C", next: null };

  test("are listed with a link to that page", () => {
    const shown = html(backlinksScreen({ ...about, pages: [page] }));
    expect(shown).toContain(link);
    expect(shown).toContain('<a href="/c"><bdi>C</bdi></a>');
  });

  test("are reported as missing; an empty later part links to the first part", () => {
    expect(html(backlinksScreen({ ...about, pages: [] }))).toContain(strings.links.noBacklinks);
    const behind = backlinksScreen({ ...about, pages: [], continued: true });
    expect(html(behind)).toContain('href="/-/links/c"');
  });
});
