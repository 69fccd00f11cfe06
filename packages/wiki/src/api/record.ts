import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { attributionsOf } from "../application/attributions.ts";
import type { ContentManagement } from "../application/content-management.ts";
import type { PageFields } from "../domain/page.ts";
import { expensiveRead } from "../http/expensive-reads.ts";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import { keyOfTexts, SharedResults } from "../workers/shared-results.ts";
import type { ApiOptions } from "./api-options.ts";
import { blameJson } from "./blame-json.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { changeJson } from "./page-json.ts";
import * as shapes from "./record-schemas.ts";
import { waitForPosition } from "./requests.ts";
import { DEFAULT_LIMIT, json, problems } from "./schemas.ts";

// No ETags: the responses contain names of people, and diffs that a later release may compute differently.

type PageRoutes = (address: PageAddress) => FastifyPluginAsyncZod<ApiOptions>;

const tags = ["Record"];

/** Routes that read the history of a page: changes, diffs and authorship. */
export const recordRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  for (const address of pageAddresses(options.content)) {
    for (const routes of [historyOf, diffOf, blameOf]) await api.register(routes(address), options);
  }
};

const historyOf: PageRoutes =
  (address) =>
  async (api, { content, accounts, policy }) => {
    api.get(
      address.pattern + apiRoutes.ofPage.history,
      {
        schema: {
          tags,
          summary: address.summary("List the changes of a page, newest first"),
          params: address.params,
          querystring: shapes.historyQuery,
          response: {
            200: json("A change for each event.", shapes.history),
            ...address.responses,
            ...problems,
          },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        const { before = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT, after } = request.query;
        await waitForPosition(content, after);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const found = await content.record.history(page.id, { before, limit: limit + 1 });
        const shown = found.slice(0, limit);
        const names = await accounts.personsByIds(shown.flatMap(({ userId }) => userId ?? []));
        return reply.send({
          items: shown.map((change) => changeJson(change, names)),
          next: found.length > limit ? (shown.at(-1)?.version ?? null) : null,
        });
      },
    );
  };

const MAX_CACHED_DIFF_BYTES = 16 * 1024 * 1024;

const diffOf: PageRoutes =
  (address) =>
  async (api, { content, policy, workers }) => {
    const diffs = new SharedResults<{ readonly json: string }>({
      maxBytes: MAX_CACHED_DIFF_BYTES,
      bytesOf: ({ json }) => 2 * json.length,
    });
    const diffJson = async (from: string, to: string, signal: AbortSignal): Promise<string> => {
      const compute = async (signal: AbortSignal) => {
        return { json: await workers.run("textDiffJson", { from, to }, signal) };
      };
      return (await diffs.get(keyOfTexts([from, to]), compute, signal)).json;
    };
    api.get(
      address.pattern + apiRoutes.ofPage.diff,
      {
        ...expensiveRead,
        schema: {
          tags,
          summary: address.summary("Compare two versions of a page"),
          params: address.params,
          querystring: shapes.diffQuery,
          response: { 200: json("The differences.", shapes.diff), ...address.responses, ...problems },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        await waitForPosition(content, request.query.after);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const { to = page.version, from = Math.max(0, to - 1) } = request.query;
        const before = await fieldsAt(content, page.id, from);
        const after = await fieldsAt(content, page.id, to);
        const fields = JSON.stringify({
          from,
          to,
          title: before.title === after.title ? undefined : [before.title, after.title],
          slug: before.slug === after.slug ? undefined : [before.slug, after.slug],
        });
        const body = await diffJson(before.body, after.body, request.signal);
        return sendJson(reply, `${fields.slice(0, -1)},"body":${body}}`);
      },
    );
  };

const blameOf: PageRoutes =
  (address) =>
  async (api, { content, accounts, views, policy }) => {
    api.get(
      address.pattern + apiRoutes.ofPage.blame,
      {
        ...expensiveRead,
        schema: {
          tags,
          summary: address.summary("List the authors of the parts of a page"),
          params: address.params,
          querystring: shapes.blameQuery,
          response: {
            200: json("The body in parts, each with its author.", shapes.blame),
            ...address.responses,
            ...problems,
          },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        const { version, after } = request.query;
        await waitForPosition(content, after);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const authored = await content.record.authorship(page.id, version ?? page.version);
        const wrote = authored.runs.map((run) => run.version);
        const edits = await attributionsOf(content, views, page.id, wrote);
        const names = await accounts.personsByIds([...edits.values()].flatMap(({ userId }) => userId ?? []));
        return reply.send(blameJson(page.id, authored, edits, names));
      },
    );
  };

/** Sends text that is JSON already. */
function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(json);
}

async function fieldsAt(content: ContentManagement, pageId: string, version: number): Promise<PageFields> {
  return version === 0 ? { title: "", slug: "", body: "" } : content.getPageById(pageId, version);
}
