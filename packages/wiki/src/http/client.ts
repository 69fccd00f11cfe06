import { isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * Tells who makes a request from others, as limits have to, and when they stop waiting for its answer: a person is
 * one client wherever they are, and of strangers each address is.
 */
export function clientOf(request: Pick<FastifyRequest, "person" | "ip" | "signal">): {
  readonly client: string;
  readonly signal: AbortSignal;
} {
  return { client: request.person?.id ?? networkOf(request.ip), signal: request.signal };
}

/** How an IPv4 address is written as one of IPv6 (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** Of an IPv6 address the first 64 bits: the others are chosen by whoever has it (RFC 4291, 2.5.4). */
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
