import type { FastifyReply, FastifyRequest } from "fastify";
import type { SlugResolution } from "../../application/pages.ts";
import { parseSlug } from "../../content/slug.ts";
import { etagOf, matchesEtag } from "../../http/etag.ts";
import type { ResponseCache } from "../../http/response-cache.ts";
import type { Reading } from "../reading.ts";
import { UNSHARED } from "../send-screen.ts";

const ENDING = /\.md$/i;
const MARKDOWN = "text/markdown; charset=utf-8";

/** Returns whether a path asks for the source of a page. A page with that slug takes precedence. */
export function isSourcePath(path: string): boolean {
  return ENDING.test(path);
}

/** Sends the Markdown of the page that `path` names without its ending. */
export async function sendSource(
  request: FastifyRequest,
  reply: FastifyReply,
  { wiki, addresses, trace }: Reading,
  { path, responses }: { readonly path: string; readonly responses: ResponseCache },
): Promise<FastifyReply> {
  const text = path.replace(ENDING, "");
  const slug = parseSlug(text);
  const found: SlugResolution = slug === undefined ? { kind: "nothing" } : await wiki.resolveSlug(slug);
  if (found.kind === "nothing" || found.kind === "archived") {
    const reason = found.kind === "archived" ? "is archived" : "does not exist";
    return reply.code(404).type("text/plain; charset=utf-8").send(`The page /${text} ${reason}.\n`);
  }
  const { page } = found;
  if (`${page.slug}.md` !== path) return reply.redirect(addresses.source(page.slug), 308);
  const etag = etagOf(page);
  if (trace !== undefined) {
    const response = { contentType: MARKDOWN, cacheControl: UNSHARED, parts: [page.body], etag, trace };
    return responses.send(request, reply, response);
  }
  reply.header("etag", etag).header("cache-control", UNSHARED);
  if (matchesEtag(request.headers["if-none-match"], etag)) return reply.code(304).send();
  return reply.type(MARKDOWN).send(page.body);
}
