import type { FastifyInstance, FastifyRequest } from "fastify";
import { HttpError } from "./errors.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the route responds while the wiki is new. */
    beforeSetup?: boolean;
  }
}

/** The options of routes that respond while the wiki is new. */
export const beforeSetup = { config: { beforeSetup: true } } as const;

/** Lets the routes that a scope registers from now on respond while the wiki is new. */
export function respondBeforeSetup(scope: FastifyInstance): void {
  scope.addHook("onRoute", (route) => {
    route.config = { ...route.config, ...beforeSetup.config };
  });
}

/** Returns a function that refuses requests while the wiki is new, except to routes that respond then. */
export function setupGate(isNew: () => Promise<boolean>): (request: FastifyRequest) => Promise<void> {
  let isOpen = false;
  /** @throws HttpError `setup-required` */
  return async ({ person, routeOptions }) => {
    if (isOpen || person !== null || routeOptions.config.beforeSetup) return;
    isOpen = !(await isNew());
    if (isOpen) return;
    throw new HttpError(
      "setup-required",
      "This wiki has no accounts and no pages yet. Open it in a browser to set it up, or run `palimpsest user add`.",
    );
  };
}
