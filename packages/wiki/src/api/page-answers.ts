import type { FastifyReply, FastifyRequest } from "fastify";
import type { CommandResult, PageDetails } from "../application/pages.ts";
import { authorsOf, type People } from "../application/people.ts";
import { etagOf, matchesEtag } from "../http/etag.ts";
import { pageJson } from "./page-json.ts";

/** The header that says at which position a write is known. */
const POSITION_HEADER = "palimpsest-position";

/** Makes the answer that is a page. */
export async function pageAnswer(people: People, reply: FastifyReply, page: PageDetails, position: number) {
  reply.header("etag", etagOf(page));
  return pageJson(page, await people.personsByIds(authorsOf([page])), position);
}

/** Makes the answer to a write. */
export async function writtenAnswer(
  people: People,
  reply: FastifyReply,
  { page, position, merged }: CommandResult,
) {
  reply.header(POSITION_HEADER, position);
  const answer = await pageAnswer(people, reply, page, position);
  return { ...answer, ...(merged ? { merged: true as const } : {}) };
}

/** Names what is about to be sent; true if the client has it, and was told so. */
export function hasAlready(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  reply.header("etag", etag);
  if (!matchesEtag(request.headers["if-none-match"], etag)) return false;
  reply.code(304).send();
  return true;
}
