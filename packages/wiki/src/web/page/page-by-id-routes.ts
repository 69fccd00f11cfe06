import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails } from "../../application/pages.ts";
import { authorName } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { tracedNames } from "../../application/read-trace.ts";
import { addresses } from "../addresses.ts";
import { renderArticle, renderArticleOf } from "../article.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import { optionalVersion, pageOfAddress } from "../page-parameters.ts";
import { type Reading, readingFor } from "../reading.ts";
import { sendCacheableScreen, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { archivedPage } from "./archived-page.tsx";
import { archivingOf } from "./archiving.ts";
import { pageVersion } from "./version.tsx";

/** Pages by their permanent ids: current, archived, and at any version. */
export const pageByIdRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy, responses, workers } = options;

  server.get<{ Params: { id: string }; Querystring: { version?: string } }>(
    addresses.pageById(":id"),
    async (request, reply) => {
      const reading = await readingFor(request, options, ["version"]);
      const version = optionalVersion("version", request.query.version);
      const page = await pageOfAddress(content, request.params.id);
      if (version !== undefined) return sendVersion(request, reply, reading, page, version);
      if (page.archived) return sendArchived(request, reply, page);
      // Keeps the notice of a form for the page that this redirects to.
      return reply.redirect(addresses.page(page.slug), 302);
    },
  );

  const sendVersion = async (
    request: FastifyRequest,
    reply: FastifyReply,
    reading: Reading,
    page: PageDetails,
    version: number,
  ) => {
    const { trace } = reading;
    trace?.add(page.id);
    if (version > page.version) throw new PageNotFoundError(page.id, { version });
    const [pageAtVersion, attributions] = await Promise.all([
      content.getPageById(page.id, version),
      content.record.attributions(page.id, [version]),
    ]);
    const { userId, at } = attributions.get(version) ?? {
      userId: pageAtVersion.modifiedBy,
      at: pageAtVersion.modifiedAt,
    };
    const [article, names] = await Promise.all([
      renderArticleOf(pageAtVersion, reading, workers, request.log),
      tracedNames(trace, () => identity.personsByIds(userId === null ? [] : [userId])),
    ]);
    const screen = pageVersion({
      id: page.id,
      slug: pageAtVersion.slug,
      title: pageAtVersion.title,
      archived: pageAtVersion.archived,
      version,
      latest: page.version,
      at: at.toISOString(),
      by: authorName(userId, names),
      html: article.html,
    });
    return sendCacheableScreen(request, reply, screen, { responses, trace });
  };

  const sendArchived = async (request: FastifyRequest, reply: FastifyReply, page: PageDetails) => {
    const [article, archiving, held] = await Promise.all([
      renderArticle(page, options, request.log),
      archivingOf(page, options),
      content.resolveSlug(page.slug),
    ]);
    const screen = archivedPage({
      id: page.id,
      slug: page.slug,
      title: page.title,
      version: page.version,
      html: article.html,
      archiving,
      ...(may(request.person, "write", policy) ? { editBase: versionTokenOf(page) } : {}),
      ...(held.kind === "page" ? { successor: held.page } : {}),
      justArchived: takeNotice(request, reply, ["archived"]) !== undefined,
    });
    return sendScreen(request, reply, screen);
  };
};
