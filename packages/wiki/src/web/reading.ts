import type { FastifyRequest } from "fastify";
import { presentWiki, type WikiReading, wikiAt } from "../application/wiki-reading.ts";
import { authorise } from "../http/person.ts";
import { addresses, addressesAt, localAddress, type ReadingAddresses } from "./addresses.ts";
import type { WebOptions } from "./web-options.ts";

/** Each address of the wiki as it was is one of the present below this prefix. */
export const EARLIER_DATE_PREFIX = "/-/at/:instant";

declare module "fastify" {
  interface FastifyRequest {
    /** The instant that the wiki is read at, for what is asked below `EARLIER_DATE_PREFIX`; else null. */
    past: Date | null;
  }
}

/** A wiki to read, and the addresses that lead from screen to screen in its time. */
export interface Reading {
  readonly wiki: WikiReading;
  /** The origin under which people know the wiki, if it was set. */
  readonly origin: string | undefined;
  readonly addresses: ReadingAddresses;
}

/**
 * Resolves to what a request reads: the wiki as it is or, below `EARLIER_DATE_PREFIX`, as it was. Who may read is decided by
 * the rights of today.
 * @throws HttpError what `authorise` does
 */
export async function readingFor(
  request: FastifyRequest,
  { content, views, policy, config }: Pick<WebOptions, "content" | "views" | "policy" | "config">,
): Promise<Reading> {
  authorise(request, "read", policy);
  const { past } = request;
  const origin = config.publicOrigin;
  if (past === null) return { wiki: presentWiki(content, views), origin, addresses };
  return { wiki: await wikiAt(content, views, past), origin, addresses: addressesAt(past.toISOString()) };
}

const READ_AT_ANY_TIME: readonly string[] = [
  addresses.home,
  addresses.allPages(),
  addresses.search(),
  addresses.wanted(),
  addresses.orphans(),
  addresses.changes(),
];

/** Returns `address`, one of the present from "/" on, as it is in the time of `then`; the same where it is not there. */
export function sameDateAddress(then: ReadingAddresses, address: string): string {
  const path = address.replace(/[?#].*$/s, "").replace(/(?<=.)\/$/, "");
  const isThere = READ_AT_ANY_TIME.includes(path) || path.startsWith(addresses.backlinks(""));
  return isThere ? then.home + address.slice(1) : address;
}

/**
 * Returns what follows the prefix in an address below it, without the slash in front: an empty text if that would
 * lead out of the wiki.
 */
export function pathBelowPrefix(url: string): string {
  const rest = url.replace(/^\/-\/at\/[^/?#]*/, "");
  return localAddress(rest.startsWith("/") ? rest : `/${rest}`).slice(1);
}
