import fc from "fast-check";
import type { Token } from "markdown-it";
import { describe, expect, test } from "vitest";
import { markdownBody } from "../../../../test/markdown-bodies.ts";
import { linksBySlug } from "../../../../test/rendering.ts";
import { Article, type LinkOptions, parseArticle } from "./article.ts";
import { assignIds } from "./heading-ids.ts";
import { fragmentId } from "./html/html-policy.ts";
import { markdown } from "./markdown-parser.ts";
import { addressInWiki, type PageLink, pageLinkFrom } from "./wiki-links.ts";

/** Renders a body with markdown-it's renderer, after setting the addresses of its tokens. */
function renderDirectly(source: string, options: LinkOptions): string {
  const env = {};
  const tokens = markdown.parse(source, env);
  assignIds(tokens);
  for (const token of tokens) {
    if (token.level === 0 && token.nesting === 1) token.attrSet("dir", "auto");
    const side = /^text-align:(\w+)$/.exec(String(token.attrGet("style")))?.[1];
    if (side) token.attrs = [["class", `align-${side}`]];
    for (const child of token.children ?? []) {
      if (child.type === "link_open") setLinkAttributes(child, options);
      if (child.type === "image") {
        const src = String(child.attrGet("src"));
        child.attrSet("src", addressInWiki(src, options.linkBase ?? {}) ?? src);
        child.attrSet("loading", "lazy");
      }
    }
  }
  return markdown.renderer.render(tokens, markdown.options, env);
}

function setLinkAttributes(link: Token, { resolveLink, linkBase = {}, internalHref }: LinkOptions) {
  const withPrefix = (href: string) => href.replace(/#(.+)$/, (_, fragment) => `#${fragmentId(fragment)}`);
  const href = String(link.attrGet("href"));
  const address = addressInWiki(href, linkBase);
  const page = (link.meta?.wikiLink as PageLink | undefined) ?? pageLinkFrom(address);
  if (page) {
    const resolved = resolveLink(page.names);
    link.attrSet("href", withPrefix(resolved.href + page.suffix));
    if (resolved.isWanted) link.attrSet("class", "wanted");
  } else if (address !== undefined) {
    link.attrSet("href", internalHref?.(address) ?? address);
  } else if (/^(?:https?:|\/\/)/i.test(href)) {
    link.attrSet("rel", "nofollow noopener");
  } else if (href.startsWith("#")) {
    link.attrSet("href", withPrefix(href));
  }
}

const linkOptions: fc.Arbitrary<LinkOptions> = fc
  .record({
    slug: fc.constantFrom(undefined, "a/b", "one"),
    origin: fc.constantFrom(undefined, "https://wiki.example"),
    existing: fc.subarray(["two", "a/two", "café", "two-words", "a/b"]),
    prefix: fc.constantFrom("", "/-/at/2026"),
  })
  .map(({ slug, origin, existing, prefix }) => ({
    resolveLink: linksBySlug(
      (slug) => `${prefix}/${encodeURI(slug)}`,
      (slug) => existing.includes(slug),
    ),
    linkBase: { slug, origin },
    internalHref: (address) => prefix + address,
  }));

const hasHtml = (source: string) =>
  markdown
    .parse(source, {})
    .some(({ type, children }) =>
      [type, ...(children ?? []).map(({ type }) => type)].some((type) => type.startsWith("html_")),
    );

describe("Article", () => {
  test("renders for any links as markdown-it renders the body with these links", () => {
    fc.assert(
      fc.property(
        markdownBody,
        fc.array(linkOptions, { minLength: 1, maxLength: 4 }),
        (source, manyOptions) => {
          fc.pre(!hasHtml(source));
          const article = new Article(parseArticle(source));
          for (const options of manyOptions) {
            expect(article.html(options)).toBe(renderDirectly(source, options));
            const blocks = article.blocks(options);
            expect(blocks.map(({ html }) => html).join("")).toBe(article.html(options));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("resolves only the links that it lists", () => {
    fc.assert(
      fc.property(markdownBody, linkOptions, (source, options) => {
        const article = new Article(parseArticle(source));
        const names = article.linkNames(options.linkBase ?? {});
        article.html({
          ...options,
          resolveLink: (link) => {
            expect(names).toContain(link);
            return { href: "", isWanted: true };
          },
        });
      }),
    );
  });

  test("leaves out a first heading that repeats the title, and keeps its id", () => {
    const options: LinkOptions = { resolveLink: linksBySlug() };
    const below = (source: string) => new Article(parseArticle(source)).belowTitle("On *call*", options);
    for (const start of ["", "---\na: b\n---\n", "<!-- note -->\n\n"]) {
      const { html, headings, titleId } = below(`${start}# On \\*call\\*\n\nText\n\n## More\n`);
      expect(html).not.toContain("<h1");
      expect(html).toContain("Text</p>");
      expect(headings.map(({ text }) => text)).toEqual(["More"]);
      expect(titleId).toBe("h-on-call");
    }
    for (const source of [
      "# Other\n",
      "Text\n\n# On \\*call\\*\n",
      "## On \\*call\\*\n",
      "> # On \\*call\\*\n",
    ]) {
      const { html, headings, titleId } = below(source);
      expect(html).toMatch(/<h[12]/);
      expect(headings).toHaveLength(1);
      expect(titleId).toBeUndefined();
    }
  });

  test("renders the same after it was sent to another thread", () => {
    fc.assert(
      fc.property(markdownBody, linkOptions, (source, options) => {
        const parsed = parseArticle(source);
        const received = new Article(structuredClone(parsed));
        expect(received.html(options)).toBe(new Article(parsed).html(options));
      }),
    );
  });
});
