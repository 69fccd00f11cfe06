import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Variant } from "./cached-response.ts";
import { contentEncodingFor } from "./content-encoding.ts";
import { LAST_WRITE_COOKIE, mayHaveCookie, NOTICE_COOKIE } from "./cookies.ts";
import { matchesEtag } from "./etag.ts";
import { type Authenticator, identify } from "./person.ts";
import type { ResponseCache } from "./response-cache.ts";

export interface CachedAnswersOptions {
  readonly responses: ResponseCache;
  readonly accounts: Authenticator;
  /** Aborted when the server begins to close. */
  readonly closing: AbortSignal;
}

/**
 * Returns a listener that answers requests from the cache, after it has checked that the response is still right.
 * `handle` gets all other requests, and those for which the check fails.
 */
export function answerFromCache(options: CachedAnswersOptions, handle: RequestListener): RequestListener {
  return (request, response) => {
    if (options.closing.aborted || !mayBeCached(request, options.responses)) handle(request, response);
    else void answer(request, response, options, handle);
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: CachedAnswersOptions,
  handle: RequestListener,
): Promise<void> {
  // The server handles the request once more and reports the error.
  const variant = await findVariant(request, options).catch(() => undefined);
  if (variant === undefined) handle(request, response);
  else send(request, response, variant);
}

/** Requests with a body are left to the server's limits. */
function mayBeCached({ method, url = "", headers }: IncomingMessage, responses: ResponseCache): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) return false;
  return (
    !mayHaveCookie(headers, NOTICE_COOKIE) && responses.has(url, isAnonymous(headers) ? null : undefined)
  );
}

function isAnonymous({ authorization, cookie }: IncomingMessage["headers"]): boolean {
  return authorization === undefined && cookie === undefined;
}

async function findVariant(
  { url = "", headers }: IncomingMessage,
  { responses, accounts }: CachedAnswersOptions,
): Promise<Variant | undefined> {
  const encoding = contentEncodingFor(headers);
  if (encoding === undefined) return undefined;
  const identified = isAnonymous(headers) ? undefined : identify(headers, accounts);
  const [state, { person } = { person: null }] = await Promise.all([responses.monitor.check(), identified]);
  const cached = await responses.find(url, person, state, mayHaveCookie(headers, LAST_WRITE_COOKIE));
  return cached?.variant(encoding, person, state);
}

function send(request: IncomingMessage, response: ServerResponse, variant: Variant): void {
  if (matchesEtag(request.headers["if-none-match"], variant.etag)) {
    response.writeHead(304, variant.headersIfUnchanged as string[]).end();
  } else {
    response.writeHead(200, variant.headers as string[]).end(variant.body);
  }
}
