import type { FastifyInstance, FastifyRequest } from "fastify";
import { HttpError } from "./errors.ts";
import type { Authenticator } from "./person.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the route responds while the wiki has no accounts. */
    beforeSetup?: boolean;
  }
}

/** The options of routes that respond while the wiki has no accounts. */
export const beforeSetup = { config: { beforeSetup: true } } as const;

/** Lets the routes that a scope registers from now on respond while the wiki has no accounts. */
export function respondBeforeSetup(scope: FastifyInstance): void {
  scope.addHook("onRoute", (route) => {
    route.config = { ...route.config, ...beforeSetup.config };
  });
}

/** Refuses a request while the wiki has no accounts, unless its route responds then. @throws HttpError `setup-required` */
export async function requireAccounts(request: FastifyRequest, accounts: Authenticator): Promise<void> {
  if (request.person !== null || request.routeOptions.config.beforeSetup || (await accounts.hasAccounts()))
    return;
  throw new HttpError(
    "setup-required",
    "This wiki has no accounts yet. Open it in a browser to set it up, or run `palimpsest user add`.",
  );
}
