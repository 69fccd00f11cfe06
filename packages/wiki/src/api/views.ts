import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { viewsReached } from "../application/views.ts";
import { presentWiki, type WikiReading, wikiAt } from "../application/wiki-reading.ts";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { changeJson } from "./change-json.ts";
import { defined } from "./defined.ts";
import { pageAddresses } from "./page-address.ts";
import { personJson } from "./page-json.ts";
import { DEFAULT_LIMIT, json, problems } from "./schemas.ts";
import * as schemas from "./view-schemas.ts";

const tags = ["Views"];

/** What is read from views: search, links, recent changes. With `after` the views are waited for. */
export const viewRoutes: FastifyPluginAsyncZod<ApiOptions> = async (
  api,
  { content, accounts, views, policy },
) => {
  /** Resolves to what is to be read, once the views have got there. */
  const readingOf = async ({ after, at }: When): Promise<WikiReading> => {
    await viewsReached(views, after);
    return at === undefined ? presentWiki(content, views) : wikiAt(content, views, at);
  };

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
      const { q = "", limit = DEFAULT_LIMIT, cursor: offset = 0 } = request.query;
      const reading = await readingOf(request.query);
      const { hits, total } = await reading.search(q, { limit, offset }, request.signal);
      const reached = offset + hits.length;
      return {
        items: hits.map(({ page, snippet }) => ({ page, snippet: [...snippet] })),
        total,
        next: hits.length > 0 && reached < total ? String(reached) : null,
      };
    },
  );

  api.get(
    apiRoutes.wantedPages,
    {
      schema: {
        tags,
        summary: "List what is linked to and not there, the most wanted first",
        querystring: schemas.listQueryAt,
        response: { 200: json("Slugs.", schemas.wantedPages), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const reading = await readingOf(request.query);
      return listed(request.query, (range) => reading.wantedPages(range));
    },
  );

  api.get(
    apiRoutes.orphans,
    {
      schema: {
        tags,
        summary: "List the pages that no other page links to",
        querystring: schemas.listQueryAt,
        response: { 200: json("Pages, in order of title.", schemas.pageNames), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const reading = await readingOf(request.query);
      return listed(request.query, (range) => reading.orphans(range));
    },
  );

  for (const address of pageAddresses(content)) {
    api.get(
      address.pattern + apiRoutes.ofPage.backlinks,
      {
        schema: {
          tags,
          summary: address.summary("List the pages that link to a page"),
          params: address.params,
          querystring: schemas.listQueryAt,
          response: {
            200: json("Pages, in order of title.", schemas.pageNames),
            ...address.answers,
            ...problems,
          },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        const reading = await readingOf(request.query);
        const page = await address.find(request, reply, reading.at);
        if (page === undefined) return reply;
        return reply.send(await listed(request.query, (range) => reading.backlinks(page.id, range)));
      },
    );
  }

  api.get(
    apiRoutes.archivedPages,
    {
      schema: {
        tags,
        summary: "List the pages that are archived, the last one first",
        querystring: schemas.listQuery,
        response: { 200: json("Pages, under the slugs that they had.", schemas.archivedPages), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      await viewsReached(views, request.query.after);
      const { items, next } = await listed(request.query, (range) => views.site.archivedPages(range));
      const names = await accounts.personsByIds(items.flatMap(({ userId }) => userId ?? []));
      return {
        items: items.map(({ userId, at, ...page }) => ({
          ...page,
          at: at.toISOString(),
          by: personJson(userId, names),
        })),
        next,
      };
    },
  );

  api.get(
    apiRoutes.changes,
    {
      schema: {
        tags,
        summary: "List the changes of all pages, or those by a person, of a page or of a kind, newest first",
        querystring: schemas.changesQuery,
        response: { 200: json("One for each event.", schemas.changes), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { before, limit = DEFAULT_LIMIT, after, person: userId, page: pageId, kind } = request.query;
      await viewsReached(views, after);
      const wanted = defined({ before, userId, pageId, kind });
      const found = await views.recentChanges.recentChanges({ ...wanted, limit: limit + 1 });
      const shown = found.slice(0, limit);
      const names = await accounts.personsByIds(shown.flatMap(({ userId }) => userId ?? []));
      const items = shown.map((change) => ({
        ...changeJson(change, names),
        page: { id: change.pageId, slug: change.page.slug, title: change.page.title },
      }));
      return { items, next: found.length > limit ? (items.at(-1)?.position ?? null) : null };
    },
  );
};

/** Resolves to a part of a list, and where the next one begins. */
async function listed<Item>(
  { limit = DEFAULT_LIMIT, cursor: offset = 0 }: ListQuery,
  list: (range: { limit: number; offset: number }) => Promise<readonly Item[]>,
) {
  const found = await list({ limit: limit + 1, offset });
  const items = found.slice(0, limit);
  return { items, next: items.length > 0 && found.length > limit ? String(offset + limit) : null };
}

interface ListQuery {
  readonly limit?: number | undefined;
  readonly cursor?: number | undefined;
}

interface When {
  readonly after?: number | undefined;
  readonly at?: Date | undefined;
}
