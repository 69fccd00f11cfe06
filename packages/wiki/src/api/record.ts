import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { attributionsOf } from "../application/attributions.ts";
import type { ContentManagement } from "../application/content-management.ts";
import { PageNotFoundError } from "../application/errors.ts";
import { textDiff } from "../content/line-diff.ts";
import type { PageFields } from "../domain/page.ts";
import { etagOf } from "../http/etag.ts";
import { authorise } from "../http/person.ts";
import { apiRoutes } from "../http/routes.ts";
import type { ApiOptions } from "./api-options.ts";
import { changeJson } from "./change-json.ts";
import { type PageAddress, pageAddresses } from "./page-address.ts";
import { hasAlready } from "./page-answers.ts";
import { personJson } from "./page-json.ts";
import { reached } from "./position.ts";
import * as shapes from "./record-schemas.ts";
import { DEFAULT_LIMIT, json, notModified, problems } from "./schemas.ts";

const tags = ["Record"];

/** What became of one page: its history, differences between its versions, and who wrote what. */
export const recordRoutes: FastifyPluginAsyncZod<ApiOptions> = async (api, options) => {
  for (const address of pageAddresses(options.content)) await api.register(recordOfOne(address), options);
};

const recordOfOne =
  (address: PageAddress): FastifyPluginAsyncZod<ApiOptions> =>
  async (api, { content, accounts, views, policy }) => {
    const common = { tags, params: address.params };
    const answers = { ...notModified, ...address.answers, ...problems };

    api.get(
      address.pattern + apiRoutes.ofPage.history,
      {
        schema: {
          ...common,
          summary: address.summary("List the changes of a page, newest first"),
          querystring: shapes.historyQuery,
          response: { 200: json("One for each event.", shapes.history), ...answers },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        const { before = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT, after } = request.query;
        await reached(content, after);
        const page = await address.find(request, reply);
        if (page === undefined || hasAlready(request, reply, etagOf(page))) return reply;
        // Only what the page's ETag speaks of.
        const range = { before: Math.min(before, page.version + 1), limit: limit + 1 };
        const found = await content.record.history(page.id, range);
        const shown = found.slice(0, limit);
        const names = await accounts.personsByIds(shown.flatMap(({ userId }) => userId ?? []));
        return reply.send({
          items: shown.map((change) => changeJson(change, names)),
          next: found.length > limit ? (shown.at(-1)?.version ?? null) : null,
        });
      },
    );

    api.get(
      address.pattern + apiRoutes.ofPage.diff,
      {
        schema: {
          ...common,
          summary: address.summary("Compare two versions of a page"),
          querystring: shapes.diffQuery,
          response: { 200: json("What differs.", shapes.diff), ...answers },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        await reached(content, request.query.after);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const { to = page.version, from = Math.max(0, to - 1) } = request.query;
        const before = await fieldsAt(content, page.id, from);
        const after = await fieldsAt(content, page.id, to);
        if (hasAlready(request, reply, `"${page.id}.${from}-${to}"`)) return reply;
        return reply.send({
          from,
          to,
          ...(before.title === after.title ? {} : { title: pair(before.title, after.title) }),
          ...(before.slug === after.slug ? {} : { slug: pair(before.slug, after.slug) }),
          body: [...textDiff(before.body, after.body)],
        });
      },
    );

    api.get(
      address.pattern + apiRoutes.ofPage.blame,
      {
        schema: {
          ...common,
          summary: address.summary("Say who wrote which part of a page"),
          querystring: shapes.blameQuery,
          response: { 200: json("The body, in parts.", shapes.blame), ...answers },
        },
      },
      async (request, reply) => {
        authorise(request, "read", policy);
        await reached(content, request.query.after);
        const page = await address.find(request, reply);
        if (page === undefined) return reply;
        const { version, runs } = await content.record.authorship(
          page.id,
          request.query.version ?? page.version,
        );
        if (hasAlready(request, reply, etagOf({ id: page.id, version }))) return reply;
        const edits = await attributionsOf(
          content,
          views,
          page.id,
          runs.map((run) => run.version),
        );
        const names = await accounts.personsByIds([...edits.values()].flatMap(({ userId }) => userId ?? []));
        return reply.send({
          version,
          runs: runs.map((run) => {
            const edit = edits.get(run.version);
            if (edit === undefined) throw new PageNotFoundError(page.id, run.version);
            return { ...run, by: personJson(edit.userId, names), at: edit.at.toISOString() };
          }),
        });
      },
    );
  };

/** Version 0 is the page before there was anything. */
async function fieldsAt(content: ContentManagement, pageId: string, version: number): Promise<PageFields> {
  return version === 0 ? { title: "", slug: "", body: "" } : content.getPageById(pageId, version);
}

function pair(before: string, after: string): [string, string] {
  return [before, after];
}
