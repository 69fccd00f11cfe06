/**
 * Each address that a page links to or posts to. Slugs keep their `/` as the separator of segments; the
 * wiki's own screens are under `/-/`, which no slug can begin with.
 */
export const addresses = {
  home: "/",
  page: (slug: string) => `/${encodeSlug(slug)}`,
  editPage: (slug: string) => `/-/edit/${encodeSlug(slug)}`,
  renamePage: (slug: string) => `/-/rename/${encodeSlug(slug)}`,
  /** With `slug`, the form is filled in with it. */
  newPage: (slug?: string) => withQuery("/-/new", { slug }),
  /** With `before`, the pages that follow the one the list ended with. */
  allPages: (before?: string) => withQuery("/-/pages", { before }),
  /** What `q` finds; with `cursor`, the part of it that follows the one that gave the cursor. */
  search: (q?: string, cursor?: string) => withQuery("/-/search", { q, cursor }),
  /** With `before`, the changes that are older than the one at this position. */
  changes: (before?: string) => withQuery("/-/changes", { before }),
  /** What is linked to and not there. With `cursor`, the part that follows. */
  wanted: (cursor?: string) => withQuery("/-/wanted", { cursor }),
  /** The pages that no other page links to. With `cursor`, the part that follows. */
  orphans: (cursor?: string) => withQuery("/-/orphans", { cursor }),
  /** The pages that link to this one. With `cursor`, the part that follows. */
  backlinks: (slug: string, cursor?: string) => withQuery(`/-/links/${encodeSlug(slug)}`, { cursor }),
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
