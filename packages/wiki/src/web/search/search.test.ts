import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type SearchProps, searchScreen } from "./search.tsx";

const nothing: SearchProps = { q: "", hits: [], total: 0, next: null, mayCreate: false };
const search = (props: Partial<SearchProps>) => renderToString(searchScreen({ ...nothing, ...props }).body);
const hit = {
  slug: "a/b",
  title: "<b>A</b>",
  snippet: [
    { text: "x < ", match: false },
    { text: "<y>", match: true },
  ],
};

describe("the search screen", () => {
  test("has a labelled form that works without scripts", () => {
    const html = search({ q: `"a` });
    expect(html).toContain('<form method="get" action="/-/search">');
    expect(html).toMatch(/<label[^>]* for="-search">[^<]+<\/label><input id="-search"/);
    expect(html).toMatch(/name="q" value="&quot;a"/);
  });

  test("lists the pages it found, with the words of the query marked", () => {
    const html = search({ q: "y", hits: [hit], total: 1 });
    expect(html).toContain(strings.search.results(1));
    expect(html).toContain('href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>');
    expect(html).toContain("x &lt; <mark>&lt;y></mark>");
    expect(html).not.toContain(strings.search.moreResults);
  });

  test("says that more pages match than it lists", () => {
    const html = search({ q: "y", hits: [hit], total: 1_000, moreThanTotal: true });
    expect(html).toContain("More than 1,000 results.");
  });

  test("links to the next part, and from a part after the end to the first", () => {
    const html = search({ q: "y", hits: [hit], total: 1234, next: "/-/search?q=y&cursor=20" });
    expect(html).toContain(strings.search.results(1_234));
    expect(html).toContain('href="/-/search?q=y&amp;cursor=20" rel="next"');
    expect(search({ q: "y", total: 3 })).toContain('href="/-/search?q=y"');
  });

  test("explains the syntax of queries if there is no query", () => {
    expect(searchScreen({ ...nothing, q: " " }).title).toBe(strings.search.heading);
    expect(search({ q: " " })).toContain("rose OR zebra");
    expect(search({ q: "y" })).not.toContain("rose OR zebra");
  });

  test("offers to create a page if nothing was found and the person may write", () => {
    const q = "Leaving party?";
    expect(searchScreen({ ...nothing, q }).title).toBe(strings.search.titleOf(q));
    expect(search({ q })).toMatch(/<q[^>]*>Leaving party\?<\/q>/);
    expect(search({ q })).not.toContain("/-/new");
    expect(search({ q, mayCreate: true })).toContain('href="/-/new?slug=leaving-party"');
  });

  test("shows only the error of a query that was refused", () => {
    const html = search({ q: "y", problem: "It is too long." });
    expect(html).toMatch(/role="alert"><p[^>]*>It is too long\./);
    expect(html).not.toContain("<q");
  });
});
