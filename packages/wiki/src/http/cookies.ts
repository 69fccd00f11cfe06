import type { IncomingHttpHeaders } from "node:http";

/** The cookie with a notice for the next page that is shown. */
export const NOTICE_COOKIE = "palimpsest.notice";
/** The cookie with the position of the person's last write. */
export const LAST_WRITE_COOKIE = "palimpsest.written";

/** Returns false only if a request does not have the cookie. */
export function mayHaveCookie({ cookie }: IncomingHttpHeaders, name: string): boolean {
  return cookie?.includes(`${name}=`) ?? false;
}
