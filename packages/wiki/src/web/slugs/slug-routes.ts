import type { FastifyPluginAsync } from "fastify";
import { authorName } from "../../application/people.ts";
import { canonicalSlug } from "../../content/slug.ts";
import { authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { slugHistory } from "./slug-history.tsx";

const HOLDINGS_SHOWN = 100;

/** The pages that had a slug, and when. */
export const slugRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy } = options;

  server.get<{ Params: { "*": string } }>(`${addresses.slugHistory("")}*`, async (request, reply) => {
    authorise(request, "read", policy);
    const slug = canonicalSlug(request.params["*"]);
    if (slug !== request.params["*"]) return reply.redirect(addresses.slugHistory(slug), 308);
    const holdings = await content.record.slugHistory(slug, { limit: HOLDINGS_SHOWN });
    const ids = [...new Set(holdings.flatMap(({ pageId }) => pageId ?? []))];
    const [pages, names] = await Promise.all([
      Promise.all(ids.map(async (id) => [id, await content.getPageById(id)] as const)),
      identity.personsByIds(holdings.flatMap(({ userId }) => userId ?? [])),
    ]);
    const pageOf = new Map(pages);
    const screen = slugHistory({
      slug,
      holdings: holdings.map(({ pageId, at, userId }, index) => ({
        page: pageOf.get(pageId ?? "") ?? null,
        from: at.toISOString(),
        until: holdings[index - 1]?.at.toISOString() ?? null,
        by: authorName(userId, names),
      })),
      omitted: (holdings.at(-1)?.change ?? 1) - 1,
    });
    return sendScreen(request, reply, screen);
  });
};
