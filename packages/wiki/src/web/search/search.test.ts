import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
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

describe("the search", () => {
  test("asks by a labelled form that needs no script", () => {
    const html = search({ q: `"a` });
    expect(html).toContain('<form method="get" action="/-/search">');
    expect(html).toMatch(/<label[^>]* for="-search">Search the wiki<\/label><input id="-search"/);
    expect(html).toMatch(/name="q" value="&quot;a"/);
  });

  test("shows what it found, with the words that were asked for marked", () => {
    const html = search({ q: "y", hits: [hit], total: 1 });
    expect(html).toContain("1 page found");
    expect(html).toContain('href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>');
    expect(html).toContain("x &lt; <mark>&lt;y></mark>");
    expect(html).not.toContain("More results");
  });

  test("goes on where there is more, and back from behind the end", () => {
    const html = search({ q: "y", hits: [hit], total: 1234, next: "/-/search?q=y&cursor=20" });
    expect(html).toContain("1,234 pages found");
    expect(html).toContain('href="/-/search?q=y&amp;cursor=20" rel="next"');
    expect(search({ q: "y", total: 3 })).toContain('href="/-/search?q=y"');
  });

  test("without a question says how to ask", () => {
    expect(searchScreen({ ...nothing, q: " " }).title).toBe("Search");
    expect(search({ q: " " })).toContain("rose OR zebra");
    expect(search({ q: "y" })).not.toContain("rose OR zebra");
  });

  test("that finds nothing offers to write it to those who may", () => {
    const q = "Leaving party?";
    expect(searchScreen({ ...nothing, q }).title).toBe("Leaving party? · Search");
    expect(search({ q })).toContain("Nothing was found");
    expect(search({ q })).not.toContain("/-/new");
    expect(search({ q, mayCreate: true })).toContain('href="/-/new?slug=leaving-party"');
  });

  test("that could not be made says why, and nothing else", () => {
    const html = search({ q: "y", problem: "It is too long." });
    expect(html).toMatch(/role="alert"><p[^>]*>It is too long\./);
    expect(html).not.toContain("Nothing was found");
  });
});
