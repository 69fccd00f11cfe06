import type { FastifyPluginAsync } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import { may } from "../../application/policy.ts";
import { titleKey } from "../../content/title-key.ts";
import { SITE } from "../../projections/site.ts";
import { addresses } from "../addresses.ts";
import { waitForOwnWrites } from "../last-write.ts";
import { offsetOf, sliceOf } from "../parts/page-list.tsx";
import { readingFor } from "../reading.ts";
import { sendCacheableScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { backlinksScreen } from "./backlinks.tsx";
import { chooseScreen } from "./choose.tsx";
import { orphansScreen } from "./orphans.tsx";
import { wantedScreen } from "./wanted.tsx";

const ROWS_PER_SCREEN = 100;

interface Parts {
  Querystring: { cursor?: string };
}

/** The lists of links: pages that link to a page, pages with a title that links name, wanted pages, and orphans. */
export const linkRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { views, policy, responses } = options;

  server.get<Parts>(addresses.wanted(), async (request, reply) => {
    const { wiki, addresses: addressesAtDate, trace } = await readingFor(request, options, ["cursor"]);
    await waitForOwnWrites(request, views, SITE, trace);
    const { items, next } = await sliceOf(request.query.cursor, ROWS_PER_SCREEN, wiki.wantedPages);
    const screen = wantedScreen({
      pages: items,
      next: next === undefined ? null : addressesAtDate.wanted(next),
      continued: offsetOf(request.query.cursor) > 0,
      mayCreate: may(request.person, "write", policy),
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  });

  server.get<Parts>(addresses.orphans(), async (request, reply) => {
    const { wiki, addresses: addressesAtDate, trace } = await readingFor(request, options, ["cursor"]);
    await waitForOwnWrites(request, views, SITE, trace);
    const { items, next } = await sliceOf(request.query.cursor, ROWS_PER_SCREEN, wiki.orphans);
    const screen = orphansScreen({
      pages: items,
      next: next === undefined ? null : addressesAtDate.orphans(next),
      continued: offsetOf(request.query.cursor) > 0,
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  });

  server.get<{ Querystring: { title?: string; cursor?: string } }>(
    addresses.choosePage(),
    async (request, reply) => {
      const { title = "", cursor } = request.query;
      const {
        wiki,
        addresses: addressesAtDate,
        trace,
      } = await readingFor(request, options, ["title", "cursor"]);
      await waitForOwnWrites(request, views, SITE, trace);
      const { items, next } = await sliceOf(cursor, ROWS_PER_SCREEN, (range) =>
        wiki.pagesTitled(titleKey(title), range),
      );
      const screen = chooseScreen({
        title,
        pages: items,
        next: next === undefined ? null : addressesAtDate.choosePage(title, next),
        continued: offsetOf(cursor) > 0,
      });
      return sendCacheableScreen(request, reply, screen, { responses, trace });
    },
  );

  server.get<Parts & { Params: { "*": string } }>(`${addresses.backlinks("")}*`, async (request, reply) => {
    const { wiki, addresses: addressesAtDate, trace } = await readingFor(request, options, ["cursor"]);
    await waitForOwnWrites(request, views, SITE, trace);
    const found = await wiki.resolveSlug(request.params["*"]);
    if (found.kind !== "page" && found.kind !== "moved") {
      throw new PageNotFoundError(request.params["*"], { at: request.earlierDate ?? undefined });
    }
    const { id, slug, title } = found.page;
    const { items, next } = await sliceOf(request.query.cursor, ROWS_PER_SCREEN, (range) =>
      wiki.backlinks(id, range),
    );
    const screen = backlinksScreen({
      slug,
      title,
      pages: items,
      next: next === undefined ? null : addressesAtDate.backlinks(slug, next),
      continued: offsetOf(request.query.cursor) > 0,
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  });
};
