import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { Draft } from "../../application/drafts.ts";
import { HttpError } from "../../http/errors.ts";
import { authorisePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { field, formToken, requireOurForm, safeReturn } from "../form.ts";
import { namedVersion, typedFields, whyNotNow } from "../page/typed-form.ts";
import { goOn, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { draftText } from "./draft-text.tsx";
import { type DraftsProps, draftsScreen } from "./drafts.tsx";
import { keepDraft, keepNewPageDraft } from "./keeping.ts";

type OfPage = { Params: { id: string } };
const METHODS = ["PUT", "POST"];

/** What people are typing: kept as they type, listed, shown, discarded. Everybody has only their own. */
export const draftRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, drafts } = options;

  server.route<OfPage>({
    method: METHODS,
    url: addresses.draft(":id"),
    async handler(request, reply) {
      const refused = whyNotNow(request, options);
      if (refused) return reply.code(refused.status).send();
      const person = authorisePerson(request, "write");
      const page = await content.getPageById(request.params.id);
      const baseVersion = namedVersion(field(request, "base"), page);
      await keepDraft(options, person.id, page, { ...typedFields(request), baseVersion });
      return reply.code(204).send();
    },
  });

  server.route({
    method: METHODS,
    url: addresses.newPageDraft,
    async handler(request, reply) {
      const refused = whyNotNow(request, options);
      if (refused) return reply.code(refused.status).send();
      const person = authorisePerson(request, "write");
      await keepNewPageDraft(options, person.id, typedFields(request));
      return reply.code(204).send();
    },
  });

  server.get<OfPage>(addresses.draft(":id"), async (request, reply) => {
    const person = authorisePerson(request, "write");
    const page = await content.getPageById(request.params.id);
    const draft = await drafts.get(person.id, page.id);
    if (draft === undefined) throw new HttpError("not-found", "You have no draft of this page.");
    const { title, body, summary, savedAt } = draft;
    const csrf = formToken(request, reply, options);
    const screen = draftText({ csrf, page, title, body, summary, keptAt: savedAt.toISOString() });
    return sendScreen(request, reply, options, screen);
  });

  server.get(addresses.drafts, async (request, reply) => {
    const person = authorisePerson(request, "write");
    const listed = await drafts.list(person.id);
    return sendDrafts(request, reply, await Promise.all(listed.map(rowOf)));
  });

  server.post(addresses.discardDraft, async (request, reply) => {
    const person = authorisePerson(request, "write");
    requireOurForm(request, options);
    const pageId = field(request, "page");
    await drafts.remove(person.id, pageId === "" ? null : pageId);
    return goOn(reply, safeReturn(field(request, "return")), "discarded");
  });

  const rowOf = async (draft: Omit<Draft, "body">): Promise<DraftsProps["drafts"][number]> => {
    const { title, pageId, baseVersion, savedAt } = draft;
    const keptAt = savedAt.toISOString();
    if (pageId === null) return { title, keptAt, page: null };
    const { id, slug, archived, version } = await content.getPageById(pageId);
    return { title, keptAt, page: { id, slug, archived, version, baseVersion: baseVersion ?? version } };
  };

  const sendDrafts = (request: FastifyRequest, reply: FastifyReply, rows: DraftsProps["drafts"]) => {
    const notice = takeNotice(request, reply, ["discarded"]);
    const screen = draftsScreen({
      csrf: formToken(request, reply, options),
      drafts: rows,
      ...(notice === undefined ? {} : { notice }),
    });
    return sendScreen(request, reply, options, screen);
  };
};
