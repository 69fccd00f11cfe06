import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { waitForView } from "../application/views.ts";
import { currentWiki, type WikiReader, wikiAt } from "../application/wiki-reading.ts";
import { clientOf } from "../http/client.ts";
import { queuedRead } from "../http/expensive-reads.ts";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import { RECENT_CHANGES } from "../projections/recent-changes.ts";
import { SEARCH } from "../projections/search.ts";
import { SITE } from "../projections/site.ts";
import type { ApiOptions } from "./api-options.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { changeJson, personJson } from "./page-json.ts";
import { withoutUndefined } from "./requests.ts";
import { DEFAULT_LIMIT, json, problems } from "./schemas.ts";
import * as schemas from "./view-schemas.ts";

const tags = ["Views"];

/** Routes that read views: search, links and recent changes. With `after`, each waits for its view. */
export const viewRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  for (const routes of [searching, wantedPages, orphans, archivedPages, changes]) {
    await api.register(routes, options);
  }
  for (const address of pageAddresses(options.content)) await api.register(backlinksOf(address), options);
};

const searching: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  api.get(
    apiRoutes.search,
    {
      ...queuedRead,
      schema: {
        tags,
        summary: "Search pages",
        querystring: schemas.searchQuery,
        response: { 200: json("The matching pages, the best first.", schemas.searchResult), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", options.policy);
      const { q = "", limit = DEFAULT_LIMIT, cursor: offset = 0, after } = request.query;
      await waitForView(options.views, SEARCH, after);
      const reading = await readingAt(options, request.query.at);
      const { hits, ...totals } = await reading.search(q, { limit, offset }, clientOf(request));
      const end = offset + hits.length;
      return {
        items: hits.map(({ page, snippet }) => ({ page, snippet: [...snippet] })),
        ...totals,
        next: hits.length > 0 && end < totals.total ? String(end) : null,
      };
    },
  );
};

const wantedPages: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  api.get(
    apiRoutes.wantedPages,
    {
      schema: {
        tags,
        summary: "List slugs that pages link to and no page has, the most linked first",
        querystring: schemas.listQueryAt,
        response: { 200: json("The slugs.", schemas.wantedPages), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", options.policy);
      await waitForView(options.views, SITE, request.query.after);
      const reading = await readingAt(options, request.query.at);
      return listPart(request.query, (range) => reading.wantedPages(range));
    },
  );
};

const orphans: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  api.get(
    apiRoutes.orphans,
    {
      schema: {
        tags,
        summary: "List the pages that no other page links to",
        querystring: schemas.listQueryAt,
        response: { 200: json("The pages in order of title.", schemas.pageNames), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", options.policy);
      await waitForView(options.views, SITE, request.query.after);
      const reading = await readingAt(options, request.query.at);
      return listPart(request.query, (range) => reading.orphans(range));
    },
  );
};

const backlinksOf =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, options) => {
    api.get(
      address.pattern + apiRoutes.ofPage.backlinks,
      {
        schema: {
          tags,
          summary: address.summary("List the pages that link to a page"),
          params: address.params,
          querystring: schemas.listQueryAt,
          response: {
            200: json(
              "The pages in order of title, or of creation if there are more than 1,000.",
              schemas.pageNames,
            ),
            ...address.responses,
            ...problems,
          },
        },
      },
      async (request, reply) => {
        authorise(request, "read", options.policy);
        await waitForView(options.views, SITE, request.query.after);
        const reading = await readingAt(options, request.query.at);
        const page = await address.find(request, reply, reading.at);
        if (page === undefined) return reply;
        return reply.send(await listPart(request.query, (range) => reading.backlinks(page.id, range)));
      },
    );
  };

const archivedPages: FastifyPluginAsyncZod<ApiOptions> = async (api, { accounts, views, policy }) => {
  api.get(
    apiRoutes.archivedPages,
    {
      schema: {
        tags,
        summary: "List archived pages, the last archived first",
        querystring: schemas.listQuery,
        response: { 200: json("The pages with their last slugs.", schemas.archivedPages), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      await waitForView(views, SITE, request.query.after);
      const { items, next } = await listPart(request.query, (range) => views.site.archivedPages(range));
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
};

const changes: FastifyPluginAsyncZod<ApiOptions> = async (api, { accounts, views, policy }) => {
  api.get(
    apiRoutes.changes,
    {
      schema: {
        tags,
        summary: "List changes of all pages, newest first, optionally of one person, page or kind",
        querystring: schemas.changesQuery,
        response: { 200: json("A change for each event.", schemas.changes), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { before, limit = DEFAULT_LIMIT, after, person: userId, page: pageId, kind } = request.query;
      await waitForView(views, RECENT_CHANGES, after);
      const filter = withoutUndefined({ before, userId, pageId, kind });
      const found = await views.recentChanges.recentChanges({ ...filter, limit: limit + 1 });
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

/** Resolves to a reader of the wiki at an instant, or of the current wiki. */
async function readingAt(
  { content, views }: Pick<ApiOptions, "content" | "views">,
  at: Date | undefined,
): Promise<WikiReader> {
  return at === undefined ? currentWiki(content, views) : wikiAt(content, views, at);
}

/** Resolves to a part of a list and the cursor of the next part. */
async function listPart<Item>(
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
