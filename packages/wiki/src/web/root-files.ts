import type { FastifyPluginAsync } from "fastify";
import { addresses } from "./addresses.ts";
import { assetFile } from "./assets.ts";
import type { WebOptions } from "./web-options.ts";

/** Differences, forms and lists of earlier dates are costly and lead crawlers nowhere. */
const PUBLIC = `User-agent: *
Disallow: /api/
Disallow: /-/
Allow: ${addresses.asset("")}
Allow: ${addresses.allPages()}
`;
const PRIVATE = `User-agent: *
Disallow: /
`;

/** The files that browsers and crawlers request at fixed addresses. */
export const rootFiles: FastifyPluginAsync<WebOptions> = async (server, { policy }) => {
  server.get("/favicon.ico", async (_request, reply) =>
    reply.sendFile(assetFile("favicon.ico"), { immutable: false, maxAge: "1d" }),
  );

  server.get("/robots.txt", async (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send(policy.publicReading ? PUBLIC : PRIVATE),
  );
};
