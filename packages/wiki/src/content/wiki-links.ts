import type { MarkdownIt, StateInline, Token } from "markdown-it";
import { type ArticleFiles, fileReferenceIn } from "./article-files.ts";
import { headingId } from "./heading-ids.ts";
import { parseSlug, slugFromTitle } from "./slug.ts";
import { titleKey } from "./title-key.ts";

/**
 * The names by which a link finds its page (`link-target.ts`). `[[Café!]]` has the slug `café!`, the other slug `café` and
 * the title key `café!`. An address has only a slug.
 */
export type LinkNames = readonly [slug: string, otherSlug: string | null, title: string | null];

/** A link to a page of this wiki. */
export interface PageLink {
  readonly names: LinkNames;
  /** The query and fragment, or an empty string. */
  readonly suffix: string;
}

/**
 * The names of a link before it is resolved for the page that contains it. A relative address takes the place of the slug.
 * It begins with "./", unlike every slug.
 */
export type UnresolvedLink = LinkNames;

/** The base URL of the links of a page. */
export interface LinkBase {
  /** The slug of the page. Without it, relative addresses are not resolved. */
  readonly slug?: string | undefined;
  /** The public origin of the wiki. Without it, all absolute addresses lead to other sites. */
  readonly origin?: string | undefined;
}

/**
 * Returns the link of a `link_open` token. Returns undefined if it cannot link to a page, regardless of the page that
 * contains it.
 */
export function unresolvedLinkOf(token: Token, origin: string | undefined): UnresolvedLink | undefined {
  const wikiLink = token.meta?.wikiLink as PageLink | undefined;
  return wikiLink?.names ?? unresolvedLinkFrom(String(token.attrGet("href") ?? ""), origin);
}

