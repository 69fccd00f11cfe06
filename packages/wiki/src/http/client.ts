import { isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * Returns the client that a limit counts requests for: the person, or the network of the address. `signal` is aborted
 * when the client disconnects.
 */
export function clientOf(request: Pick<FastifyRequest, "person" | "ip" | "signal">): {
  readonly client: string;
  readonly signal: AbortSignal;
} {
  return { client: request.person?.id ?? networkOf(request.ip), signal: request.signal };
}

/** The prefix of an IPv4 address in IPv6 notation (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** Returns the first 64 bits of an IPv6 address, since a client can choose the others (RFC 4291, 2.5.4). */
function networkOf(address: string): string {
  const plain = address.replace(MAPPED, "");
  if (!isIPv6(plain)) return plain;
  const written = new URL(`http://[${plain.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const groupsOf = (text: string) => text.split(":").filter((group) => group !== "");
  const zeros = "0:".repeat(8 - groupsOf(written).length);
  return groupsOf(written.replace("::", `:${zeros}`))
    .slice(0, 4)
    .join(":");
}
