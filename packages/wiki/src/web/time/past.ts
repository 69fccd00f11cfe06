import type { FastifyRequest } from "fastify";
import { presentWiki, type WikiReading, wikiAt } from "../../application/wiki-reading.ts";
import { authorise } from "../../http/person.ts";
import { addresses, addressesAt, type ReadingAddresses } from "../addresses.ts";
import { safeReturn } from "../form.ts";
import type { WebOptions } from "../web-options.ts";

/** Each address of the wiki as it was is one of the present below this prefix. */
export const PAST_PREFIX = "/-/at/:instant";

declare module "fastify" {
  interface FastifyRequest {
    /** The instant that the wiki is read at, for what is asked below `PAST_PREFIX`; else null. */
    past: Date | null;
  }
}

/** A wiki to read, and the addresses that lead from screen to screen in its time. */
export interface Reading {
  readonly wiki: WikiReading;
  readonly addresses: ReadingAddresses;
}

/**
 * Resolves to what a request reads: the wiki as it is or, below `PAST_PREFIX`, as it was. Who may read is decided by
 * the rights of today.
 * @throws HttpError what `authorise` does
 */
export async function readingFor(
  request: FastifyRequest,
  { content, views, policy }: Pick<WebOptions, "content" | "views" | "policy">,
): Promise<Reading> {
  authorise(request, "read", policy);
  const { past } = request;
  if (past === null) return { wiki: presentWiki(content, views), addresses };
  return { wiki: await wikiAt(content, views, past), addresses: addressesAt(past.toISOString()) };
}

/**
 * Returns what follows the prefix in an address below it, without the slash in front: an empty text if that would
 * lead out of the wiki.
 */
export function belowPast(url: string): string {
  const rest = url.replace(/^\/-\/at\/[^/?#]*/, "");
  return safeReturn(rest.startsWith("/") ? rest : `/${rest}`).slice(1);
}
