import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { ListedPage, PageDetails, SlugResolution } from "../../application/content-management.ts";
import { authorsOf, type Names, nameOf } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { canonicalSlug, InvalidSlugError } from "../../content/slug.ts";
import { etagOf } from "../../http/etag.ts";
import { authorise } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { renderArticle } from "./article.ts";
import { listPages } from "./list.tsx";
import { missingPage } from "./missing.tsx";
import { showPage } from "./show.tsx";

/** The page that the start shows, if it is there. */
const WELCOME = "welcome";
const PAGES_IN_A_PART = 50;
const BACKLINKS_SHOWN = 10;

/** Reading: a page, the start, all pages. */
export const readRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, identity, views, policy } = options;

  const mayWrite = (request: FastifyRequest) => may(request.person, "write", policy);

  const show = async (request: FastifyRequest, reply: FastifyReply, page: PageDetails) => {
    const [article, names, linking] = await Promise.all([
      renderArticle(page.body, options, request.log),
      identity.personsByIds(authorsOf([page])),
      // A page can be read whatever became of the views.
      views.site.backlinks(page.id, { limit: BACKLINKS_SHOWN + 1 }).catch((error: unknown) => {
        request.log.error(error);
        return [];
      }),
    ]);
    const notice = takeNotice(request, reply, ["created", "saved", "unchanged", "renamed"]);
    const screen = showPage({
      id: page.id,
      slug: page.slug,
      title: page.title,
      version: page.version,
      modifiedAt: page.modifiedAt.toISOString(),
      modifiedBy: authorName(page, names),
      html: article.html,
      headings: article.headings,
      mayEdit: mayWrite(request),
      backlinks: linking.slice(0, BACKLINKS_SHOWN),
      moreBacklinks: linking.length > BACKLINKS_SHOWN,
      ...(notice === undefined ? {} : { notice }),
    });
    return sendScreen(request, reply, options, screen, { indexed: true });
  };

  const list = async (request: FastifyRequest, reply: FastifyReply, before: number | undefined) => {
    const pages: ListedPage[] = [];
    const range = {
      desc: true,
      limit: PAGES_IN_A_PART + 1,
      ...(before === undefined ? {} : { lte: before - 1 }),
    };
    for await (const page of content.getPages(range)) pages.push(page);
    const shown = pages.slice(0, PAGES_IN_A_PART);
    const names = await identity.personsByIds(authorsOf(shown));
    const screen = listPages({
      pages: shown.map((page) => ({
        slug: page.slug,
        title: page.title,
        modifiedAt: page.modifiedAt.toISOString(),
        modifiedBy: authorName(page, names),
      })),
      before: pages.length > shown.length ? String(shown.at(-1)?.logPosition) : null,
      continued: before !== undefined,
      mayCreate: mayWrite(request),
      signedIn: request.person !== null,
    });
    return sendScreen(request, reply, options, screen, { current: "pages" });
  };

  const missing = (request: FastifyRequest, reply: FastifyReply, slug: string | null) =>
    sendScreen(
      request,
      reply.code(404),
      options,
      missingPage({ slug, mayCreate: mayWrite(request), signedIn: request.person !== null }),
    );

  server.get("/", async (request, reply) => {
    authorise(request, "read", policy);
    const found = await content.resolveSlug(WELCOME);
    if (found.kind === "page") return show(request, reply, found.page);
    return list(request, reply, undefined);
  });

  server.get<{ Querystring: { before?: string } }>(addresses.allPages(), async (request, reply) => {
    authorise(request, "read", policy);
    const { before } = request.query;
    return list(request, reply, /^[1-9]\d{0,14}$/.test(before ?? "") ? Number(before) : undefined);
  });

  server.get<{ Params: { "*": string } }>("/*", async (request, reply) => {
    authorise(request, "read", policy);
    const asked = request.params["*"];
    const slug = canonicalOrNull(asked);
    const found: SlugResolution = slug === null ? { kind: "nothing" } : await content.resolveSlug(slug);
    if (found.kind === "nothing") return missing(request, reply, slug);
    // One page, one address: spelled otherwise, or under a slug it had before, it is sent there.
    if (found.page.slug !== asked) return reply.redirect(addresses.page(found.page.slug), 308);
    return show(request, reply, found.page);
  });
};

/** Names the version of a page in a form, so that the edit says what it is based on. */
export function baseOf(page: PageDetails): string {
  return etagOf(page).slice(1, -1);
}

function authorName({ modifiedBy }: PageDetails, names: Names): string | null {
  return modifiedBy === null ? null : nameOf(modifiedBy, names);
}

function canonicalOrNull(text: string): string | null {
  try {
    return canonicalSlug(text);
  } catch (error) {
    if (error instanceof InvalidSlugError) return null;
    throw error;
  }
}
