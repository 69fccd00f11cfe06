import type { FastifyRequest } from "fastify";

/** Returns a field of the posted form, empty if it is missing. */
export function field(request: FastifyRequest, name: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : "";
}

/** Returns `text`, as it can stand in a header, if it is an address of this wiki to go on to; else the start. */
export function safeReturn(text: string): string {
  const here = "http://wiki.invalid";
  if (!text.startsWith("/") || !URL.canParse(text, here)) return "/";
  const { origin, pathname, search, hash } = new URL(text, here);
  // "//" in front would lead to another host, and dots before it can have hidden that.
  return origin === here && !pathname.startsWith("//") ? pathname + search + hash : "/";
}
