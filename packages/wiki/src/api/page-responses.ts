import type { FastifyReply, FastifyRequest } from "fastify";
import type { CommandResult, PageDetails } from "../application/pages.ts";
import { authorsOf, type People } from "../application/people.ts";
import { etagOf, matchesEtag } from "../http/etag.ts";
import { pageJson } from "./page-json.ts";

/** The response header with the position of a write. */
const POSITION_HEADER = "palimpsest-position";

/** Sets the ETag, and resolves to the page as JSON. */
export async function pageResponse(people: People, reply: FastifyReply, page: PageDetails, position: number) {
  reply.header("etag", etagOf(page));
  return pageJson(page, await people.personsByIds(authorsOf([page])), position);
}

/** Sets the headers, and resolves to the page after a command as JSON. */
export async function commandResponse(
  people: People,
  reply: FastifyReply,
  { page, position, merged }: CommandResult,
) {
  reply.header(POSITION_HEADER, position);
  const json = await pageResponse(people, reply, page, position);
  return { ...json, ...(merged ? { merged: true as const } : {}) };
}

/** Sets the ETag. Returns true if the client has that version, and sends 304. */
export function sendNotModified(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  reply.header("etag", etag);
  if (!matchesEtag(request.headers["if-none-match"], etag)) return false;
  reply.code(304).send();
  return true;
}
