import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { requireDraftVersions } from "../application/draft-rules.ts";
import type { Draft, Drafts } from "../application/drafts.ts";
import type { PageDetails } from "../application/pages.ts";
import { pageWriteAccess, writeAccess } from "../http/access.ts";
import { HttpError } from "../http/errors.ts";
import { requirePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { draft, draftContent, draftQuery } from "./draft-schemas.ts";
import { emptyResponse, idParameter, json, problems } from "./schemas.ts";

const common = { tags: ["Drafts"], params: idParameter };

/** A person's own drafts of a page. Nobody can read the drafts of others. */
export const draftRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, drafts }) => {
  api.get(
    apiRoutes.draftPattern,
    {
      ...writeAccess,
      schema: {
        ...common,
        summary: "Read your draft of a page, the newest unless `id` is given",
        querystring: draftQuery,
        response: { 200: json("The draft.", draft), ...problems },
      },
    },
    async (request) => {
      const person = requirePerson(request);
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
      ...pageWriteAccess,
      schema: {
        ...common,
        summary:
          "Store your draft of a page, replacing the one with the same `id` unless that resolves a conflict",
        body: draftContent,
        response: { 200: json("The draft.", draft), ...problems },
      },
    },
    async (request) => {
      const person = requirePerson(request);
      const page = await content.getPageById(request.params.id);
      const { id = null, madeFrom: ancestorVersions, ...fields } = request.body;
      requireDraftVersions({ ...fields, ancestorVersions }, page);
      await requireNoResolution(drafts, person.id, page.id, id);
      const key = { userId: person.id, pageId: page.id, id, slug: null };
      const draft = { ...fields, ...key, ancestorVersions };
      return draftJson(await drafts.put(draft), page);
    },
  );

  api.delete(
    apiRoutes.draftPattern,
    {
      ...writeAccess,
      schema: {
        ...common,
        summary: "Delete your draft with this `id`, or without `id` all your drafts of a page",
        querystring: draftQuery,
        response: { 204: emptyResponse("The draft does not exist any more."), ...problems },
      },
    },
    async (request, reply) => {
      const person = requirePerson(request);
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

/**
 * Refuses to replace a draft that resolves a conflict, since the API does not accept resolutions.
 * @throws HttpError `draft-settling`
 */
async function requireNoResolution(
  drafts: Drafts,
  userId: string,
  pageId: string,
  id: string | null,
): Promise<void> {
  const stored = (await drafts.list(userId)).find((draft) => draft.pageId === pageId && draft.id === id);
  if (stored?.resolution === undefined) return;
  const { theirsVersion } = stored.resolution;
  throw new HttpError(
    "draft-settling",
    `The draft resolves a conflict with version ${theirsVersion}. Storing other text would lose the resolution: delete the draft first, or use another id.`,
  );
}

function draftJson(draft: Draft, page: PageDetails) {
  const { id, baseVersion, ancestorVersions = [], resolution, title, body, summary, savedAt } = draft;
  return {
    pageId: page.id,
    id,
    baseVersion: baseVersion ?? page.version,
    currentVersion: page.version,
    madeFrom: [...ancestorVersions],
    metVersion: resolution?.theirsVersion ?? null,
    title,
    body,
    summary,
    savedAt: savedAt.toISOString(),
  };
}
