import type { FastifyRequest } from "fastify";
import type { Role } from "../application/policy.ts";
import { type Action, may, minimumRole } from "../application/policy.ts";
import { ForbiddenError, HttpError } from "./errors.ts";

/** Who makes a request, as far as this layer needs to know. */
export interface Requester {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who signed in, or whose token came along; null for a stranger. */
    person: Requester | null;
    /** True when a cookie, which browsers send by themselves, says who it is. */
    personByCookie: boolean;
  }
}

/** Finds out who makes a request, by its headers. */
export interface Authenticator {
  personOfSession(headers: Headers): Promise<Requester | null>;
  personOfToken(token: string): Promise<Requester | null>;
}

/**
 * Sets `request.person`; called again, to who it is by then.
 * @throws HttpError `token-invalid` for a token that is nobody's
 */
export async function authenticate(request: FastifyRequest, accounts: Authenticator): Promise<void> {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    request.person = token === undefined ? null : await accounts.personOfToken(token);
    if (request.person === null) {
      throw new HttpError("token-invalid", "The Authorization header has to be `Bearer` and a valid token.");
    }
  } else if (cookie !== undefined) {
    request.person = await accounts.personOfSession(new Headers({ cookie }));
    request.personByCookie = request.person !== null;
  }
}

/**
 * Returns whoever makes the request, if they may do `action`.
 * @throws HttpError `authentication-required` for a stranger, `forbidden` for a role that is not enough
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
      `To ${action} here, sign in or send a token of an ${role}.`,
    );
  }
  throw new ForbiddenError(
    role,
    `To ${action} here takes the role ${role}; yours is ${request.person.role}.`,
  );
}

/** As `authorise`, for what nobody may do without an account. */
export function authorisePerson(request: FastifyRequest, action: "write" | "administer"): Requester {
  const person = authorise(request, action, { publicReading: false });
  if (person === null) throw new HttpError("authentication-required", `To ${action} here, sign in.`);
  return person;
}
