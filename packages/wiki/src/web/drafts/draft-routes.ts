import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { appendOwnTexts, resolutionsOf } from "../../application/conflict-resolution.ts";
import {
  type PageDraft,
  removeFormDraft,
  saveNewPageDraft,
  savePageDraft,
} from "../../application/draft-rules.ts";
import type { ListedDraft } from "../../application/drafts.ts";
import { PageNotFoundError } from "../../application/errors.ts";
import type { PageDetails } from "../../application/pages.ts";
import { pageFormWriteAccess, writeAccess } from "../../http/access.ts";
import { HttpError } from "../../http/errors.ts";
import { requirePerson } from "../../http/person.ts";
import { addresses, localAddress } from "../addresses.ts";
import { formDraftIn, newFormDraft } from "../forms/draft-fields.tsx";
import { field, resolutionsIn } from "../forms/form-fields.ts";
import { ancestorVersionsIn, checkSubmittable, requireVersionOf, typedFields } from "../forms/page-form.ts";
import { isId } from "../page-parameters.ts";
import { redirect, sendScreen, takeNotice } from "../send-screen.ts";
import type { WebOptions } from "../web-options.ts";
import { draftText } from "./draft-text.tsx";
import { type DraftsProps, draftsScreen } from "./drafts.tsx";

type PageIdRoute = { Params: { id: string } };
const METHODS = ["PUT", "POST"];

/** Storing, listing, showing and deleting a person's own drafts. */
export const draftRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  const { content, drafts } = options;

  server.route<PageIdRoute>({
    ...pageFormWriteAccess,
    method: METHODS,
    url: addresses.draft(":id"),
    async handler(request, reply) {
      const refused = checkSubmittable(request);
      if (refused) return reply.code(refused.status).send();
      const person = requirePerson(request);
      const page = await content.getPageById(request.params.id);
      const baseVersion = requireVersionOf(field(request, "base"), page);
      const typed = {
        ...typedFields(request),
        baseVersion,
        ancestorVersions: ancestorVersionsIn(request, page),
        ...resolutionIn(request, page, baseVersion),
      };
      await savePageDraft(options, person.id, page, typed, formDraftIn(request));
      return reply.code(204).send();
    },
  });

  server.route({
    ...pageFormWriteAccess,
    method: METHODS,
    url: addresses.newPageDraft,
    async handler(request, reply) {
      const refused = checkSubmittable(request);
      if (refused) return reply.code(refused.status).send();
      const person = requirePerson(request);
      await saveNewPageDraft(options, person.id, typedFields(request), formDraftIn(request));
      return reply.code(204).send();
    },
  });

  server.get<PageIdRoute & { Querystring: { draft?: string } }>(
    addresses.draft(":id"),
    writeAccess,
    async (request, reply) => {
      const person = requirePerson(request);
      const { id } = request.params;
      const draftId = request.query.draft === undefined ? undefined : String(request.query.draft) || null;
      const draft = isId(id) ? await drafts.get(person.id, id, draftId) : undefined;
      if (draft === undefined) throw new HttpError("draft-not-found", "You have no draft of this page.");
      const { title, summary, savedAt } = draft;
      const screen = draftText({
        page: (await findPage(id)) ?? { id, slug: null, archived: false },
        title,
        body: appendOwnTexts(draft.body, resolutionsOf(draft)),
        summary,
        id: draft.id ?? "",
        draft: newFormDraft(draft),
        savedAt: savedAt.toISOString(),
      });
      return sendScreen(request, reply, screen);
    },
  );

  server.get(addresses.drafts, writeAccess, async (request, reply) => {
    const person = requirePerson(request);
    const listed = await drafts.list(person.id);
    return sendDrafts(request, reply, await Promise.all(listed.map(rowOf)));
  });

  server.post(addresses.discardDraft, writeAccess, async (request, reply) => {
    const person = requirePerson(request);
    const [pageId, draft] = [field(request, "page") || null, formDraftIn(request)];
    await removeFormDraft(options, person.id, pageId, draft);
    const { openedRevision } = draft;
    const isStillStored =
      openedRevision &&
      (await drafts.list(person.id)).some((one) => one.pageId === pageId && one.id === openedRevision.id);
    return redirect(
      reply,
      localAddress(field(request, "return")),
      isStillStored ? "written-since" : "discarded",
    );
  });

  const rowOf = async (listed: ListedDraft): Promise<DraftsProps["drafts"][number]> => {
    const { title, pageId, baseVersion, savedAt } = listed;
    const row = { title, savedAt: savedAt.toISOString(), id: listed.id ?? "", draft: newFormDraft(listed) };
    if (pageId === null) return { ...row, page: null };
    const page = await findPage(pageId);
    if (page === undefined) return { ...row, page: { id: pageId, slug: null } };
    const { id, slug, archived, version } = page;
    return { ...row, page: { id, slug, archived, version, baseVersion: baseVersion ?? version } };
  };

  /** Resolves to undefined if the page does not exist, for example after an older backup was restored. */
  const findPage = (id: string): Promise<PageDetails | undefined> =>
    content.getPageById(id).catch((error: unknown) => {
      if (error instanceof PageNotFoundError) return undefined;
      throw error;
    });

  const sendDrafts = (request: FastifyRequest, reply: FastifyReply, rows: DraftsProps["drafts"]) => {
    const notice = takeNotice(request, reply, ["discarded", "written-since"]);
    const screen = draftsScreen({
      drafts: rows,
      ...(notice === undefined ? {} : { notice }),
    });
    return sendScreen(request, reply, screen);
  };
};

/**
 * Returns the resolution of a conflict that a form contains, if any.
 * @throws HttpError `if-match-failed` if the other version is not later than the base
 */
function resolutionIn(
  request: FastifyRequest,
  page: PageDetails,
  baseVersion: number,
): Pick<PageDraft, "resolution"> {
  const theirs = field(request, "theirs");
  if (theirs === "") return {};
  const theirsVersion = requireVersionOf(theirs, page);
  if (theirsVersion <= baseVersion) {
    const message = `An edit based on version ${baseVersion} cannot conflict with version ${theirsVersion}; send a later version.`;
    throw new HttpError("if-match-failed", message);
  }
  return { resolution: { theirsVersion, resolutions: resolutionsIn(request) } };
}
