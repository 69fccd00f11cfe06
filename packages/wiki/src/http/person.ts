import type { IncomingHttpHeaders } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Role } from "../application/policy.ts";
import { type Action, may, minimumRole } from "../application/policy.ts";
import { ForbiddenError, HttpError } from "./errors.ts";

/** The person who makes a request. */
export interface Requester {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

declare module "fastify" {
  interface FastifyRequest {
    /** The owner of the session or token; null without either. */
    person: Requester | null;
    /** Whether a cookie identified the person. Browsers send cookies without being asked. */
    personByCookie: boolean;
  }
}

export interface Authenticator {
  personOfSession(cookieHeader: string | undefined): Promise<Requester | null>;
  personOfToken(token: string): Promise<Requester | null>;
}

/**
 * Resolves to the owner of the token or session in the headers of a request.
 * @throws HttpError `token-invalid`
 */
export async function identify(
  { authorization, cookie }: IncomingHttpHeaders,
  accounts: Authenticator,
): Promise<{ readonly person: Requester | null; readonly byCookie: boolean }> {
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    const person = token === undefined ? null : await accounts.personOfToken(token);
    if (person !== null) return { person, byCookie: false };
    throw new HttpError("token-invalid", "The Authorization header must be `Bearer` and a valid token.");
  }
  const person = cookie === undefined ? null : await accounts.personOfSession(cookie);
  return { person, byCookie: person !== null };
}

/**
 * Sets `request.person` by the request's token or session. Calling it again updates the person and their role.
 * @throws HttpError `token-invalid`
 */
export async function authenticate(request: FastifyRequest, accounts: Authenticator): Promise<void> {
  const { person, byCookie } = await identify(request.headers, accounts);
  request.person = person;
  request.personByCookie = byCookie;
}

/**
 * Returns the person if they may do `action`, or null if everyone may.
 * @throws HttpError `authentication-required` without a person, `forbidden` if their role does not suffice
 */
export function authorise(
  request: FastifyRequest,
  action: Action,
  policy: { readonly publicReading: boolean },
): Requester | null {
  const role = minimumRole(action, policy);
  if (role === "anyone" || may(request.person, action, policy)) return request.person;
  if (request.person === null) {
    throw new HttpError(
      "authentication-required",
      `Only an ${role} can ${action} here. Sign in, or send a token.`,
    );
  }
  throw new ForbiddenError(
    role,
    `Your role is ${request.person.role}; the role ${role} is needed to ${action} here.`,
  );
}

/** Returns the person of a request. Its route declares an access that needs one (`http/access.ts`). */
export function requirePerson({ person }: FastifyRequest): Requester {
  if (person === null) throw new HttpError("authentication-required", "Sign in first.");
  return person;
}
