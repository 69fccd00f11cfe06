import type { IncomingHttpHeaders } from "node:http";

/** The cookie with a notice for the next page that is shown. */
export const NOTICE_COOKIE = "palimpsest.notice";

/** Returns whether a request may have the cookie. Its response shows the notice once, and is not cached. */
export function hasNotice({ cookie }: IncomingHttpHeaders): boolean {
  return cookie?.includes(`${NOTICE_COOKIE}=`) ?? false;
}
