import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { ClientQueue } from "../../application/client-queue.ts";
import { EXPORT_LIMITS } from "../../application/limits.ts";
import { slugFromTitle } from "../../content/slug.ts";
import { exportPages } from "../../export/export-pages.ts";
import { zipArchive } from "../../export/zip-target.ts";
import { queuedRead, turnInQueue } from "../../http/expensive-reads.ts";
import { authorise } from "../../http/person.ts";
import { ServerBusyError } from "../../workers/errors.ts";
import { addresses } from "../addresses.ts";
import { instantOf } from "../parts/instant-form.tsx";
import { sendScreen } from "../send-screen.ts";
import { strings } from "../strings/strings.ts";
import type { WebOptions } from "../web-options.ts";
import { exportScreen } from "./export.tsx";

/** The form that downloads all pages, now or at an earlier date, and the archive. */
export const exportRoutes: FastifyPluginAsync<WebOptions> = async (server, { content, policy }) => {
  const queue = new ClientQueue(EXPORT_LIMITS, ServerBusyError);

  server.get(addresses.export, async (request, reply) => {
    authorise(request, "read", policy);
    return sendScreen(request, reply, exportScreen({ instant: "" }));
  });

  server.get<{ Querystring: { instant?: string } }>(
    addresses.exportArchive,
    { ...queuedRead, exposeHeadRoute: false },
    async (request, reply) => {
      authorise(request, "read", policy);
      const text = String(request.query.instant ?? "");
      const instant = text === "" ? undefined : instantOf(text);
      if (text !== "" && instant === undefined) return refuse(request, reply, text);
      await turnInQueue(queue, request, reply);
      const at = instant && (await content.record.positionAt(instant));
      const archive = zipArchive((target) => exportPages(content, target, { at }));
      archive.on("error", (error) => request.log.warn({ err: error }, "An export ended early."));
      const date = (instant ?? new Date()).toISOString().slice(0, 10);
      const name = `${slugFromTitle(await server.wikiName())}-${date}.zip`;
      return reply
        .type("application/zip")
        .header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
        .header("cache-control", "no-store")
        .send(archive);
    },
  );

  const refuse = (request: FastifyRequest, reply: FastifyReply, text: string) => {
    const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
    const error = strings.earlier.invalid(shown);
    return sendScreen(request, reply.code(400), exportScreen({ instant: "", error }));
  };
};
