import type { FastifyReply, FastifyRequest } from "fastify";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { CommandResult, PageDetails, PageEdit, SlugResolution } from "../application/pages.ts";
import type { ReadTrace } from "../application/read-trace.ts";
import { Slug } from "../domain/slug.ts";
import { apiRoutes } from "../http/routes.ts";
import { idParameter, moved, slugParameter } from "./schemas.ts";

/** One of the two addresses of a page: by slug or by id. Both have the same routes. */
export interface PageAddress {
  /** The route pattern. */
  readonly pattern: string;
  readonly params: typeof slugParameter | typeof idParameter;
  /** Responses that only this kind of address has. */
  readonly responses: Partial<typeof moved>;
  /** Returns the summary of a route, with the kind of address. */
  summary(text: string): string;
  /**
   * Resolves to the page that a request names, now or at the position `at`. Resolves to undefined if it has sent a
   * redirect to the page's current slug. Adds what it reads to `trace`.
   * @throws PageNotFoundError, InvalidSlugError
   */
  find(
    request: FastifyRequest,
    reply: FastifyReply,
    at?: number,
    trace?: ReadTrace,
  ): Promise<PageDetails | undefined>;
  /** Edits the page that a request names. Resolves to undefined if it has sent a redirect, as `find` does. */
  edit(request: FastifyRequest, reply: FastifyReply, edit: PageEdit): Promise<CommandResult | undefined>;
}

/** Returns the addresses by slug and by id. */
export function pageAddresses(content: ContentManagement): readonly PageAddress[] {
  return [
    {
      pattern: apiRoutes.pageBySlugPattern,
      params: slugParameter,
      responses: moved,
      summary: (text) => text,
      async find(request, reply, at, trace) {
        const { slug } = request.params as { slug: string };
        const { kind, page } = requirePage(slug, await content.resolveSlug(slug, at), instantOf(request));
        trace?.add(Slug.createId(page.slug), page.id);
        if (kind === "page") return page;
        redirect(request, reply, page.slug);
        return undefined;
      },
      async edit(request, reply, edit) {
        const { slug } = request.params as { slug: string };
        try {
          return await content.editPageBySlug(slug, edit);
        } catch (error) {
          if (!(error instanceof PageNotFoundError)) throw error;
          // The slug may lead to a page that has another one now.
          const page = await this.find(request, reply);
          return page && content.editPage(page.id, edit);
        }
      },
    },
    {
      pattern: apiRoutes.pageByIdPattern,
      params: idParameter,
      responses: {},
      summary: (text) => `${text} (by id)`,
      async find(request, _reply, at, trace) {
        const { id } = request.params as { id: string };
        trace?.add(id);
        return at === undefined ? content.getPageById(id) : content.getPageAt(id, at, instantOf(request));
      },
      async edit(request, _reply, edit) {
        const { id } = request.params as { id: string };
        return content.editPage(id, edit);
      },
    },
  ];
}

/** @throws PageNotFoundError if the slug leads to no page, or to an archived one, which has an address by id only */
function requirePage(slug: string, found: SlugResolution, at: Date | undefined) {
  if (found.kind === "nothing") throw new PageNotFoundError(slug, { at });
  if (found.kind === "archived") {
    const { page, formerPage } = found;
    throw new PageNotFoundError(slug, { at, archivedPageId: page.id, formerPageId: formerPage?.id });
  }
  return found;
}

/** Returns the parameter `at` of a request. */
function instantOf(request: FastifyRequest): Date | undefined {
  return (request.query as { readonly at?: Date }).at;
}

/** Redirects to the same route of another slug. Status 308 preserves the method and the body. */
function redirect(request: FastifyRequest, reply: FastifyReply, slug: string): void {
  const path = (request.routeOptions.url ?? "").replace(":slug", () => encodeURIComponent(slug));
  const query = request.url.indexOf("?");
  reply.redirect(query === -1 ? path : path + request.url.slice(query), 308);
}
