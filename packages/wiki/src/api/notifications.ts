import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { authorisePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { DEFAULT_LIMIT, json, notificationList, notificationsQuery, problems } from "./schemas.ts";

export const notificationRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content }) => {
  api.get(
    apiRoutes.notifications,
    {
      schema: {
        tags: ["Notifications"],
        summary: "Read the notification log, as an administrator",
        querystring: notificationsQuery,
        response: {
          200: json("Events, in the order in which they were recorded.", notificationList),
          ...problems,
        },
      },
    },
    async (request) => {
      authorisePerson(request, "administer");
      const { start = 1, limit = DEFAULT_LIMIT } = request.query;
      const found = await content.notificationLog.select({ start, limit: limit + 1 });
      const items = found.slice(0, limit).map((notification) => {
        const { timestamp, data } = content.mapper.toDomainEvent(notification);
        const { id, eventId, originatorId, originatorVersion, topic, recordedAt } = notification;
        return {
          id,
          eventId,
          originatorId,
          originatorVersion,
          topic,
          timestamp: timestamp.toISOString(),
          recordedAt: recordedAt.toISOString(),
          data,
        };
      });
      const last = items.at(-1)?.id;
      return { items, next: found.length > limit && last !== undefined ? last + 1 : null };
    },
  );
};
