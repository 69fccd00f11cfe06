import type { FastifyReply, FastifyRequest } from "fastify";
import type { CommandResult, PageDetails } from "../application/pages.ts";
import { authorsOf, type People } from "../application/people.ts";
import { type ReadTrace, tracedNames } from "../application/read-trace.ts";
import { etagOf, matchesEtag } from "../http/etag.ts";
import type { ResponseCache } from "../http/response-cache.ts";
import { pageJson } from "./page-json.ts";

/** The response header with the position of a write. */
export const POSITION_HEADER = "palimpsest-position";

/** Sets the ETag, and resolves to the page as JSON. */
export async function pageResponse(people: People, reply: FastifyReply, page: PageDetails, position: number) {
  reply.header("etag", etagOf(page));
  return pageJson(page, await people.personsByIds(authorsOf([page])), position);
}

/** Sends a current page with its ETag, or status 304, and caches it. */
export async function sendCacheablePage(
  people: People,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    page,
    trace,
    responses,
  }: {
    readonly page: PageDetails;
    readonly trace: ReadTrace;
    readonly responses: ResponseCache;
  },
): Promise<FastifyReply> {
  const names = await tracedNames(trace, () => people.personsByIds(authorsOf([page])));
  const { position: _, ...json } = pageJson(page, names, trace.state.position);
  const [before, after] = [`${JSON.stringify(json).slice(0, -1)},"position":`, "}"];
  return responses.send(request, reply, {
    contentType: "application/json; charset=utf-8",
    parts: [before, after],
    fragment: (_person, { position }) => String(position),
    etag: etagOf(page),
    trace,
  });
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
