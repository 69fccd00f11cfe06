import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyBaseLogger } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { ListedPage, PageDetails } from "../application/pages.ts";
import { authorsOf } from "../application/people.ts";
import { pagesWithSameTitle } from "../application/same-title.ts";
import { pageWriteAccess } from "../http/access.ts";
import { baseVersionOf, etagOf } from "../http/etag.ts";
import { authorise, requirePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { listedPageJson } from "./page-json.ts";
import { commandResponse, pageResponse, sendCacheablePage, sendNotModified } from "./page-responses.ts";
import { waitForPosition, withoutUndefined } from "./requests.ts";
import * as schemas from "./schemas.ts";

const tags = ["Pages"];

/** Routes that create, list, read and edit pages. */
export const pageRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  await api.register(creating, options);
  await api.register(listing, options);
  for (const address of pageAddresses(options.content)) {
    await api.register(reading(address), options);
    await api.register(editing(address), options);
  }
};

const creating: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts, views }) => {
  api.post(
    apiRoutes.pages,
    {
      ...pageWriteAccess,
      schema: {
        tags,
        summary: "Create a page",
        headers: schemas.idempotencyHeader,
        body: schemas.newPage,
        response: { 201: schemas.json("The page.", schemas.createdPage), ...schemas.problems },
      },
    },
    async (request, reply) => {
      const person = requirePerson(request);
      const idempotencyKey = request.headers["idempotency-key"];
      const written = await asUser(person.id, () => content.addPage({ ...request.body, idempotencyKey }));
      reply.header("location", apiRoutes.pageBySlug(written.page.slug));
      const response = await commandResponse(accounts, reply, written);
      return reply.code(201).send({ ...response, ...(await sameTitle(views, written.page, request.log)) });
    },
  );
};

/** Resolves to the field that names other pages with the title of a page. The answer lacks it if the view fails. */
async function sameTitle(
  views: ApiOptions["views"],
  { id, title }: PageDetails,
  log: FastifyBaseLogger,
): Promise<{ sameTitle?: { id: string; slug: string }[] }> {
  try {
    const others = await pagesWithSameTitle(views, title, id);
    return others.length === 0 ? {} : { sameTitle: others.map(({ id, slug }) => ({ id, slug })) };
  } catch (error) {
    log.error(error);
    return {};
  }
}

const listing: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts, policy }) => {
  api.get(
    apiRoutes.pages,
    {
      schema: {
        tags,
        summary: "List pages in the order of the page log",
        querystring: schemas.pagesQuery,
        response: {
          200: schemas.json("The pages without their bodies. Archived pages are left out.", schemas.pageList),
          ...schemas.problems,
        },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { after, at: instant, limit = schemas.DEFAULT_LIMIT, desc, ...range } = request.query;
      await waitForPosition(content, after);
      const at = instant === undefined ? undefined : await content.record.positionAt(instant);
      const descending = desc === "true";
      const found: Omit<ListedPage, "body">[] = [];
      const options = { ...withoutUndefined({ ...range, at }), desc: descending, limit: limit + 1 };
      // Drops the bodies, which can be 10 MB each.
      for await (const { body: _, ...page } of content.getPages(options)) found.push(page);
      const pages = found.slice(0, limit);
      const names = await accounts.personsByIds(authorsOf(pages));
      const last = pages.at(-1)?.logPosition;
      const hasMore = found.length > limit && last !== undefined;
      return {
        items: pages.map((page) => ({ ...listedPageJson(page, names), logPosition: page.logPosition })),
        next: hasMore ? (descending ? last - 1 : last) : null,
      };
    },
  );
};

const reading =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, accounts, policy, responses }) => {
    api.get(
      address.pattern,
      {
        schema: {
          tags,
          summary: address.summary("Read a page"),
          params: address.params,
          querystring: schemas.pageQuery,
          response: {
            200: schemas.json("The page.", schemas.page),
            ...schemas.notModified,
            ...address.responses,
            ...schemas.problems,
          },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        const { after, at: instant, version } = request.query;
        const trace = await responses.trace(request);
        // Read the position first, so that the page includes all events up to it.
        const current = trace?.state.position ?? (await waitForPosition(content, after));
        const at = instant === undefined ? undefined : await content.record.positionAt(instant);
        const found = await address.find(request, reply, at, trace);
        if (found === undefined) return reply;
        if (trace !== undefined)
          return sendCacheablePage(accounts, request, reply, { page: found, trace, responses });
        const page = version === undefined ? found : await content.getPageById(found.id, version);
        if (sendNotModified(request, reply, etagOf(page))) return reply;
        return reply.send(await pageResponse(accounts, reply, page, at ?? current));
      },
    );
  };

const editing =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { accounts, views }) => {
    api.patch(
      address.pattern,
      {
        ...pageWriteAccess,
        schema: {
          tags,
          summary: address.summary("Edit a page"),
          params: address.params,
          headers: schemas.ifMatchHeader,
          body: schemas.pageEdit,
          response: {
            200: schemas.json("The page after the edit.", schemas.editedPage),
            ...address.responses,
            ...schemas.problems,
          },
        },
      },
      async (request, reply) => {
        const person = requirePerson(request);
        const baseVersion = (pageId: string) => baseVersionOf(request.headers["if-match"], pageId);
        const { begunWith, ...fields } = request.body;
        const ancestorVersions = begunWith === undefined ? [] : [begunWith];
        const edit = { ...withoutUndefined(fields), baseVersion, ancestorVersions };
        const written = await asUser(person.id, () => address.edit(request, reply, edit));
        if (written === undefined) return reply;
        const response = await commandResponse(accounts, reply, written);
        const others = fields.title === undefined ? {} : await sameTitle(views, written.page, request.log);
        return reply.send({ ...response, ...others });
      },
    );
  };
