import type { FastifyRequest } from "fastify";
import type { Action } from "../application/policy.ts";
import { HttpError } from "./errors.ts";
import { authorise } from "./person.ts";
import { declaredBodyBytes, MAX_PAGE_REQUEST_BYTES, MAX_REQUEST_BYTES } from "./request-body.ts";

/** Who may use a route: people whose role allows an action, people with an account, or everyone. */
type Access = Action | "account" | "everyone";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Checked before the body of a request is read. Every route that is not read with GET declares it. */
    access?: Access;
    /** The handler answers a person who is signed out, by showing the submitted form again. */
    showsFormAgain?: boolean;
  }
}

/** The options of routes that need the right to write. */
export const writeAccess = { config: { access: "write" } } as const;
/** The options of routes that store the text of a page or draft. */
export const pageWriteAccess = { ...writeAccess, bodyLimit: MAX_PAGE_REQUEST_BYTES } as const;
/** The options of routes whose form is shown again to a person who is signed out. */
export const formWriteAccess = { config: { access: "write", showsFormAgain: true } } as const;
export const pageFormWriteAccess = { ...formWriteAccess, bodyLimit: MAX_PAGE_REQUEST_BYTES } as const;
export const administerAccess = { config: { access: "administer" } } as const;
export const accountAccess = { config: { access: "account" } } as const;
export const everyoneAccess = { config: { access: "everyone" } } as const;

/** Returns the options of routes that everyone may use to try passwords and secrets, so many times in a minute. */
export function limitedTries({ signInsPerMinute }: { readonly signInsPerMinute: number }) {
  const rateLimit = { max: signInsPerMinute, timeWindow: "1 minute" };
  return { config: { ...everyoneAccess.config, rateLimit } };
}

/**
 * Checks that the person of a request has the access that its route declares.
 * @throws HttpError `authentication-required`, `forbidden`
 */
export function checkAccess(request: FastifyRequest, policy: { readonly publicReading: boolean }): void {
  const { access = "everyone", showsFormAgain = false } = request.routeOptions.config;
  if (access === "everyone") return;
  if (request.person === null && showsFormAgain) refuseLargeForm(request);
  else if (access !== "account") authorise(request, access, policy);
  else if (request.person === null)
    throw new HttpError("authentication-required", "Sign in to see your account.");
}

/** Refuses a form of a signed-out person that exceeds the limit for such forms. */
function refuseLargeForm({ raw }: FastifyRequest): void {
  if (declaredBodyBytes(raw) <= MAX_REQUEST_BYTES) return;
  throw new HttpError(
    "authentication-required",
    `Forms of a person who is signed out are limited to ${MAX_REQUEST_BYTES} bytes, not chunked. Sign in first.`,
  );
}