/** Returns the link with this address, like `unresolvedLinkOf`. */
export function unresolvedLinkFrom(href: string, origin: string | undefined): UnresolvedLink | undefined {
  const names = pageLinkFrom(addressInWiki(href, { origin }))?.names;
  return names ?? (/^[/?#]|^$/.test(href) || HAS_ORIGIN.test(href) ? undefined : [`./${href}`, null, null]);
}

/** A page with its files, which relative links may name. */
export interface LinkingPage {
  readonly slug: string;
  readonly files?: ArticleFiles | undefined;
}

/** Resolves a link of a page. Returns undefined if it links to no page, or to a file of its page. */
export function resolveForPage({ slug, files }: LinkingPage, link: UnresolvedLink): LinkNames | undefined {
  const [first] = link;
  if (!first.startsWith("./")) return link;
  const reference = files && fileReferenceIn(first.slice("./".length));
  if (reference !== undefined && files?.find(reference) !== undefined) return undefined;
  return pageLinkFrom(addressInWiki(first, { slug }))?.names;
}

/** Returns true if some link depends on the slug and the files of the page. */
export function hasRelativeLink(links: readonly UnresolvedLink[]): boolean {
  return links.some(([first]) => first.startsWith("./"));
}

/**
 * Returns the address of a target in this wiki, as path, query and fragment. Returns undefined for targets on other
 * sites and on the page itself, such as "#x". Relative addresses are resolved as browsers do.
 */
export function addressInWiki(href: string, { slug, origin }: LinkBase): string | undefined {
  if (HAS_ORIGIN.test(href)) {
    const base = `${origin}/${slug ?? ""}`;
    // Browsers resolve "https:page" relative to the shown page if the schemes are equal. Authors do not intend this, so it
    // counts as a link to another site.
    if (origin === undefined || !HAS_HOST.test(href) || hasOtherHost(href, origin)) return undefined;
    if (!URL.canParse(href, base)) return undefined;
    const url = new URL(href, base);
    return url.origin === origin ? withoutHost(url.pathname) + url.search + url.hash : undefined;
  }
  if (href.startsWith("/")) return href;
  if (slug === undefined || /^[?#]|^$/.test(href)) return undefined;
  const [, path = "", suffix = ""] = /^([^?#]*)(.*)$/s.exec(href) ?? [];
  return withoutHost(new URL(path, `http://wiki.invalid/${slug}`).pathname) + suffix;
}

const HAS_ORIGIN = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;
const HAS_HOST = /^(?:[a-z][a-z0-9+.-]*:)?\/\//i;

const DOMAIN_NAME = /^(?:https?:)?\/\/((?:[a-z\d-]+\.)+[a-z]{2,})(?=[/?#]|$)/i;

/** Recognizes most addresses of other sites without parsing them as a URL, which takes longer. */
function hasOtherHost(href: string, origin: string): boolean {
  const name = DOMAIN_NAME.exec(href)?.[1];
  return name !== undefined && !origin.includes(name.toLowerCase());
}

/** Prefixes a path that begins with two slashes, which browsers would resolve as a host. */
function withoutHost(path: string): string {
  return path.startsWith("//") ? `/.${path}` : path;
}

/** A page or section that is shown within another page: `![[Page]]` or `![[Page#section]]`. */
export interface Embed {
  /** The text before "#", as written. */
  readonly target: string;
  /** The text after "#", or an empty string. */
  readonly heading: string;
}

/**
 * A plugin for `[[Title or slug]]`, `[[slug|label]]`, `[[slug#heading]]` and `[[#heading]]`, and for embeds. An embed is
 * parsed as a link whose `meta.embed` is an `Embed`, so that it counts as a link and can be shown as one.
 */
export function wikiLinks(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("link", "wiki_link", (state, silent) => parseWikiLink(state, silent, false));
  markdown.inline.ruler.before("image", "embed", (state, silent) => {
    if (state.src[state.pos] !== "!") return false;
    state.pos += 1;
    const isParsed = parseWikiLink(state, silent, true);
    if (!isParsed) state.pos -= 1;
    return isParsed;
  });
}

// The limits bound the search for "]]", so that many "[[" take linear time. "[[1]](…)" is an ordinary link.
const WIKI_LINK = /\[\[([^[\]\n|#]{0,300})(#[^[\]\n|]{1,300})?(?:\|([^[\]\n]{1,300}))?\]\](?!\()/y;

function parseWikiLink(state: StateInline, silent: boolean, isEmbed: boolean): boolean {
  if (!state.src.startsWith("[[", state.pos) || state.linkLevel > 0) return false;
  WIKI_LINK.lastIndex = state.pos;
  const match = WIKI_LINK.exec(state.src);
  if (!match || WIKI_LINK.lastIndex > state.posMax) return false;
  const target = (match[1] ?? "").trim();
  const heading = (match[2] ?? "").slice(1).trim();
  if (target === "" && (heading === "" || isEmbed)) return false;
  if (!silent) {
    const suffix = heading === "" ? "" : `#${encodeURIComponent(headingId(heading))}`;
    const label = (match[3] ?? "").trim() || (target === "" ? heading : `${target}${match[2] ?? ""}`);
    const open = pushLink(state, target, suffix, label);
    if (isEmbed) open.meta = { ...open.meta, embed: { target, heading } satisfies Embed };
  }
  state.pos += match[0].length;
  return true;
}

function pushLink(state: StateInline, target: string, suffix: string, label: string): Token {
  const open = state.push("link_open", "a", 1);
  open.attrs = [["href", suffix]];
  if (target !== "") open.meta = { wikiLink: { names: namesOf(target), suffix } satisfies PageLink };
  state.push("text", "", 0).content = label;
  state.push("link_close", "a", -1);
  return open;
}

function namesOf(target: string): LinkNames {
  const fromTitle = slugFromTitle(target);
  const slug = parseSlug(target) ?? fromTitle;
  return [slug, slug === fromTitle ? null : fromTitle, titleKey(target)];
}

/**
 * Returns the link to a page with an address in this wiki. Accepts "/guides/intro?x#y", but not "/", "//host" or "/api/…".
 * Ignores a slash at the end, as the server does.
 */
export function pageLinkFrom(address: string | undefined): PageLink | undefined {
  const match = /^\/([^/?#][^?#]*)(\?[^#]*)?(#.+)?/.exec(address ?? "");
  if (!match) return undefined;
  const slug = parseSlug(decodePath((match[1] ?? "").replace(/\/$/, "")));
  return slug === undefined
    ? undefined
    : { names: [slug, null, null], suffix: (match[2] ?? "") + (match[3] ?? "") };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
