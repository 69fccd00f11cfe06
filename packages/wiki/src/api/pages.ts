import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { ListedPage, PageDetails, Written } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import { authorsOf } from "../application/people.ts";
import { baseVersionOf, etagOf, matchesEtag } from "../http/etag.ts";
import { authorise, authorisePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { listedPageJson, pageJson } from "./page-json.ts";
import { reached } from "./position.ts";
import * as schemas from "./schemas.ts";

/** The header that says at which position a write is known. */
const POSITION_HEADER = "palimpsest-position";

const tags = ["Pages"];

export const pageRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts, policy }) => {
  const answer = async (reply: FastifyReply, page: PageDetails, position: number) => {
    reply.header("etag", etagOf(page));
    return pageJson(page, await accounts.personsByIds(authorsOf([page])), position);
  };

  /** `position` was asked for before `found` was read, so `found` includes it. */
  const read = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { found, position, version }: { found: PageDetails; position: number; version: number | undefined },
  ) => {
    const page = version === undefined ? found : await content.getPageById(found.id, version);
    if (matchesEtag(request.headers["if-none-match"], etagOf(page))) {
      return reply.code(304).header("etag", etagOf(page)).send();
    }
    return reply.send(await answer(reply, page, position));
  };

  const edit = async (request: FastifyRequest, reply: FastifyReply, pageId: string) => {
    const person = authorisePerson(request, "write");
    const baseVersion = baseVersionOf(request.headers["if-match"], pageId);
    const changes = request.body as Record<string, string>;
    const written = await asUser(person.id, () => content.editPage(pageId, { ...changes, baseVersion }));
    return reply.send({
      ...(await answerWrite(reply, written)),
      ...(written.merged ? { merged: true as const } : {}),
    });
  };

  const answerWrite = async (reply: FastifyReply, { page, position }: Written) => {
    reply.header(POSITION_HEADER, position);
    return answer(reply, page, position);
  };

  api.post(
    apiRoutes.pages,
    {
      schema: {
        tags,
        summary: "Create a page",
        headers: schemas.idempotencyHeader,
        body: schemas.newPage,
        response: { 201: schemas.json("The page.", schemas.page), ...schemas.problems },
      },
    },
    async (request, reply) => {
      const person = authorisePerson(request, "write");
      const idempotencyKey = request.headers["idempotency-key"];
      const written = await asUser(person.id, () => content.addPage({ ...request.body, idempotencyKey }));
      reply.header("location", apiRoutes.pageBySlug(written.page.slug));
      return reply.code(201).send(await answerWrite(reply, written));
    },
  );

  api.get(
    apiRoutes.pages,
    {
      schema: {
        tags,
        summary: "List pages in the order of the page log",
        querystring: schemas.pagesQuery,
        response: {
          200: schemas.json("Pages, without their bodies.", schemas.pageList),
          ...schemas.problems,
        },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { after, limit = schemas.DEFAULT_LIMIT, desc, ...range } = request.query;
      await reached(content, after);
      const descending = desc === "true";
      const found: ListedPage[] = [];
      for await (const page of content.getPages({ ...defined(range), desc: descending, limit: limit + 1 })) {
        found.push(page);
      }
      const pages = found.slice(0, limit);
      const names = await accounts.personsByIds(authorsOf(pages));
      const last = pages.at(-1)?.logPosition;
      const more = found.length > limit && last !== undefined;
      return {
        items: pages.map((page) => ({ ...listedPageJson(page, names), logPosition: page.logPosition })),
        next: more ? (descending ? last - 1 : last) : null,
      };
    },
  );

  api.get(
    apiRoutes.pageBySlugPattern,
    {
      schema: {
        tags,
        summary: "Read a page",
        params: schemas.slugParameter,
        querystring: schemas.pageQuery,
        response: {
          200: schemas.json("The page.", schemas.page),
          ...schemas.notModified,
          ...schemas.moved,
          ...schemas.problems,
        },
      },
    },
    async (request, reply) => {
      authorise(request, "read", policy);
      const { after, version } = request.query;
      const position = await reached(content, after);
      const { kind, page: found } = await holderOf(request.params.slug);
      if (kind === "moved") return redirect(request, reply, apiRoutes.pageBySlug(found.slug));
      return read(request, reply, { found, position, version });
    },
  );

  api.patch(
    apiRoutes.pageBySlugPattern,
    {
      schema: {
        tags,
        summary: "Change a page",
        params: schemas.slugParameter,
        headers: schemas.ifMatchHeader,
        body: schemas.pageEdit,
        response: {
          200: schemas.json("The page after the edit.", schemas.editedPage),
          ...schemas.moved,
          ...schemas.problems,
        },
      },
    },
    async (request, reply) => {
      authorisePerson(request, "write");
      const found = await holderOf(request.params.slug);
      if (found.kind === "moved") return redirect(request, reply, apiRoutes.pageBySlug(found.page.slug));
      return edit(request, reply, found.page.id);
    },
  );

  api.get(
    apiRoutes.pageByIdPattern,
    {
      schema: {
        tags,
        summary: "Read a page by its id",
        params: schemas.idParameter,
        querystring: schemas.pageQuery,
        response: {
          200: schemas.json("The page.", schemas.page),
          ...schemas.notModified,
          ...schemas.problems,
        },
      },
    },
    async (request, reply) => {
      authorise(request, "read", policy);
      const { after, version } = request.query;
      const position = await reached(content, after);
      const found = await content.getPageById(request.params.id);
      return read(request, reply, { found, position, version });
    },
  );

  api.patch(
    apiRoutes.pageByIdPattern,
    {
      schema: {
        tags,
        summary: "Change a page by its id",
        params: schemas.idParameter,
        headers: schemas.ifMatchHeader,
        body: schemas.pageEdit,
        response: { 200: schemas.json("The page after the edit.", schemas.editedPage), ...schemas.problems },
      },
    },
    async (request, reply) => {
      authorisePerson(request, "write");
      const { id } = await content.getPageById(request.params.id);
      return edit(request, reply, id);
    },
  );

  const holderOf = async (slug: string) => {
    const found = await content.resolveSlug(slug);
    if (found.kind === "nothing") throw new PageNotFoundError(slug);
    return found;
  };
};

/** 308, so that the method and the body are kept. */
function redirect(request: FastifyRequest, reply: FastifyReply, path: string) {
  const query = request.url.indexOf("?");
  return reply.redirect(query === -1 ? path : path + request.url.slice(query), 308);
}

function defined<T extends object>(fields: T): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Field in keyof T]: Exclude<T[Field], undefined> };
}
