import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { PageNotFoundError } from "../application/errors.ts";
import { viewsReached } from "../application/views.ts";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import { searchPages } from "../projections/search.ts";
import type { ApiOptions } from "./api-options.ts";
import { personJson } from "./page-json.ts";
import { DEFAULT_LIMIT, idParameter, json, moved, problems, slugParameter } from "./schemas.ts";
import * as schemas from "./view-schemas.ts";

const tags = ["Views"];

/** What is read from views: search, links, recent changes. With `after` the views are waited for. */
export const viewRoutes: FastifyPluginAsyncZod<ApiOptions> = async (
  api,
  { content, accounts, views, policy },
) => {
  api.get(
    apiRoutes.search,
    {
      schema: {
        tags,
        summary: "Find pages by what they say",
        querystring: schemas.searchQuery,
        response: { 200: json("The best first.", schemas.searchResult), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { q = "", limit = DEFAULT_LIMIT, cursor: offset = 0, after } = request.query;
      await viewsReached(views, after);
      const { hits, total } = await searchPages(views.search, q, { limit, offset });
      const reached = offset + hits.length;
      return {
        items: hits.map(({ page, snippet }) => ({ page, snippet: [...snippet] })),
        total,
        next: hits.length > 0 && reached < total ? String(reached) : null,
      };
    },
  );

  const listed = async <Item>(
    { limit = DEFAULT_LIMIT, cursor: offset = 0, after }: ListQuery,
    list: (range: { limit: number; offset: number }) => Promise<readonly Item[]>,
  ) => {
    await viewsReached(views, after);
    const found = await list({ limit: limit + 1, offset });
    const items = found.slice(0, limit);
    return { items, next: items.length > 0 && found.length > limit ? String(offset + limit) : null };
  };

  api.get(
    apiRoutes.wantedPages,
    {
      schema: {
        tags,
        summary: "List what is linked to and not there, the most wanted first",
        querystring: schemas.listQuery,
        response: { 200: json("Slugs.", schemas.wantedPages), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      return listed(request.query, (range) => views.links.wantedPages(range));
    },
  );

  api.get(
    apiRoutes.orphans,
    {
      schema: {
        tags,
        summary: "List the pages that no other page links to",
        querystring: schemas.listQuery,
        response: { 200: json("Pages, in order of title.", schemas.pageNames), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      return listed(request.query, (range) => views.links.orphans(range));
    },
  );

  const backlinks = {
    tags,
    summary: "List the pages that link to a page",
    querystring: schemas.listQuery,
    response: { 200: json("Pages, in order of title.", schemas.pageNames), ...problems },
  };

  api.get(
    apiRoutes.backlinksBySlugPattern,
    { schema: { ...backlinks, params: slugParameter, response: { ...backlinks.response, ...moved } } },
    async (request, reply) => {
      authorise(request, "read", policy);
      const found = await content.resolveSlug(request.params.slug);
      if (found.kind === "nothing") throw new PageNotFoundError(request.params.slug);
      if (found.kind === "moved") return reply.redirect(apiRoutes.backlinksBySlug(found.page.slug), 308);
      return listed(request.query, (range) => views.links.backlinks(found.page.id, range));
    },
  );

  api.get(
    apiRoutes.backlinksByIdPattern,
    {
      schema: { ...backlinks, summary: "List the pages that link to a page, by its id", params: idParameter },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { id } = await content.getPageById(request.params.id);
      return listed(request.query, (range) => views.links.backlinks(id, range));
    },
  );

  api.get(
    apiRoutes.changes,
    {
      schema: {
        tags,
        summary: "List the changes of all pages, newest first",
        querystring: schemas.changesQuery,
        response: { 200: json("One for each event.", schemas.changes), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { before, limit = DEFAULT_LIMIT, after } = request.query;
      await viewsReached(views, after);
      const found = await views.recentChanges.recentChanges({
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
      });
      const shown = found.slice(0, limit);
      const names = await accounts.personsByIds(shown.flatMap(({ userId }) => userId ?? []));
      const items = shown.map(({ pageId, slug, title, userId, at, ...change }) => ({
        ...change,
        page: { id: pageId, slug, title },
        at: at.toISOString(),
        by: personJson(userId, names),
      }));
      return { items, next: found.length > limit ? (items.at(-1)?.position ?? null) : null };
    },
  );
};

interface ListQuery {
  readonly limit?: number | undefined;
  readonly cursor?: number | undefined;
  readonly after?: number | undefined;
}
