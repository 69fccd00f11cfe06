import { EventLoopYielder } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { sendEvents } from "../http/event-stream.ts";
import { authenticate, authorisePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { notificationJson } from "./notification-json.ts";
import { positionReached } from "./requests.ts";
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
      const { start = 1, limit = DEFAULT_LIMIT, after } = request.query;
      await positionReached(content, after);
      const items = await listed(content, { start, limit });
      const last = items.at(-1)?.id;
      const isAll = last === undefined || last >= (await content.notificationLog.maxId());
      return { items, next: isAll ? null : last + 1 };
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
          "The id of an event is the notification's, so a client that was cut off goes on with `Last-Event-ID`. " +
          "The data of one is as an item of `NotificationList`.",
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

/** Up to so many bytes of states, and one more. */
const LIST_BYTES = 4 * 1024 * 1024;
/** Up to so many UTF-16 code units of JSON, and one event more: a small state can say much. */
const LIST_UNITS = 8 * 1024 * 1024;

/** Resolves to the notifications from `start`, as JSON: at most `limit`, fewer where they are large. */
async function listed(content: ApiOptions["content"], { start, limit }: { start: number; limit: number }) {
  const found = await content.notificationLog.select({ start, limit, maxBytes: LIST_BYTES });
  const items: ReturnType<typeof notificationJson>[] = [];
  const yielder = new EventLoopYielder();
  let units = 0;
  for (const notification of found) {
    const item = notificationJson(content.mapper, notification);
    items.push(item);
    units += JSON.stringify(item).length;
    if (units >= LIST_UNITS) break;
    if (yielder.isDue) await yielder.step();
  }
  return items;
}
