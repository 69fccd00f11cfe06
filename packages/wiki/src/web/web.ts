import staticFiles from "@fastify/static";
import type { FastifyPluginAsync } from "fastify";
import { acceptOnly } from "../http/request-body.ts";
import { respondBeforeSetup } from "../http/setup-gate.ts";
import { addresses } from "./addresses.ts";
import { archivedRoutes } from "./archived/archived-routes.ts";
import { assetFolder } from "./assets.ts";
import { changeRoutes } from "./changes/change-routes.ts";
import { diagramFrame } from "./diagrams/diagram-frame.ts";
import { draftRoutes } from "./drafts/draft-routes.ts";
import { exportRoutes } from "./export/export-routes.ts";
import { fileRoutes } from "./files/file-routes.ts";
import { accountRoutes } from "./identity/account-routes.ts";
import { invitationRoutes } from "./identity/invitation-routes.ts";
import { signInRoutes } from "./identity/sign-in-routes.ts";
import { linkRoutes } from "./links/link-routes.ts";
import { editRoutes } from "./page/edit-routes.ts";
import { liveRoutes } from "./page/live-routes.ts";
import { newPageRoutes } from "./page/new-page-routes.ts";
import { pageByIdRoutes } from "./page/page-by-id-routes.ts";
import { readRoutes } from "./page/read-routes.ts";
import { renameRoutes } from "./page/rename-routes.ts";
import { sendProblemScreen } from "./problem-handler.ts";
import { authorshipRoutes } from "./record/authorship-routes.ts";
import { diffRoutes } from "./record/diff-routes.ts";
import { historyRoutes } from "./record/history-routes.ts";
import { versionCommands } from "./record/version-commands.ts";
import { rootFiles } from "./root-files.ts";
import { searchRoutes } from "./search/search-routes.ts";
import { UNSHARED } from "./send-screen.ts";
import { setupRoutes } from "./setup/setup-routes.ts";
import { slugRoutes } from "./slugs/slug-routes.ts";
import { strings } from "./strings/strings.ts";
import { timeRoutes } from "./time/time-routes.ts";
import type { WebOptions } from "./web-options.ts";

export const web: FastifyPluginAsync<WebOptions> = async (server, options) => {
  server.decorateRequest("earlierDate", null);
  server.setErrorHandler(sendProblemScreen);
  acceptOnly("form", server, options.workers);
  server.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", UNSHARED);
  });
  const { config, identity } = options;
  server.decorate(
    "wikiName",
    async () => config.wikiName ?? (await identity.wikiName()) ?? strings.frame.product,
  );
  await server.register(async (scope) => {
    respondBeforeSetup(scope);
    await scope.register(staticFiles, {
      root: assetFolder,
      prefix: addresses.asset(""),
      immutable: true,
      maxAge: "365d",
      index: false,
      // The sandboxed frame of a diagram has another origin. Assets are public.
      setHeaders: (response) => response.setHeader("cross-origin-resource-policy", "cross-origin"),
    });
    await scope.register(rootFiles, options);
    await scope.register(diagramFrame);
    await scope.register(setupRoutes, options);
  });
  const readingRoutes = [readRoutes, searchRoutes, changeRoutes, linkRoutes];
  for (const routes of readingRoutes) await server.register(routes, options);
  await server.register(timeRoutes, { ...options, readingRoutes });
  await server.register(pageByIdRoutes, options);
  await server.register(slugRoutes, options);
  await server.register(archivedRoutes, options);
  await server.register(newPageRoutes, options);
  await server.register(editRoutes, options);
  await server.register(renameRoutes, options);
  await server.register(draftRoutes, options);
  await server.register(historyRoutes, options);
  await server.register(diffRoutes, options);
  await server.register(authorshipRoutes, options);
  await server.register(versionCommands, options);
  await server.register(fileRoutes, options);
  await server.register(exportRoutes, options);
  await server.register(liveRoutes, options);
  await server.register(signInRoutes, options);
  await server.register(invitationRoutes, options);
  await server.register(accountRoutes, options);
};
