import type { FastifyPluginAsync } from "fastify";
import { FileNotFoundError } from "../../application/files.ts";
import { FILE_PREFIX } from "../../content/file-addresses.ts";
import { sendFile } from "../../http/file-response.ts";
import { authorise } from "../../http/person.ts";
import { isId } from "../page-parameters.ts";
import type { WebOptions } from "../web-options.ts";

/** The bytes of files. */
export const fileRoutes: FastifyPluginAsync<WebOptions> = async (server, { content, policy }) => {
  for (const pattern of [`${FILE_PREFIX}:id`, `${FILE_PREFIX}:id/:name`]) {
    server.get<{ Params: { id: string } }>(
      pattern,
      // Compressing would change the length, and most files are compressed.
      { compress: false },
      async (request, reply) => {
        const requester = authorise(request, "read", policy);
        const { id } = request.params;
        const stored = isId(id) ? await content.files.find(id) : undefined;
        const isOthers = stored?.pageId === null && stored.userId !== requester?.id;
        if (stored === undefined || isOthers) throw new FileNotFoundError(id);
        const isPublic = policy.publicReading && stored.pageId !== null;
        return sendFile(request, reply, { files: content.files, stored, isPublic });
      },
    );
  }
};
