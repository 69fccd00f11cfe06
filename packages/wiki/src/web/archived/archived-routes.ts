import type { FastifyPluginAsync } from "fastify";
import { authorName } from "../../application/people.ts";
import { authorise } from "../../http/person.ts";
import { SITE } from "../../projections/site.ts";
import { addresses } from "../addresses.ts";
import { waitForOwnWrites } from "../last-write.ts";
import { offsetOf, sliceOf } from "../parts/page-list.tsx";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { archivedPages } from "./archived-pages.tsx";

const PAGES_PER_SCREEN = 50;

export const archivedRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { identity, views, policy } = options;

  server.get<{ Querystring: { cursor?: string } }>(addresses.archivedPages(), async (request, reply) => {
    authorise(request, "read", policy);
    await waitForOwnWrites(request, views, SITE);
    const { cursor } = request.query;
    const { items, next } = await sliceOf(cursor, PAGES_PER_SCREEN, (range) =>
      views.site.archivedPages(range),
    );
    const names = await identity.personsByIds(items.flatMap(({ userId }) => userId ?? []));
    const screen = archivedPages({
      pages: items.map(({ id, slug, title, at, userId }) => ({
        ...{ id, slug, title },
        at: at.toISOString(),
        by: authorName(userId, names),
      })),
      next: next === undefined ? null : addresses.archivedPages(next),
      continued: offsetOf(cursor) > 0,
    });
    return sendScreen(request, reply, screen, { current: "pages" });
  });
};
