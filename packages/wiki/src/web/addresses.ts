import { createContext, type Provider } from "preact";
import { useContext } from "preact/hooks";

/**
 * The addresses that also exist at earlier dates, below a `prefix` that names the instant. Slugs keep `/` between their
 * segments. The wiki's own screens are below `/-/`; no slug begins with it.
 */
function readingAddresses(prefix: string) {
  return {
    home: `${prefix}/`,
    page: (slug: string) => `${prefix}/${encodeSlug(slug)}`,
    /** The Markdown of a page, unless another page has that address. */
    source: (slug: string) => `${prefix}/${encodeSlug(slug)}.md`,
    /** With `before`, the pages before that log position. */
    allPages: (before?: string) => withQuery(`${prefix}/-/pages`, { before }),
    /** The results for `q`; with `cursor`, the next part of them. */
    search: (q?: string, cursor?: string) => withQuery(`${prefix}/-/search`, { q, cursor }),
    /** The linked pages that do not exist. With `cursor`, the next part of the list. */
    wanted: (cursor?: string) => withQuery(`${prefix}/-/wanted`, { cursor }),
    /** The pages that no other page links to. With `cursor`, the next part of the list. */
    orphans: (cursor?: string) => withQuery(`${prefix}/-/orphans`, { cursor }),
    /** The pages that link to a page. With `cursor`, the next part of the list. */
    backlinks: (slug: string, cursor?: string) =>
      withQuery(`${prefix}/-/links/${encodeSlug(slug)}`, { cursor }),
    /** The pages with a title, for a link that several of them could have. With `cursor`, the next part of the list. */
    choosePage: (title?: string, cursor?: string) => withQuery(`${prefix}/-/choose`, { title, cursor }),
    /** The changes of all pages that match `filter`; with `before`, only those before that position. */
    changes: (filter: ChangesFilter = {}, before?: string) =>
      withQuery(`${prefix}/-/changes`, { ...filter, before }),
  } as const;
}

interface ChangesFilter {
  readonly person?: string;
  readonly page?: string;
  readonly kind?: string;
}

export type ReadingAddresses = ReturnType<typeof readingAddresses>;

/** Every address that a screen links or submits to. */
export const addresses = {
  ...readingAddresses(""),
  /** The form that asks for a date; with `instant`, redirects to the wiki at that date. */
  timeTravel: (instant?: string) => withQuery("/-/at", { instant }),
  /** With `draft`, the form is filled with that draft. An empty id selects the draft without an id. */
  editPage: (slug: string, draft?: string) => withQuery(`/-/edit/${encodeSlug(slug)}`, { draft }),
  renamePage: (slug: string) => `/-/rename/${encodeSlug(slug)}`,
  /** The form is filled with `slug` or with the draft `draft`. */
  newPage: (slug?: string, draft?: string) => withQuery("/-/new", { slug, draft }),
  /** A page by its id, archived or not; with `version`, at that version. */
  pageById: (id: string, version?: number) => withQuery(`/-/page/${id}`, { version: version?.toString() }),
  /** With `before`, the versions before that one. */
  history: (id: string, before?: number) =>
    withQuery(`/-/page/${id}/history`, { before: before?.toString() }),
  /** The difference between two versions in one of the views of `DIFF_VIEWS`. */
  diff: (id: string, from?: number, to?: number, view?: string) =>
    withQuery(`/-/page/${id}/diff`, { from: from?.toString(), to: to?.toString(), view }),
  /** The authorship of a page; with `version`, at that version. */
  authorship: (id: string, version?: number, view?: string) =>
    withQuery(`/-/page/${id}/authorship`, { version: version?.toString(), view }),
  restore: (id: string) => `/-/page/${id}/restore`,
  undo: (id: string) => `/-/page/${id}/undo`,
  archive: (id: string) => `/-/page/${id}/archive`,
  unarchive: (id: string) => `/-/page/${id}/unarchive`,
  /** The person's newest draft of a page, or the draft `draft`. Scripts store it here. */
  draft: (id: string, draft?: string) => withQuery(`/-/page/${id}/draft`, { draft }),
  newPageDraft: "/-/new/draft",
  drafts: "/-/drafts",
  discardDraft: "/-/drafts/discard",
  /** The archived pages. With `cursor`, the next part of the list. */
  archivedPages: (cursor?: string) => withQuery("/-/archived", { cursor }),
  export: "/-/export",
  /** A ZIP archive of all pages. */
  exportArchive: "/-/export/pages.zip",
  /** The pages that had a slug, with dates. */
  slugHistory: (slug: string) => `/-/slug/${encodeSlug(slug)}`,
  /** With `returnTo`, redirects to that address of this wiki afterwards. */
  signIn: (returnTo?: string) => withQuery("/-/sign-in", { return: returnTo }),
  signUp: "/-/sign-up",
  signOut: "/-/sign-out",
  firstAdministrator: "/-/first-administrator",
  /** The steps of the set-up; with `step`, that one is open. */
  setup: (step?: "name" | "pages" | "people") => withQuery("/-/setup", { step }),
  setUpName: "/-/setup/name",
  setUpPages: "/-/setup/pages",
  setUpPeople: "/-/setup/people",
  finishSetup: "/-/setup/finish",
  /** The form that creates an account for an invited person. */
  invitation: (secret: string) => `/-/invitation/${encode(secret)}`,
  /** Newer versions of a page, as server-sent events. */
  live: (id: string) => `/-/live/${id}`,
  account: "/-/account",
  createToken: "/-/account/tokens",
  revokeToken: "/-/account/tokens/revoke",
  /** The files of a page. A form with files is submitted here. */
  filesOfPage: (id: string) => `/-/page/${id}/files`,
  replaceFile: (id: string, fileId: string) => `/-/page/${id}/files/${fileId}/replace`,
  removeFile: (id: string, fileId: string) => `/-/page/${id}/files/${fileId}/remove`,
  /** The files of all pages. With `before`, those after that file in the list. */
  files: (filter?: "unused", before?: string) => withQuery("/-/files", { filter, before }),
  /** The document that draws a diagram within a page. */
  diagramFrame: "/-/diagram",
  asset: (file: string) => `/-/assets/${file}`,
} as const;

/** The addresses of the wiki at `instant`, in ISO 8601. */
export function addressesAt(instant: string): ReadingAddresses {
  // Colons are valid in paths, and keep this address readable.
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

// encodeURIComponent throws on a lone surrogate, which a link of a page may contain.
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\uFFFD"));
}

/** Home shows the page with this slug, if it exists. */
export const WELCOME_SLUG = "welcome";

const Addresses = createContext<ReadingAddresses>(addresses);

/** Provides addresses to the components within it, so that every link stays at the date that is read. */
export const AddressesProvider: Provider<ReadingAddresses> = Addresses.Provider;

/** Returns the addresses of the date that is read; the current ones without a provider. */
export function useAddresses(): ReadingAddresses {
  return useContext(Addresses);
}

/** Returns true if the screen shows an earlier date, where commands are not offered. */
export function useIsEarlierDate(): boolean {
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
