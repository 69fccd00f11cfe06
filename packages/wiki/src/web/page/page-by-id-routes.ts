import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails } from "../../application/pages.ts";
import { authorName } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { renderArticle } from "../article.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import { optionalVersion, pageOfAddress } from "../page-parameters.ts";
import { sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { archivedPage } from "./archived-page.tsx";
import { archivingOf } from "./archiving.ts";
import { pageVersion } from "./version.tsx";

/** Pages by their permanent ids: current, archived, and at any version. */
export const pageByIdRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, policy } = options;

  server.get<{ Params: { id: string }; Querystring: { version?: string } }>(
    addresses.pageById(":id"),
    async (request, reply) => {
      authorise(request, "read", policy);
      const version = optionalVersion("version", request.query.version);
      const page = await pageOfAddress(content, request.params.id);
      if (version !== undefined) return sendVersion(request, reply, page, version);
      if (page.archived) return sendArchived(request, reply, page);
      // Keeps the notice of a form for the page that this redirects to.
      return reply.redirect(addresses.page(page.slug), 302);
    },
  );

  const sendVersion = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageDetails,
    version: number,
  ) => {
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
      renderArticle(pageAtVersion, options, request.log),
      identity.personsByIds(userId === null ? [] : [userId]),
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
    return sendScreen(request, reply, screen);
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
