import type { FastifyPluginAsync } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import { may } from "../../application/policy.ts";
import { authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { partOf } from "../parts.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { backlinksScreen } from "./backlinks.tsx";
import { orphansScreen } from "./orphans.tsx";
import { wantedScreen } from "./wanted.tsx";

const LINES_IN_A_PART = 100;

interface Parts {
  Querystring: { cursor?: string };
}

/** Which page leads where: to a page, to nothing, from nowhere. */
export const linkRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, views, policy } = options;

  server.get<Parts>(addresses.wanted(), async (request, reply) => {
    authorise(request, "read", policy);
    const { items, next } = await partOf(request.query.cursor, LINES_IN_A_PART, views.links.wantedPages);
    const screen = wantedScreen({
      pages: items,
      next: next === undefined ? null : addresses.wanted(next),
      mayCreate: may(request.person, "write", policy),
    });
    return sendScreen(request, reply, options, screen);
  });

  server.get<Parts>(addresses.orphans(), async (request, reply) => {
    authorise(request, "read", policy);
    const { items, next } = await partOf(request.query.cursor, LINES_IN_A_PART, views.links.orphans);
    const screen = orphansScreen({ pages: items, next: next === undefined ? null : addresses.orphans(next) });
    return sendScreen(request, reply, options, screen);
  });

  server.get<Parts & { Params: { "*": string } }>(`${addresses.backlinks("")}*`, async (request, reply) => {
    authorise(request, "read", policy);
    const found = await content.resolveSlug(request.params["*"]);
    if (found.kind === "nothing") throw new PageNotFoundError(request.params["*"]);
    const { id, slug, title } = found.page;
    const { items, next } = await partOf(request.query.cursor, LINES_IN_A_PART, (range) =>
      views.links.backlinks(id, range),
    );
    const more = next === undefined ? null : addresses.backlinks(slug, next);
    return sendScreen(request, reply, options, backlinksScreen({ slug, title, pages: items, next: more }));
  });
};
