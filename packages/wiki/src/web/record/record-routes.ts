import type { FastifyPluginAsync } from "fastify";
import type { WebOptions } from "../web-options.ts";
import { authorshipRoutes } from "./authorship-routes.ts";
import { diffRoutes } from "./diff-routes.ts";
import { historyRoutes } from "./history-routes.ts";
import { versionCommands } from "./version-commands.ts";

/** The record of a page: what was done to it, by whom, and what of that can be done again or taken back. */
export const recordRoutes: FastifyPluginAsync<WebOptions> = async (server, options) => {
  await server.register(historyRoutes, options);
  await server.register(diffRoutes, options);
  await server.register(authorshipRoutes, options);
  await server.register(versionCommands, options);
};
