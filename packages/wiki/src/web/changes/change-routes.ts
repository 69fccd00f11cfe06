import type { FastifyPluginAsync } from "fastify";
import { nameOf } from "../../application/people.ts";
import { authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { sendScreen } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { changesScreen } from "./changes.tsx";

const CHANGES_IN_A_PART = 50;

/** What was done to all pages. */
export const changeRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { identity, views, policy } = options;

  server.get<{ Querystring: { before?: string } }>(addresses.changes(), async (request, reply) => {
    authorise(request, "read", policy);
    const before = /^[1-9]\d{0,14}$/.test(request.query.before ?? "")
      ? Number(request.query.before)
      : undefined;
    const range = { limit: CHANGES_IN_A_PART + 1, ...(before === undefined ? {} : { before }) };
    const found = await views.recentChanges.recentChanges(range);
    const shown = found.slice(0, CHANGES_IN_A_PART);
    const names = await identity.personsByIds(shown.flatMap(({ userId }) => userId ?? []));
    const last = shown.at(-1)?.position;
    const screen = changesScreen({
      changes: shown.map(({ userId, at, ...change }) => ({
        ...change,
        at: at.toISOString(),
        by: userId === null ? null : nameOf(userId, names),
      })),
      next: found.length > shown.length && last !== undefined ? addresses.changes({}, String(last)) : null,
      continued: before !== undefined,
    });
    return sendScreen(request, reply, options, screen, { current: "changes" });
  });
};
