import type { IncomingMessage } from "node:http";

/** The headers by which proxies tell of the client. Those that begin with `x-forwarded-` count, too. */
const PROXY_HEADERS = [
  "forwarded",
  "via",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "cf-ray",
  "x-envoy-external-address",
];

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d+){3}$|^::1$/i;
const LOOPBACK_NAME = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/i;

/**
 * Returns whether a request was certainly sent by a program on this machine. A proxy on this machine also connects from a
 * loopback address, so every sign of a proxy counts, and a host name that is not local: a page of another site can let
 * its own name lead to this machine.
 */
export function isLocalRequest(
  {
    socket,
    headers,
    httpVersion,
  }: Pick<IncomingMessage, "headers" | "httpVersion"> & {
    readonly socket: { readonly remoteAddress?: string | undefined };
  },
  { trustProxy, publicOrigin }: { readonly trustProxy: boolean; readonly publicOrigin: string | undefined },
): boolean {
  const { host = "", origin } = headers;
  return (
    !trustProxy &&
    (publicOrigin === undefined || isLocalOrigin(publicOrigin)) &&
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? "") &&
    // Browsers send no older version; nginx does by default.
    httpVersion !== "1.0" &&
    isLocalOrigin(`http://${host}`) &&
    (origin === undefined || isLocalOrigin(origin)) &&
    !Object.keys(headers).some((name) => PROXY_HEADERS.includes(name) || name.startsWith("x-forwarded-"))
  );
}

function isLocalOrigin(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK_NAME.test(new URL(origin).hostname);
}
