import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { personJson } from "./page-json.ts";
import { slugHistory, slugHistoryQuery } from "./record-schemas.ts";
import { waitForPosition, withoutUndefined } from "./requests.ts";
import { DEFAULT_LIMIT, json, problems, slugParameter } from "./schemas.ts";

export const slugRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts, policy }) => {
  api.get(
    apiRoutes.slugHistoryPattern,
    {
      schema: {
        tags: ["Record"],
        summary: "List the pages that had a slug, newest first",
        params: slugParameter,
        querystring: slugHistoryQuery,
        response: {
          200: json("A change for each time that the slug was claimed or released.", slugHistory),
          ...problems,
        },
      },
    },
    async (request) => {
      authorise(request, "read", policy);
      const { after, limit = DEFAULT_LIMIT, ...range } = request.query;
      await waitForPosition(content, after);
      const found = await content.record.slugHistory(request.params.slug, {
        ...withoutUndefined(range),
        limit: limit + 1,
      });
      const changes = found.slice(0, limit);
      const ids = new Set(changes.flatMap(({ pageId }) => pageId ?? []));
      const pages = new Map(
        await Promise.all(
          [...ids].map(async (pageId) => {
            const { id, slug, title, archived } = await content.getPageById(pageId);
            return [pageId, { id, slug, title, archived }] as const;
          }),
        ),
      );
      const names = await accounts.personsByIds(changes.flatMap(({ userId }) => userId ?? []));
      return {
        items: changes.map(({ change, pageId, position, at, userId }) => ({
          change,
          page: pages.get(pageId ?? "") ?? null,
          position,
          at: at.toISOString(),
          by: personJson(userId, names),
        })),
        next: found.length > limit ? (changes.at(-1)?.change ?? null) : null,
      };
    },
  );
};
