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

/** What a link may mean, the likeliest first. */
export type LinkedSlugs = PageLink["slugs"];

/**
 * A link as a page has it, wherever that page is: what it may mean, or a relative address, which begins with "./" as
 * no slug does.
 */
export type WrittenLink = LinkedSlugs;

/** Where a link stands. */
export interface LinkPlace {
  /** Of the page, which relative addresses start from; without it they lead nowhere. */
  readonly slug?: string | undefined;
  /** The origin under which people know the wiki; without it, no absolute address is one of this wiki. */
  readonly origin?: string | undefined;
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
export function pageLinkOf(token: Token, place: LinkPlace = {}): PageLink | undefined {
  const written = token.meta?.wikiLink as PageLink | undefined;
  return written ?? pageLinkFrom(addressWithin(String(token.attrGet("href") ?? ""), place) ?? "");
}

/** What a `link_open` token says, whatever page it stands on; undefined if it leads to no page from any. */
export function writtenLinkOf(token: Token, origin: string | undefined): WrittenLink | undefined {
  const href = String(token.attrGet("href") ?? "");
  const { slugs } = pageLinkOf(token, { origin }) ?? {};
  return slugs ?? (/^[/?#]|^$/.test(href) || HAS_ORIGIN.test(href) ? undefined : [`./${href}`]);
}

/** What a link means on the page with this slug; undefined if it leads to no page. */
export function linkOn(slug: string, written: WrittenLink): LinkedSlugs | undefined {
  const [first] = written;
  return first.startsWith("./") ? pageLinkFrom(addressWithin(first, { slug }) ?? "")?.slugs : written;
}

/** Whether some of these links mean something else on a page with another slug. */
export function areRelative(links: readonly WrittenLink[]): boolean {
  return links.some(([first]) => first.startsWith("./"));
}

/**
 * The address, from "/" on, of what is in this wiki; undefined of what is elsewhere or on the page itself, such as "#x".
 * What is relative means what a browser makes of it at the address of the page.
 */
export function addressWithin(href: string, { slug, origin }: LinkPlace): string | undefined {
  if (HAS_ORIGIN.test(href)) {
    const base = `${origin}/${slug ?? ""}`;
    if (origin === undefined || !URL.canParse(href, base)) return undefined;
    const url = new URL(href, base);
    return url.origin === origin ? fromRoot(url.pathname) + url.search + url.hash : undefined;
  }
  if (href.startsWith("/")) return href;
  if (slug === undefined || /^[?#]|^$/.test(href)) return undefined;
  const [, path = "", suffix = ""] = /^([^?#]*)(.*)$/s.exec(href) ?? [];
  return fromRoot(new URL(path, `http://wiki.invalid/${slug}`).pathname) + suffix;
}

const HAS_ORIGIN = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** A path that begins with two slashes would be read as the name of another host. */
function fromRoot(path: string): string {
  return path.startsWith("//") ? `/.${path}` : path;
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

/** "/guides/intro?x#y" leads to a page; "/", "//host" and "/api/…" do not. The server leaves out a slash at the end. */
function pageLinkFrom(address: string): PageLink | undefined {
  const match = /^\/([^/?#][^?#]*)(\?[^#]*)?(#.+)?/.exec(address);
  if (!match) return undefined;
  const slug = slugOrNone(decoded((match[1] ?? "").replace(/\/$/, "")));
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
