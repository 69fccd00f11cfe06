import type { FastifyRequest } from "fastify";
import { may } from "../application/policy.ts";
import { type ReadTrace, tracedReader } from "../application/read-trace.ts";
import { currentWiki, type WikiReader, wikiAt } from "../application/wiki-reading.ts";
import { authorise } from "../http/person.ts";
import { addresses, addressesAt, localAddress, type ReadingAddresses } from "./addresses.ts";
import type { WebOptions } from "./web-options.ts";

/** The prefix of addresses at an earlier date. The rest is the address of the current screen. */
export const EARLIER_DATE_PREFIX = "/-/at/:instant";

declare module "fastify" {
  interface FastifyRequest {
    /** The instant at which the wiki is read; null for requests outside `EARLIER_DATE_PREFIX`. */
    earlierDate: Date | null;
  }
}

/** The wiki at a date, and addresses that stay at that date. */
export interface Reading {
  readonly wiki: WikiReader;
  /** The configured public origin of the wiki. */
  readonly origin: string | undefined;
  readonly addresses: ReadingAddresses;
  /** Whether the requester may create pages, at the date that is read. */
  readonly mayCreate: boolean;
  /** Records what is read; undefined if the response cannot be cached. */
  readonly trace: ReadTrace | undefined;
}

type ReadingOptions = Pick<WebOptions, "content" | "views" | "policy" | "config" | "responses">;

/**
 * Resolves to the wiki that a request reads: now, or at an earlier date below `EARLIER_DATE_PREFIX`. Current rights apply
 * to both.
 * @param parameters the parameters of the query that the response depends on
 * @throws HttpError as `authorise` does
 */
export async function readingFor(
  request: FastifyRequest,
  { content, views, policy, config, responses }: ReadingOptions,
  parameters: readonly string[] = [],
): Promise<Reading> {
  authorise(request, "read", policy);
  const { earlierDate } = request;
  const origin = config.publicOrigin;
  if (earlierDate === null) {
    const trace = await responses.trace(request, parameters);
    const wiki = currentWiki(content, views);
    const mayCreate = may(request.person, "write", policy);
    return {
      wiki: trace === undefined ? wiki : tracedReader(wiki, trace),
      origin,
      addresses,
      mayCreate,
      trace,
    };
  }
  return {
    wiki: await wikiAt(content, views, earlierDate),
    origin,
    addresses: addressesAt(earlierDate.toISOString()),
    mayCreate: false,
    trace: undefined,
  };
}

const EXIST_AT_EARLIER_DATES: readonly string[] = [
  addresses.home,
  addresses.allPages(),
  addresses.search(),
  addresses.wanted(),
  addresses.orphans(),
  addresses.choosePage(),
  addresses.changes(),
];

/** Returns the counterpart of a current address at the date of `addressesAtDate`, or the same address if it has none. */
export function sameDateAddress(addressesAtDate: ReadingAddresses, address: string): string {
  const path = address.replace(/[?#].*$/s, "").replace(/(?<=.)\/$/, "");
  const exists = EXIST_AT_EARLIER_DATES.includes(path) || path.startsWith(addresses.backlinks(""));
  return exists ? addressesAtDate.home + address.slice(1) : address;
}

/**
 * Returns the part of an address after the prefix and its slash. It is empty if it would lead to another site.
 */
export function pathBelowPrefix(url: string): string {
  const rest = url.replace(/^\/-\/at\/[^/?#]*/, "");
  return localAddress(rest.startsWith("/") ? rest : `/${rest}`).slice(1);
}
