import { asUser } from "@palimpsest/eventsourcing";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { baseVersionOf } from "../http/etag.ts";
import { authorisePerson } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { writtenAnswer } from "./page-answers.ts";
import * as schemas from "./schemas.ts";

const tags = ["Record"];

/** What brings back, and what takes away without losing anything. */
export const recordCommandRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  for (const address of pageAddresses(options.content)) {
    for (const command of [restoring, undoing]) await api.register(versionCommand(address, command), options);
    await api.register(archiving(address), options);
  }
  await api.register(unarchiving, options);
};

/** A command about one version of a page. */
interface VersionCommand {
  readonly part: "/restore" | "/undo";
  readonly method: "restorePage" | "undoEdit";
  readonly summary: string;
  readonly description: string;
}

const restoring: VersionCommand = {
  part: apiRoutes.ofPage.restore,
  method: "restorePage",
  summary: "Make title and body of a page what they were at a version",
  description: "An edit of its own: what was changed since `If-Match` is kept where it does not conflict.",
};

const undoing: VersionCommand = {
  part: apiRoutes.ofPage.undo,
  method: "undoEdit",
  summary: "Take one edit of a page back and keep the later ones",
  description: "The whole edit that made the version. Refused with the conflict where it no longer fits.",
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
        schema: {
          ...ofOnePage(address),
          summary: address.summary(summary),
          description,
          body: schemas.versionCommand,
        },
      },
      async (request, reply) => {
        const person = authorisePerson(request, "write");
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const baseVersion = baseVersionOf(request.headers["if-match"], page.id);
        const command = { ...request.body, baseVersion };
        const written = await asUser(person.id, () => content[method](page.id, command));
        return reply.send(await writtenAnswer(accounts, reply, written));
      },
    );
  };

const archiving =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, accounts }) => {
    api.delete(
      address.pattern,
      {
        schema: {
          ...ofOnePage(address),
          summary: address.summary("Archive a page"),
          description:
            "Releases its slug. Nothing of its record is lost: it is read, and brought back, by its id.",
          querystring: schemas.summaryQuery,
        },
      },
      async (request, reply) => {
        const person = authorisePerson(request, "write");
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const baseVersion = baseVersionOf(request.headers["if-match"], page.id);
        const command = { ...request.query, baseVersion };
        const written = await asUser(person.id, () => content.archivePage(page.id, command));
        return reply.send(await writtenAnswer(accounts, reply, written));
      },
    );
  };

const unarchiving: FastifyPluginAsyncZod<ApiOptions> = async (api, { content, accounts }) => {
  api.post(
    apiRoutes.unarchivePattern,
    {
      schema: {
        tags,
        summary: "Bring an archived page back",
        description: "At the slug that it had, or at another. A page that is there stays as it is.",
        params: schemas.idParameter,
        headers: schemas.optionalIfMatchHeader,
        body: schemas.unarchiving,
        response: { 200: schemas.json("The page.", schemas.editedPage), ...schemas.problems },
      },
    },
    async (request, reply) => {
      const person = authorisePerson(request, "write");
      const { id } = await content.getPageById(request.params.id);
      const ifMatch = request.headers["if-match"];
      const baseVersion = ifMatch === undefined ? undefined : baseVersionOf(ifMatch, id);
      const command = { ...request.body, baseVersion };
      const written = await asUser(person.id, () => content.unarchivePage(id, command));
      return reply.send(await writtenAnswer(accounts, reply, written));
    },
  );
};

/** What all commands about one page take and answer. */
const ofOnePage = (address: PageAddress) => ({
  tags,
  params: address.params,
  headers: schemas.ifMatchHeader,
  response: {
    200: schemas.json("The page after it.", schemas.editedPage),
    ...address.answers,
    ...schemas.problems,
  },
});
