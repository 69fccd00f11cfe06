import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A fresh value for the cookie that a browser keeps and its forms' tokens are bound to. */
export function newCsrfCookieValue(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * A token for the forms of a page, bound to the browser's cookie. Each call gives another one, all of them
 * valid: one that repeats in compressed pages could be guessed from their lengths (the BREACH attack).
 */
export function csrfToken(cookieValue: string, secret: string): string {
  const salt = randomBytes(12).toString("base64url");
  return `${salt}.${sign(salt, cookieValue, secret)}`;
}

/** Whether `token` was made for this cookie with this secret. Missing and malformed ones are not valid. */
export function csrfValid(
  token: string | undefined,
  cookieValue: string | undefined,
  secret: string,
): boolean {
  if (!token || !cookieValue) return false;
  const [salt = "", signature = "", ...more] = token.split(".", 3);
  if (salt === "" || more.length > 0) return false;
  return sameText(signature, sign(salt, cookieValue, secret));
}

/**
 * Whether a browser says that another site sent this request; `host` is the name and port the wiki is called
 * by, as in the Host header. A sibling subdomain counts as another site. Clients that are no browsers send
 * neither header and are not held up: they have no cookies that could be used against anyone.
 */
export function isCrossSite(headers: Headers, host: string): boolean {
  const site = headers.get("sec-fetch-site");
  // "none": the person typed the address or used a bookmark.
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = headers.get("origin");
  return origin !== null && !isOriginOf(origin, host);
}

/** Compares two texts in a time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function sign(salt: string, cookieValue: string, secret: string): string {
  return createHmac("sha256", secret).update(`csrf\n${salt}\n${cookieValue}`).digest("base64url");
}

function isOriginOf(origin: string, host: string): boolean {
  // "null", the origin of sandboxed frames, is no URL and so is never ours.
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}
