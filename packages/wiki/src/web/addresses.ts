import { createContext, type Provider } from "preact";
import { useContext } from "preact/hooks";

/**
 * The addresses of what can be read as it is and as it was: below a `prefix` that names an instant, they stay in that
 * time. Slugs keep their `/` as the separator of segments; the wiki's own screens are under `/-/`, which no slug can
 * begin with.
 */
function readingAddresses(prefix: string) {
  return {
    home: `${prefix}/`,
    page: (slug: string) => `${prefix}/${encodeSlug(slug)}`,
    /** With `before`, the pages that follow the one the list ended with. */
    allPages: (before?: string) => withQuery(`${prefix}/-/pages`, { before }),
    /** What `q` finds; with `cursor`, the part of it that follows the one that gave the cursor. */
    search: (q?: string, cursor?: string) => withQuery(`${prefix}/-/search`, { q, cursor }),
    /** What is linked to and not there. With `cursor`, the part that follows. */
    wanted: (cursor?: string) => withQuery(`${prefix}/-/wanted`, { cursor }),
    /** The pages that no other page links to. With `cursor`, the part that follows. */
    orphans: (cursor?: string) => withQuery(`${prefix}/-/orphans`, { cursor }),
    /** The pages that link to this one. With `cursor`, the part that follows. */
    backlinks: (slug: string, cursor?: string) =>
      withQuery(`${prefix}/-/links/${encodeSlug(slug)}`, { cursor }),
    /** What was done to all pages, or of that what `filter` leaves; with `before`, what is older than that position. */
    changes: (filter: ChangesFilter = {}, before?: string) =>
      withQuery(`${prefix}/-/changes`, { ...filter, before }),
  } as const;
}

/** Of whom, of which page and of which kind changes are listed. */
interface ChangesFilter {
  readonly person?: string;
  readonly page?: string;
  readonly kind?: string;
}

export type ReadingAddresses = ReturnType<typeof readingAddresses>;

/** Each address that a page links to or posts to. */
export const addresses = {
  ...readingAddresses(""),
  /** The form that asks for an instant, and with `instant` the way to the wiki as it was then. */
  timeTravel: (instant?: string) => withQuery("/-/at", { instant }),
  /** With `draft`, filled with that one of one's drafts; empty is the one that was kept without an id. */
  editPage: (slug: string, draft?: string) => withQuery(`/-/edit/${encodeSlug(slug)}`, { draft }),
  renamePage: (slug: string) => `/-/rename/${encodeSlug(slug)}`,
  /** With `slug`, the form is filled in with it; with `draft`, with that one of one's drafts. */
  newPage: (slug?: string, draft?: string) => withQuery("/-/new", { slug, draft }),
  /** A page by its id, archived ones too; with `version`, as it was. */
  pageById: (id: string, version?: number) => withQuery(`/-/page/${id}`, { version: version?.toString() }),
  /** With `before`, the versions before that one. */
  history: (id: string, before?: number) =>
    withQuery(`/-/page/${id}/history`, { before: before?.toString() }),
  /** What changed between two versions, seen in one of the ways of `view`. */
  diff: (id: string, from?: number, to?: number, view?: string) =>
    withQuery(`/-/page/${id}/diff`, { from: from?.toString(), to: to?.toString(), view }),
  /** Who wrote what; with `version`, of that version. */
  authorship: (id: string, version?: number, view?: string) =>
    withQuery(`/-/page/${id}/authorship`, { version: version?.toString(), view }),
  restore: (id: string) => `/-/page/${id}/restore`,
  undo: (id: string) => `/-/page/${id}/undo`,
  archive: (id: string) => `/-/page/${id}/archive`,
  unarchive: (id: string) => `/-/page/${id}/unarchive`,
  /** What a person is typing for a page, kept by a script; to be read, that or another `draft`. */
  draft: (id: string, draft?: string) => withQuery(`/-/page/${id}/draft`, { draft }),
  newPageDraft: "/-/new/draft",
  drafts: "/-/drafts",
  discardDraft: "/-/drafts/discard",
  /** The pages that were archived. With `cursor`, the part that follows. */
  archivedPages: (cursor?: string) => withQuery("/-/archived", { cursor }),
  /** Which pages had a slug, and when. */
  slugHistory: (slug: string) => `/-/slug/${encodeSlug(slug)}`,
  /** With `returnTo`, an address of this wiki to go on to. */
  signIn: (returnTo?: string) => withQuery("/-/sign-in", { return: returnTo }),
  signUp: "/-/sign-up",
  signOut: "/-/sign-out",
  firstAdministrator: "/-/first-administrator",
  /** News of the page with this id, as server-sent events. */
  live: (id: string) => `/-/live/${id}`,
  account: "/-/account",
  createToken: "/-/account/tokens",
  revokeToken: "/-/account/tokens/revoke",
  asset: (file: string) => `/-/assets/${file}`,
} as const;

/** The same addresses for reading, in the wiki as it was at `instant`, in ISO 8601. */
export function addressesAt(instant: string): ReadingAddresses {
  // A colon needs no code in a path, and people read it.
  return readingAddresses(`/-/at/${encode(instant).replaceAll("%3A", ":")}`);
}

function encodeSlug(slug: string): string {
  return slug.split("/").map(encode).join("/");
}

function withQuery(path: string, parameters: { readonly [name: string]: string | undefined }): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encode(value)}`],
  );
  return given.length === 0 ? path : `${path}?${given.join("&")}`;
}

// encodeURIComponent throws on half of a surrogate pair, and a page must be drawn whatever it links to.
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\uFFFD"));
}

const Addresses = createContext<ReadingAddresses>(addresses);

/** Gives what is drawn within it the addresses of the time that is read, so that every link stays there. */
export const ReadingTime: Provider<ReadingAddresses> = Addresses.Provider;

/** Returns the addresses of the time that is read: the present, unless a document says otherwise. */
export function useAddresses(): ReadingAddresses {
  return useContext(Addresses);
}

/** Whether the wiki is read as it was, where nothing can be done to it. */
export function useIsPast(): boolean {
  return useAddresses() !== addresses;
}

/**
 * Returns `text` if it is an address on this wiki, else the address of home. The result contains only characters that a
 * header may contain.
 */
export function localAddress(text: string): string {
  const origin = "http://wiki.invalid";
  if (!text.startsWith("/") || !URL.canParse(text, origin)) return addresses.home;
  const url = new URL(text, origin);
  // A path that begins with "//", which "/./" can hide, would lead to another host.
  const isLocal = url.origin === origin && !url.pathname.startsWith("//");
  return isLocal ? url.pathname + url.search + url.hash : addresses.home;
}
