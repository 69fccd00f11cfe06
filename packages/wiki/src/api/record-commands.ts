import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { writeAccess } from "../http/access.ts";
import { baseVersionOf } from "../http/etag.ts";
import { requirePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { commandResponse } from "./page-responses.ts";
import * as schemas from "./schemas.ts";

const tags = ["Record"];

/** Routes that restore, undo, archive and unarchive. */
export const recordCommandRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  for (const address of pageAddresses(options.content)) {
    for (const command of [restoring, undoing]) await api.register(versionCommand(address, command), options);
    await api.register(archiving(address), options);
  }
  await api.register(unarchiving, options);
};

/** A command on one version of a page. */
interface VersionCommand {
  readonly part: "/restore" | "/undo";
  readonly method: "restorePage" | "undoEdit";
  readonly summary: string;
  readonly description: string;
}

const restoring: VersionCommand = {
  part: apiRoutes.ofPage.restore,
  method: "restorePage",
  summary: "Restore title and body of an earlier version of a page",
  description: "Creates a new version. Keeps edits since `If-Match` that do not conflict.",
};

const undoing: VersionCommand = {
  part: apiRoutes.ofPage.undo,
  method: "undoEdit",
  summary: "Undo an edit of a page and keep later edits",
  description:
    "Undoes the whole edit that created the version. Returns `edit-conflict` if later edits changed the same text.",
};

const versionCommand =
  (
    address: PageAddress,
    { part, method, summary, description }: VersionCommand,
  ): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, accounts }) => {
    api.post(
      address.pattern + part,
      {
        ...writeAccess,
        schema: {
          ...commandSchema(address),
          summary: address.summary(summary),
          description,
          body: schemas.versionCommand,
        },
      },
      async (request, reply) => {
        const person = requirePerson(request);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const baseVersion = baseVersionOf(request.headers["if-match"], page.id);
        const command = { ...request.body, baseVersion };
        const written = await asUser(person.id, () => content[method](page.id, command));
        return reply.send(await commandResponse(accounts, reply, written));
      },
    );
  };

const archiving =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, accounts }) => {
    api.delete(
      address.pattern,
      {
        ...writeAccess,
        schema: {
          ...commandSchema(address),
          summary: address.summary("Archive a page"),
          description: "Releases its slug. Its history is kept: read or unarchive the page by its id.",
          querystring: schemas.summaryQuery,
        },
      },
      async (request, reply) => {
        const person = requirePerson(request);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const baseVersion = baseVersionOf(request.headers["if-match"], page.id);
        const command = { ...request.query, baseVersion };
        const written = await asUser(person.id, () => content.archivePage(page.id, command));
        return reply.send(await commandResponse(accounts, reply, written));
      },
    );
  };

const unarchiving: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts }) => {
  api.post(
    apiRoutes.unarchivePattern,
    {
      ...writeAccess,
      schema: {
        tags,
        summary: "Unarchive a page",
        description: "Uses its last slug, or another one. Does nothing to a page that is not archived.",
        params: schemas.idParameter,
        headers: schemas.optionalIfMatchHeader,
        body: schemas.unarchiveCommand,
        response: { 200: schemas.json("The page.", schemas.editedPage), ...schemas.problems },
      },
    },
    async (request, reply) => {
      const person = requirePerson(request);
      const { id } = await content.getPageById(request.params.id);
      const ifMatch = request.headers["if-match"];
      const baseVersion = ifMatch === undefined ? undefined : baseVersionOf(ifMatch, id);
      const command = { ...request.body, baseVersion };
      const written = await asUser(person.id, () => content.unarchivePage(id, command));
      return reply.send(await commandResponse(accounts, reply, written));
    },
  );
};

/** The parts of the schema that all commands on one page share. */
const commandSchema = (address: PageAddress) => ({
  tags,
  params: address.params,
  headers: schemas.ifMatchHeader,
  response: {
    200: schemas.json("The page after the command.", schemas.editedPage),
    ...address.responses,
    ...schemas.problems,
  },
});
