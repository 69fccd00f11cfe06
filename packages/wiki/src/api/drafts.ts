import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Draft, Drafts } from "../application/drafts.ts";
import { BaseVersionError } from "../application/errors.ts";
import type { PageDetails } from "../application/pages.ts";
import { HttpError } from "../http/errors.ts";
import { authorisePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { draft, draftContent, draftQuery } from "./draft-schemas.ts";
import { idParameter, json, nothing, problems } from "./schemas.ts";

const common = { tags: ["Drafts"], params: idParameter };

/** What the person who asks is typing on a page; others' drafts are seen by nobody. */
export const draftRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, drafts }) => {
  api.get(
    apiRoutes.draftPattern,
    {
      schema: {
        ...common,
        summary: "Read one's own draft of a page, the newest unless one is named",
        querystring: draftQuery,
        response: { 200: json("The draft.", draft), ...problems },
      },
    },
    async (request) => {
      const person = authorisePerson(request, "write");
      const page = await content.getPageById(request.params.id);
      const found = await drafts.get(person.id, page.id, request.query.id);
      if (found === undefined) {
        throw new HttpError("draft-not-found", `You have no draft of the page ${page.id}.`);
      }
      return draftJson(found, page);
    },
  );

  api.put(
    apiRoutes.draftPattern,
    {
      schema: {
        ...common,
        summary: "Keep one's own draft of a page, in place of the one before unless that settles a conflict",
        body: draftContent,
        response: { 200: json("The draft.", draft), ...problems },
      },
    },
    async (request) => {
      const person = authorisePerson(request, "write");
      const page = await content.getPageById(request.params.id);
      const { baseVersion, madeFrom, id = null } = request.body;
      const newest = Math.max(baseVersion, ...madeFrom);
      if (newest > page.version) throw new BaseVersionError(newest, page.version);
      await refuseSettling(drafts, person.id, page.id, id);
      const draft = { ...request.body, userId: person.id, pageId: page.id, id, slug: null };
      const kept = await drafts.put(draft);
      return draftJson(kept, page);
    },
  );

  api.delete(
    apiRoutes.draftPattern,
    {
      schema: {
        ...common,
        summary: "Forget one's own draft of a page, all of them unless one is named",
        querystring: draftQuery,
        response: { 204: nothing("There is no draft."), ...problems },
      },
    },
    async (request, reply) => {
      const person = authorisePerson(request, "write");
      const { id } = await content.getPageById(request.params.id);
      await drafts.remove(
        person.id,
        id,
        request.query.id === undefined ? undefined : { id: request.query.id },
      );
      return reply.code(204).send();
    },
  );
};

/** A text without the choices and words of a settling does not take their place. */
async function refuseSettling(
  drafts: Drafts,
  userId: string,
  pageId: string,
  id: string | null,
): Promise<void> {
  const there = (await drafts.list(userId)).find((one) => one.pageId === pageId && one.id === id);
  if (there?.settling === undefined) return;
  throw new HttpError(
    "draft-settling",
    `The draft settles a conflict with version ${there.settling.theirsVersion}: what was chosen and typed for it would be lost.`,
  );
}

function draftJson(draft: Draft, page: PageDetails) {
  const { id, baseVersion, madeFrom = [], settling, title, body, summary, savedAt } = draft;
  return {
    pageId: page.id,
    id,
    baseVersion: baseVersion ?? page.version,
    currentVersion: page.version,
    madeFrom: [...madeFrom],
    metVersion: settling?.theirsVersion ?? null,
    title,
    body,
    summary,
    savedAt: savedAt.toISOString(),
  };
}
