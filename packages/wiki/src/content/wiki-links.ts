import type { MarkdownIt, StateInline, Token } from "markdown-it";
import { headingId } from "./heading-ids.ts";
import { canonicalSlug, InvalidSlugError, slugFromTitle } from "./slug.ts";

/** A link to a page of this wiki, however it was written. */
export interface PageLink {
  /** What it may mean, the likeliest first: `[[Café!]]` is the slug `café!`, or the page titled so. */
  readonly slugs: readonly [string, ...string[]];
  /** What follows the page's address: a query, a `#fragment`, both or nothing. */
  readonly suffix: string;
}

export type SlugState = "exists" | "wanted";

/** Of what a link may mean, the first that exists; if none does, the likeliest, which is wanted. */
export function resolvePageLink(
  link: PageLink,
  stateOf: (slug: string) => SlugState,
): { readonly slug: string; readonly state: SlugState } {
  const existing = link.slugs.find((slug) => stateOf(slug) === "exists");
  return existing === undefined
    ? { slug: link.slugs[0], state: "wanted" }
    : { slug: existing, state: "exists" };
}

/** The page that a `link_open` token leads to, or undefined if it leads elsewhere. */
export function pageLinkOf(token: Token): PageLink | undefined {
  const written = token.meta?.wikiLink as PageLink | undefined;
  return written ?? pageLinkFromHref(String(token.attrGet("href") ?? ""));
}

/** Teaches Markdown `[[Title or slug]]`, `[[slug|label]]`, `[[slug#heading]]` and `[[#heading]]`. */
export function wikiLinks(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("link", "wiki_link", readWikiLink);
}

// The lengths bound the work that a "[[" without its "]]" costs. "[[1]](…)" is an ordinary link.
const WIKI_LINK = /\[\[([^[\]\n|#]{0,300})(#[^[\]\n|]{1,300})?(?:\|([^[\]\n]{1,300}))?\]\](?!\()/y;

function readWikiLink(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith("[[", state.pos) || state.linkLevel > 0) return false;
  WIKI_LINK.lastIndex = state.pos;
  const match = WIKI_LINK.exec(state.src);
  if (!match || WIKI_LINK.lastIndex > state.posMax) return false;
  const target = (match[1] ?? "").trim();
  const heading = (match[2] ?? "").slice(1).trim();
  if (target === "" && heading === "") return false;
  if (!silent) {
    const suffix = heading === "" ? "" : `#${encodeURIComponent(headingId(heading))}`;
    const label = (match[3] ?? "").trim() || (target === "" ? heading : `${target}${match[2] ?? ""}`);
    pushLink(state, target, suffix, label);
  }
  state.pos += match[0].length;
  return true;
}

function pushLink(state: StateInline, target: string, suffix: string, label: string): void {
  const open = state.push("link_open", "a", 1);
  open.attrs = [["href", suffix]];
  if (target !== "") open.meta = { wikiLink: { slugs: slugsOf(target), suffix } satisfies PageLink };
  state.push("text", "", 0).content = label;
  state.push("link_close", "a", -1);
}

function slugsOf(target: string): PageLink["slugs"] {
  const asTitle = slugFromTitle(target);
  const asSlug = slugOrNone(target);
  return asSlug === undefined || asSlug === asTitle ? [asTitle] : [asSlug, asTitle];
}

/** "/guides/intro?x#y" leads to a page; "//host", "/api/…" and what is relative to the page do not. */
function pageLinkFromHref(href: string): PageLink | undefined {
  const match = /^\/([^/?#][^?#]*)(\?[^#]*)?(#.+)?/.exec(href);
  if (!match) return undefined;
  const slug = slugOrNone(decoded(match[1] ?? ""));
  return slug === undefined ? undefined : { slugs: [slug], suffix: (match[2] ?? "") + (match[3] ?? "") };
}

function slugOrNone(text: string): string | undefined {
  try {
    return canonicalSlug(text);
  } catch (error) {
    if (error instanceof InvalidSlugError) return undefined;
    throw error;
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
