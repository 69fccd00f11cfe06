import { EventLoopYielder } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { administerAccess, checkAccess } from "../http/access.ts";
import { sendEvents } from "../http/event-stream.ts";
import { authenticate } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { notificationJson } from "./notification-json.ts";
import { waitForPosition } from "./requests.ts";
import {
  DEFAULT_LIMIT,
  json,
  lastEventId,
  notificationList,
  notificationsQuery,
  problems,
  streamQuery,
} from "./schemas.ts";

export const notificationRoutes: FastifyPluginAsyncZod<ApiOptions> = async (
  api,
  { content, accounts, policy },
) => {
  api.get(
    apiRoutes.notifications,
    {
      ...administerAccess,
      schema: {
        tags: ["Notifications"],
        summary: "Read the notification log, as an administrator",
        querystring: notificationsQuery,
        response: {
          200: json("The events, in the order in which they were recorded.", notificationList),
          ...problems,
        },
      },
    },
    async (request) => {
      const { start = 1, limit = DEFAULT_LIMIT, after } = request.query;
      await waitForPosition(content, after);
      const items = await listNotifications(content, { start, limit });
      const last = items.at(-1)?.id;
      const isComplete = last === undefined || last >= (await content.notificationLog.maxId());
      return { items, next: isComplete ? null : last + 1 };
    },
  );

  api.get(
    apiRoutes.notificationStream,
    {
      ...administerAccess,
      schema: {
        tags: ["Notifications"],
        summary: "Follow the notification log, as an administrator",
        description:
          "An endless stream of server-sent events: first the recorded notifications, then each new one after its " +
          "commit. The id of an event is the id of its notification, so a client reconnects with `Last-Event-ID`. The " +
          "data of an event is an item of `NotificationList`.",
        querystring: streamQuery,
        headers: lastEventId,
        response: problems,
      },
    },
    async (request, reply) => {
      const last = request.headers["last-event-id"];
      const start = last === undefined ? (request.query.start ?? 1) : last + 1;
      const recheckAccess = async () => {
        await authenticate(request, accounts);
        checkAccess(request, policy);
      };
      await sendEvents(request, reply, recheckAccess, async function* (signal) {
        for await (const notification of content.notificationLog.subscribe({ start, signal })) {
          yield { id: notification.id, data: notificationJson(content.mapper, notification) };
        }
      });
    },
  );
};

/** The size of stored states at which a list ends. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
/** The size of JSON at which a list ends, in UTF-16 code units: a small compressed state can be large JSON. */
const MAX_LIST_UNITS = 8 * 1024 * 1024;

/** Resolves to the JSON of at most `limit` notifications from `start`, fewer if they are large. */
async function listNotifications(
  content: ApiOptions["content"],
  { start, limit }: { start: number; limit: number },
) {
  const found = await content.notificationLog.select({ start, limit, maxBytes: MAX_LIST_BYTES });
  const items: ReturnType<typeof notificationJson>[] = [];
  const yielder = new EventLoopYielder();
  let units = 0;
  for (const notification of found) {
    const item = notificationJson(content.mapper, notification);
    items.push(item);
    units += JSON.stringify(item).length;
    if (units >= MAX_LIST_UNITS) break;
    if (yielder.isDue) await yielder.step();
  }
  return items;
}
