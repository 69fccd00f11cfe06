import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linksBySlug, renderMarkdown, wikiLinksIn } from "../../../../test/rendering.ts";
import type { LinkOptions } from "./article.ts";
import { addressInWiki } from "./wiki-links.ts";

const options: LinkOptions = {
  resolveLink: linksBySlug(
    (slug) => `/${slug.split("/").map(encodeURIComponent).join("/")}`,
    (slug) => ["intro", "guides/setup", "hello"].includes(slug),
  ),
};
const html = (source: string) => renderMarkdown(source, options).html;

describe("wiki links", () => {
  const link = (source: string) => /<a .*?<\/a>/.exec(html(source))?.[0];

  test.each([
    ["[[intro]]", '<a href="/intro">intro</a>'],
    ["[[Intro]]", '<a href="/intro">Intro</a>'],
    ["[[ Guides/Setup | how to ]]", '<a href="/guides/setup">how to</a>'],
    ["[[Some Page]]", '<a href="/some-page" class="wanted">Some Page</a>'],
    ["[[Hello!]]", '<a href="/hello">Hello!</a>'],
    ["[[C++]]", '<a href="/c%2B%2B" class="wanted">C++</a>'],
    ["[[intro#Part Two]]", '<a href="/intro#h-part-two">intro#Part Two</a>'],
    ["[[#Über uns]]", '<a href="#h-%C3%BCber-uns">Über uns</a>'],
    ["[[日本]]", '<a href="/%E6%97%A5%E6%9C%AC" class="wanted">日本</a>'],
    ["[[api]]", '<a href="/api-page" class="wanted">api</a>'],
    ["[[a|<b>]]", '<a href="/a" class="wanted">&lt;b&gt;</a>'],
    ["[[javascript:alert(1)]]", '<a href="/javascript%3Aalert(1)" class="wanted">javascript:alert(1)</a>'],
    ["| [[intro\\|x]] |\n|-|", '<a href="/intro">x</a>'],
    ["[x](/intro)", '<a href="/intro">x</a>'],
    ["[x](/Guides/Setup?a=1#Go)", '<a href="/guides/setup?a=1#h-Go">x</a>'],
    ["[x](/nowhere)", '<a href="/nowhere" class="wanted">x</a>'],
    ["[x](/api/pages)", '<a href="/api/pages">x</a>'],
    ["[x](/)", '<a href="/">x</a>'],
    ["[x](/%zz)", '<a href="/%25zz">x</a>'],
    ["[x](sibling#a)", '<a href="sibling#a">x</a>'],
    ["[[x]](/intro)", '<a href="/intro">[x]</a>'],
  ])("%s renders as %s", (source, expected) => {
    expect(link(source)).toBe(expected);
  });

  describe("with a link base", () => {
    const linkBase = { slug: "book/one", origin: "https://wiki.example" };
    const dated = {
      ...options,
      linkBase,
      resolveLink: linksBySlug((slug) => `/then/${slug}`),
      internalHref: (address: string) => `/then${address}`,
    };
    test.each([
      // Relative addresses.
      ["[x](two)", "/then/book/two"],
      ["[x](./two#Part)", "/then/book/two#h-Part"],
      ["[x](../Intro?a=1)", "/then/intro?a=1"],
      ["[x](../../../intro/)", "/then/intro"],
      ["[x](a:b)", "[x](a:b)"],
      ["[x](caf%C3%A9)", "/then/book/café"],
      ["[x](../)", "/then/"],
      ["[x](../-/pages?before=9)", "/then/-/pages?before=9"],
      ["[x](../api/pages)", "/then/api/pages"],
      ["[x](a//b)", "/then/book/a//b"],
      ["[x](..//other.example)", "/then/.//other.example"],
      ["[x](..///other.example/a)", "/then/.///other.example/a"],
      ["[x](#part)", "#h-part"],
      ["[x](?a)", "?a"],
      ["[x]()", ""],
      ["[x](/intro)", "/then/intro"],
      ["[x](/-/pages)", "/then/-/pages"],
      // Absolute addresses.
      ["[x](https://wiki.example/Intro?a#B)", "/then/intro?a#h-B"],
      ["[x](//wiki.example/intro)", "/then/intro"],
      ["<https://wiki.example/-/pages>", "/then/-/pages"],
      ["see https://wiki.example/intro", "/then/intro"],
      ["[x](https://wiki.example)", "/then/"],
      ["[x](https://wiki.example//other.example)", "/then/.//other.example"],
      ["[x](http://wiki.example/intro)", "http://wiki.example/intro"],
      ["[x](https://wiki.example:8443/intro)", "https://wiki.example:8443/intro"],
      ["[x](https://user@wiki.example.org/intro)", "https://user@wiki.example.org/intro"],
      ["[x](mailto:a@wiki.example)", "mailto:a@wiki.example"],
    ])("%s leads to %s", (source, expected) => {
      const rendered = renderMarkdown(source, dated).html;
      const [, href = source] = /<a href="([^"]*)"/.exec(rendered) ?? [];
      expect(href).toBe(expected);
      const isForeign = /^http/.test(expected);
      expect(rendered.includes("nofollow")).toBe(isForeign);
      const found = wikiLinksIn(source, linkBase);
      renderMarkdown(source, {
        ...dated,
        resolveLink: ([slug]) => {
          expect(found).toContain(slug);
          return { href: slug, isWanted: false };
        },
      });
    });

    test("recognizes the wiki by its origin, however it is written", () => {
      const part = fc.constantFrom(
        ..."https: http: HTTPS: // wiki WIKI example Example . : 443 8443 / ? # @ user 1.2 0x7f org \\ %69".split(
          " ",
        ),
        "https://wiki.example",
        "other.",
      );
      fc.assert(
        fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
          const href = parts.join("");
          if (!/^(?:https?:)?\/\//i.test(href)) return;
          const base = `${linkBase.origin}/${linkBase.slug}`;
          const isInWiki = URL.canParse(href, base) && new URL(href, base).origin === linkBase.origin;
          expect(addressInWiki(href, linkBase) !== undefined).toBe(isInWiki);
        }),
        { numRuns: 5_000 },
      );
    });

    test("resolves the addresses of images", () => {
      expect(renderMarkdown("![x](../a.png) ![y](https://other.example/b.png)", dated).html).toBe(
        '<p dir="auto"><img src="/a.png" alt="x" loading="lazy"> ' +
          '<img src="https://other.example/b.png" alt="y" loading="lazy"></p>\n',
      );
    });

    test("treats all absolute addresses as other sites without an origin", () => {
      const { html } = renderMarkdown("[x](https://wiki.example/intro)", {
        ...dated,
        linkBase: { slug: "a" },
      });
      expect(html).toContain('<a href="https://wiki.example/intro" rel="nofollow noopener">');
    });
  });

  test.each(["[[]]", "[[ | x]]", "[[a\nb]]", "\\[[a]]", "`[[a]]`", `[[${"x".repeat(301)}]]`, "[[a|b"])(
    "are not parsed from %j",
    (source) => {
      expect(html(source)).not.toContain("<a");
    },
  );

  test("are listed with all slugs that they may mean", () => {
    const source =
      "[[Intro]] [[Hello!]] [x](/guides/setup#a) [[intro|again]] `[[code]]` [y](https://x.org/z) [z](/-/new)";
    expect(wikiLinksIn(source)).toEqual(["intro", "hello!", "hello", "guides/setup"]);
    expect(wikiLinksIn("no links")).toEqual([]);
  });
});
