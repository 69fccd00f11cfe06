import type { FastifyPluginAsync } from "fastify";
import { LivePages } from "../../application/live-pages.ts";
import { authorName } from "../../application/people.ts";
import { sendEvents } from "../../http/event-stream.ts";
import { authenticate, authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import type { WebOptions } from "../web-options.ts";

/** Sends newer versions to open pages as server-sent events; see `islands/newer-version.ts`. */
export const liveRoutes: FastifyPluginAsync<WebOptions> = async (server, { content, identity, policy }) => {
  const livePages = new LivePages(content);

  const authorOf = async (id: string, version: number): Promise<string | null> => {
    const userId = (await content.record.attributions(id, [version])).get(version)?.userId ?? null;
    return authorName(userId, await identity.personsByIds(userId === null ? [] : [userId]));
  };

  server.get<{ Params: { id: string }; Querystring: { version?: string } }>(
    addresses.live(":id"),
    async (request, reply) => {
      authorise(request, "read", policy);
      const { id } = await content.getPageById(request.params.id);
      const version = Number(request.query.version ?? 0) || 0;
      const checkAccess = async () => {
        await authenticate(request, identity);
        authorise(request, "read", policy);
      };
      await sendEvents(request, reply, checkAccess, async function* (signal) {
        for await (const newer of livePages.versionsAfter(id, version, signal))
          yield { data: { version: newer, by: await authorOf(id, newer) } };
      });
    },
  );
};
