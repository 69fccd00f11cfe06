import type { FastifyReply, FastifyRequest } from "fastify";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import type { PageDetails, SlugResolution } from "../application/pages.ts";
import { apiRoutes } from "../http/routes.ts";
import { idParameter, moved, slugParameter } from "./schemas.ts";

/** One of the two ways to name a page in an address. What is there is the same. */
export interface PageAddress {
  /** The address of a page, as a pattern. */
  readonly pattern: string;
  readonly params: typeof slugParameter | typeof idParameter;
  /** What may be answered beside what was asked for. */
  readonly answers: Partial<typeof moved>;
  /** Says what a route does, and how the page is named. */
  summary(text: string): string;
  /**
   * Resolves to the page that a request names, as it was at the position `at` if that is given; to undefined when the
   * page has another address, and the reply was sent with that.
   * @throws PageNotFoundError, InvalidSlugError
   */
  find(request: FastifyRequest, reply: FastifyReply, at?: number): Promise<PageDetails | undefined>;
}

/** By slug and by id. */
export function pageAddresses(content: ContentManagement): readonly PageAddress[] {
  return [
    {
      pattern: apiRoutes.pageBySlugPattern,
      params: slugParameter,
      answers: moved,
      summary: (text) => text,
      async find(request, reply, at) {
        const { slug } = request.params as { slug: string };
        const { kind, page } = requireHolder(slug, await content.resolveSlug(slug, at), instantOf(request));
        if (kind === "page") return page;
        redirect(request, reply, page.slug);
        return undefined;
      },
    },
    {
      pattern: apiRoutes.pageByIdPattern,
      params: idParameter,
      answers: {},
      summary: (text) => `${text}, by its id`,
      async find(request, _reply, at) {
        const { id } = request.params as { id: string };
        return at === undefined ? content.getPageById(id) : content.getPageAt(id, at, instantOf(request));
      },
    },
  ];
}

/** @throws PageNotFoundError where a slug leads to no page, or to one that is archived: that is found by its id alone */
function requireHolder(slug: string, found: SlugResolution, at: Date | undefined) {
  if (found.kind === "nothing") throw new PageNotFoundError(slug, { at });
  if (found.kind === "archived") {
    const { page, formerPage } = found;
    throw new PageNotFoundError(slug, { at, archivedPageId: page.id, formerPageId: formerPage?.id });
  }
  return found;
}

/** The instant that a page is asked for at. */
function instantOf(request: FastifyRequest): Date | undefined {
  return (request.query as { readonly at?: Date }).at;
}

/** Sends a request on to the same address of another slug; 308, so that the method and the body are kept. */
function redirect(request: FastifyRequest, reply: FastifyReply, slug: string): void {
  const path = (request.routeOptions.url ?? "").replace(":slug", () => encodeURIComponent(slug));
  const query = request.url.indexOf("?");
  reply.redirect(query === -1 ? path : path + request.url.slice(query), 308);
}
