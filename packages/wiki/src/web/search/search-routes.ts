import { LimitExceededError } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsync } from "fastify";
import type { Client } from "../../application/client-queue.ts";
import { may } from "../../application/policy.ts";
import type { WikiReader } from "../../application/wiki-reading.ts";
import { clientOf } from "../../http/client.ts";
import { queuedRead } from "../../http/expensive-reads.ts";
import { SEARCH, type SearchResult } from "../../projections/search.ts";
import { addresses } from "../addresses.ts";
import { errorText } from "../error-text.ts";
import { waitForOwnWrites } from "../last-write.ts";
import { offsetOf } from "../parts/page-list.tsx";
import { readingFor } from "../reading.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { searchScreen } from "./search.tsx";

const HITS_PER_SCREEN = 20;
const NOTHING: SearchResult = { hits: [], total: 0 };

export const searchRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { views, policy } = options;

  server.get<{ Querystring: { q?: string; cursor?: string } }>(
    addresses.search(),
    queuedRead,
    async (request, reply) => {
      const { wiki, addresses: addressesAtDate } = await readingFor(request, options);
      await waitForOwnWrites(request, views, SEARCH);
      const q = String(request.query.q ?? "");
      const offset = offsetOf(request.query.cursor);
      const { result, problem } = await search(wiki, q, offset, clientOf(request));
      const reached = offset + result.hits.length;
      const screen = searchScreen({
        q,
        hits: result.hits.map(({ page, snippet }) => ({ slug: page.slug, title: page.title, snippet })),
        total: result.total,
        moreThanTotal: result.moreThanTotal,
        next:
          result.hits.length > 0 && reached < result.total
            ? addressesAtDate.search(q, String(reached))
            : null,
        mayCreate: may(request.person, "write", policy),
        ...(problem === undefined ? {} : { problem }),
      });
      return sendScreen(request, reply, screen, { current: "search" });
    },
  );

  const search = async (
    wiki: WikiReader,
    q: string,
    offset: number,
    client: Client,
  ): Promise<{ result: SearchResult; problem?: string }> => {
    try {
      return { result: await wiki.search(q, { limit: HITS_PER_SCREEN, offset }, client) };
    } catch (error) {
      if (error instanceof LimitExceededError)
        return { result: NOTHING, problem: errorText(error.code, error) };
      throw error;
    }
  };
};
