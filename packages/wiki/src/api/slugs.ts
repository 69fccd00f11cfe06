import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { personJson } from "./page-json.ts";
import { reached } from "./position.ts";
import { readingQuery, slugHistory } from "./record-schemas.ts";
import { json, problems, slugParameter } from "./schemas.ts";

export const slugRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts, policy }) => {
  api.get(
    apiRoutes.slugHistoryPattern,
    {
      schema: {
        tags: ["Record"],
        summary: "List the pages that had a slug, oldest first",
        params: slugParameter,
        querystring: readingQuery,
        response: { 200: json("One for each time that it changed hands.", slugHistory), ...problems },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      await reached(content, request.query.after);
      const holdings = await content.record.slugHistory(request.params.slug);
      const ids = new Set(holdings.flatMap(({ pageId }) => pageId ?? []));
      const pages = new Map(
        await Promise.all(
          [...ids].map(async (pageId) => {
            const { id, slug, title, archived } = await content.getPageById(pageId);
            return [pageId, { id, slug, title, archived }] as const;
          }),
        ),
      );
      const names = await accounts.personsByIds(holdings.flatMap(({ userId }) => userId ?? []));
      return {
        items: holdings.map(({ pageId, position, at, userId }) => ({
          page: pages.get(pageId ?? "") ?? null,
          position,
          at: at.toISOString(),
          by: personJson(userId, names),
        })),
      };
    },
  );
};
