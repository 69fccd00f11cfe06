import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { sendEvents } from "../http/event-stream.ts";
import { authenticate, authorisePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { notificationJson } from "./notification-json.ts";
import {
  DEFAULT_LIMIT,
  json,
  lastEventId,
  notificationList,
  notificationsQuery,
  problems,
  streamQuery,
} from "./schemas.ts";

export const notificationRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts }) => {
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
      const items = found.slice(0, limit).map((found) => notificationJson(content.mapper, found));
      const last = items.at(-1)?.id;
      return { items, next: found.length > limit && last !== undefined ? last + 1 : null };
    },
  );

  api.get(
    apiRoutes.notificationStream,
    {
      schema: {
        tags: ["Notifications"],
        summary: "Follow the notification log, as an administrator",
        description:
          "Server-sent events without end: what is recorded already, then each notification soon after its commit. " +
          "The id of an event is the notification's, so a client that was cut off goes on with `Last-Event-ID`.",
        querystring: streamQuery,
        headers: lastEventId,
        response: problems,
      },
    },
    async (request, reply) => {
      authorisePerson(request, "administer");
      const last = request.headers["last-event-id"];
      const start = last === undefined ? (request.query.start ?? 1) : last + 1;
      const mayStill = async () => {
        await authenticate(request, accounts);
        authorisePerson(request, "administer");
      };
      await sendEvents(request, reply, mayStill, async function* (signal) {
        for await (const notification of content.notificationLog.subscribe({ start, signal })) {
          yield { id: notification.id, data: notificationJson(content.mapper, notification) };
        }
      });
    },
  );
};
