import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { ListedPage, PageDetails, SlugResolution } from "../../application/pages.ts";
import { authorName, authorsOf } from "../../application/people.ts";
import { may } from "../../application/policy.ts";
import { PEOPLE, traced, tracedNames } from "../../application/read-trace.ts";
import { parseSlug } from "../../content/slug.ts";
import { addresses, WELCOME_SLUG } from "../addresses.ts";
import { renderArticleOf } from "../article.ts";
import { versionTokenOf } from "../forms/page-form.ts";
import { type Reading, readingFor } from "../reading.ts";
import { noticeNumbers, sendCacheableScreen, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { archivingOf } from "./archiving.ts";
import { listPages } from "./list.tsx";
import { missingPage } from "./missing.tsx";
import { isSourcePath, sendSource } from "./send-source.ts";
import { type ShowNotice, showPage } from "./show.tsx";

const PAGES_PER_SCREEN = 50;
const BACKLINKS_SHOWN = 10;

const NOTICES = [
  "created",
  "saved",
  "unchanged",
  "addressChanged",
  "restored",
  "undone",
  "unarchived",
  "merged",
] as const;

type Found = Extract<SlugResolution, { readonly kind: "page" }>;

/** Reading pages, home and the list of pages, now and at an earlier date. */
export const readRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { identity, policy, responses, workers } = options;

  const mayWrite = (request: FastifyRequest) =>
    request.earlierDate === null && may(request.person, "write", policy);

  const mayContinueSetup = async ({ person, earlierDate }: FastifyRequest, trace: Reading["trace"]) =>
    person?.role === "admin" &&
    earlierDate === null &&
    (await traced(trace, PEOPLE, () => identity.setupStep())) !== null;

  const show = async (request: FastifyRequest, reply: FastifyReply, reading: Reading, found: Found) => {
    const { page, formerPageId } = found;
    const [article, names, linking, former] = await Promise.all([
      renderArticleOf(page, reading, workers, request.log),
      tracedNames(reading.trace, () => identity.personsByIds(authorsOf([page]))),
      // The page is shown even if the view fails.
      reading.wiki.backlinks(page.id, { limit: BACKLINKS_SHOWN + 1 }).catch((error: unknown) => {
        request.log.error(error);
        return [];
      }),
      // The page is shown even if the former page of its slug cannot be read.
      formerPageId === undefined
        ? undefined
        : reading.wiki.page(formerPageId).catch((error: unknown) => {
            request.log.error(error);
            return undefined;
          }),
    ]);
    const notice = request.earlierDate === null ? noticeOf(request, reply, page) : undefined;
    const screen = showPage({
      id: page.id,
      slug: page.slug,
      title: page.title,
      version: page.version,
      modifiedAt: page.modifiedAt.toISOString(),
      modifiedBy: authorName(page.modifiedBy, names),
      html: article.html,
      headings: article.headings,
      files: page.files.length,
      ...(article.titleId === undefined ? {} : { titleId: article.titleId }),
      ...(mayWrite(request) ? { editBase: versionTokenOf(page) } : {}),
      backlinks: linking.slice(0, BACKLINKS_SHOWN),
      moreBacklinks: linking.length > BACKLINKS_SHOWN,
      ...(former === undefined ? {} : { former }),
      ...(notice === undefined ? {} : { notice }),
    });
    const { trace } = reading;
    return sendCacheableScreen(request, reply, screen, { indexed: true, pageId: page.id, responses, trace });
  };

  const list = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { wiki, trace }: Reading,
    before: number | undefined,
  ) => {
    const pages: Omit<ListedPage, "body">[] = [];
    const range = {
      desc: true,
      limit: PAGES_PER_SCREEN + 1,
      ...(before === undefined ? {} : { lte: before - 1 }),
    };
    // The bodies are dropped at once, since each may have 10 MB.
    for await (const { body: _, ...page } of wiki.pages(range)) pages.push(page);
    const shown = pages.slice(0, PAGES_PER_SCREEN);
    const names = await tracedNames(trace, () => identity.personsByIds(authorsOf(shown)));
    const screen = listPages({
      pages: shown.map((page) => ({
        slug: page.slug,
        title: page.title,
        modifiedAt: page.modifiedAt.toISOString(),
        modifiedBy: authorName(page.modifiedBy, names),
      })),
      before: pages.length > shown.length ? String(shown.at(-1)?.logPosition) : null,
      continued: before !== undefined,
      mayCreate: mayWrite(request),
      signedIn: request.person !== null,
      mayContinueSetup: await mayContinueSetup(request, trace),
    });
    return sendCacheableScreen(request, reply, screen, { current: "pages", responses, trace });
  };

  const missing = async (
    request: FastifyRequest,
    reply: FastifyReply,
    slug: string | null,
    { page: archived, formerPage }: Partial<Extract<SlugResolution, { readonly kind: "archived" }>> = {},
  ) => {
    const screen = missingPage({
      slug,
      mayCreate: mayWrite(request),
      signedIn: request.person !== null,
      ...(archived === undefined
        ? {}
        : {
            archived: { ...(await archivingOf(archived, options)), id: archived.id, title: archived.title },
          }),
      ...(formerPage === undefined ? {} : { former: { slug: formerPage.slug, title: formerPage.title } }),
    });
    return sendScreen(request, reply.code(404), screen);
  };

  server.get("/", async (request, reply) => {
    const reading = await readingFor(request, options);
    const found = await reading.wiki.resolveSlug(WELCOME_SLUG);
    if (found.kind === "page") return show(request, reply, reading, found);
    return list(request, reply, reading, undefined);
  });

  server.get<{ Querystring: { before?: string } }>(addresses.allPages(), async (request, reply) => {
    const reading = await readingFor(request, options, ["before"]);
    const { before } = request.query;
    return list(request, reply, reading, /^[1-9]\d{0,14}$/.test(before ?? "") ? Number(before) : undefined);
  });

  server.get<{ Params: { "*": string } }>("/*", async (request, reply) => {
    const reading = await readingFor(request, options);
    const text = request.params["*"];
    const slug = parseSlug(text) ?? null;
    const found: SlugResolution = slug === null ? { kind: "nothing" } : await reading.wiki.resolveSlug(slug);
    if ((found.kind === "nothing" || found.kind === "archived") && isSourcePath(text)) {
      return sendSource(request, reply, reading, { path: text, responses });
    }
    if (found.kind === "nothing") return missing(request, reply, slug);
    if (found.kind === "archived") return missing(request, reply, slug, found);
    // Other spellings and former slugs redirect to the page's one address.
    if (found.kind === "moved" || found.page.slug !== text) {
      return reply.redirect(reading.addresses.page(found.page.slug), 308);
    }
    return show(request, reply, reading, found);
  });
};

function noticeOf(request: FastifyRequest, reply: FastifyReply, page: PageDetails): ShowNotice | undefined {
  const kind = takeNotice(request, reply, NOTICES);
  const numbers = noticeNumbers(request);
  switch (kind) {
    case "saved":
    case "restored":
    case "undone":
      return { kind, version: numbers[0] ?? page.version };
    case "merged": {
      const [base, current, version] = numbers;
      // The cookie is malformed.
      if (base === undefined || current === undefined || version === undefined) {
        return { kind: "saved", version: page.version };
      }
      return { kind, base, current, version };
    }
    default:
      return kind && { kind };
  }
}
