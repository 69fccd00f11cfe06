import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { ListedDraft } from "../../application/drafts.ts";
import { HttpError } from "../../http/errors.ts";
import { authorisePerson } from "../../http/person.ts";
import { addresses } from "../addresses.ts";
import { field, formToken, requireOurForm, safeReturn } from "../form.ts";
import { settlementsIn, settlementsOf } from "../page/conflict-answer.ts";
import { withOwnTexts } from "../page/settling.ts";
import { madeFromIn, namedVersion, typedFields, whyNotNow } from "../page/typed-form.ts";
import { goOn, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { draftText } from "./draft-text.tsx";
import { type DraftsProps, draftsScreen } from "./drafts.tsx";
import { formDraftIn, newFormDraft } from "./form-draft.ts";
import { keepDraft, keepNewPageDraft, removeDraft } from "./keeping.ts";

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
      const met = field(request, "theirs");
      const settling =
        met === ""
          ? {}
          : { settling: { theirsVersion: namedVersion(met, page), settlements: settlementsIn(request) } };
      const typed = {
        ...typedFields(request),
        baseVersion: namedVersion(field(request, "base"), page),
        madeFrom: madeFromIn(request, page),
        ...settling,
      };
      await keepDraft(options, person.id, page, typed, formDraftIn(request));
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
      await keepNewPageDraft(options, person.id, typedFields(request), formDraftIn(request));
      return reply.code(204).send();
    },
  });

  server.get<OfPage & { Querystring: { draft?: string } }>(addresses.draft(":id"), async (request, reply) => {
    const person = authorisePerson(request, "write");
    const page = await content.getPageById(request.params.id);
    const named = request.query.draft === undefined ? undefined : String(request.query.draft) || null;
    const draft = await drafts.get(person.id, page.id, named);
    if (draft === undefined) throw new HttpError("not-found", "You have no draft of this page.");
    const { title, summary, savedAt } = draft;
    const screen = draftText({
      csrf: formToken(request, reply, options),
      page,
      title,
      body: withOwnTexts(draft.body, settlementsOf(draft)),
      summary,
      id: draft.id ?? "",
      draft: newFormDraft(draft),
      keptAt: savedAt.toISOString(),
    });
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
    const [pageId, draft] = [field(request, "page") || null, formDraftIn(request)];
    await removeDraft(options, person.id, pageId, draft);
    const { filledWith } = draft;
    const isLeft = filledWith && (await drafts.get(person.id, pageId, filledWith.id)) !== undefined;
    return goOn(reply, safeReturn(field(request, "return")), isLeft ? "written-since" : "discarded");
  });

  const rowOf = async (listed: ListedDraft): Promise<DraftsProps["drafts"][number]> => {
    const { title, pageId, baseVersion, savedAt } = listed;
    const row = { title, keptAt: savedAt.toISOString(), id: listed.id ?? "", draft: newFormDraft(listed) };
    if (pageId === null) return { ...row, page: null };
    const { id, slug, archived, version } = await content.getPageById(pageId);
    return { ...row, page: { id, slug, archived, version, baseVersion: baseVersion ?? version } };
  };

  const sendDrafts = (request: FastifyRequest, reply: FastifyReply, rows: DraftsProps["drafts"]) => {
    const notice = takeNotice(request, reply, ["discarded", "written-since"]);
    const screen = draftsScreen({
      csrf: formToken(request, reply, options),
      drafts: rows,
      ...(notice === undefined ? {} : { notice }),
    });
    return sendScreen(request, reply, options, screen);
  };
};
