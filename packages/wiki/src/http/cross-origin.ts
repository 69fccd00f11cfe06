import type { FastifyRequest } from "fastify";
import { HttpError } from "./errors.ts";
import { apiRoutes } from "./routes.ts";

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Refuses a change that a page of another origin may have sent with this browser's cookies. A browser never sends a
 * bearer token by itself, so requests with one pass. A request to the API without token or session changes nothing.
 * @throws HttpError `cross-site-request`
 */
export function refuseCrossOrigin(request: FastifyRequest, publicOrigin: string | undefined): void {
  const { method, url, headers, host, person, personByCookie } = request;
  if (SAFE_METHODS.includes(method) || (person !== null && !personByCookie)) return;
  if (person === null && url.startsWith(`${apiRoutes.root}/`)) return;
  switch (senderOf(headers, host, publicOrigin)) {
    case "same-origin":
      return;
    case "cross-origin":
      throw new HttpError(
        "cross-site-request",
        "The change was sent by a page of another site. Open the page in this wiki and repeat the change there.",
      );
    case "unknown":
      throw new HttpError(
        "cross-site-request",
        "The request has neither a Sec-Fetch-Site nor an Origin header. Programs that change something send a token: `Authorization: Bearer <token>`.",
      );
  }
}

/**
 * Compares the origin of the page that sent a request with the wiki's own. Subdomains and ports are separate origins.
 * `host` is the request's Host; `publicOrigin` is the configured base URL, since a proxy may change the Host.
 *
 * The rules are those of `CrossOriginProtection` in Go's net/http, except that a request without both headers is unknown.
 */
export function senderOf(
  headers: { readonly [name: string]: string | readonly string[] | undefined },
  host: string,
  publicOrigin?: string,
): "same-origin" | "cross-origin" | "unknown" {
  const { "sec-fetch-site": site, origin } = headers;
  if (site !== undefined) {
    // "none": the user started the request, not a page.
    return site === "same-origin" || site === "none" ? "same-origin" : "cross-origin";
  }
  // Browsers omit Sec-Fetch-Site on plain HTTP, except on localhost.
  if (origin === undefined) return "unknown";
  return isOwnOrigin(String(origin), host, publicOrigin) ? "same-origin" : "cross-origin";
}

function isOwnOrigin(origin: string, host: string, publicOrigin: string | undefined): boolean {
  // "null" is the origin of sandboxed frames, and of pages whose referrer policy is no-referrer.
  if (!URL.canParse(origin)) return false;
  const sender = new URL(origin);
  if (sender.origin === publicOrigin) return true;
  // The network can change pages that are sent over plain HTTP, so a wiki on HTTPS does not trust them.
  if (publicOrigin?.startsWith("https:") && sender.protocol !== "https:") return false;
  // A Host may name the default port and use capitals; an origin does not.
  const own = `${sender.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === sender.host;
}
