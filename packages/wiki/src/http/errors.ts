import { CodedError } from "@palimpsest/eventsourcing";
import type { Role } from "../application/policy.ts";

/** A refusal that only HTTP knows. */
export class HttpError<Code extends HttpErrorCode = HttpErrorCode> extends CodedError {
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** The person's role does not allow the action. */
export class ForbiddenError extends HttpError<"forbidden"> {
  readonly #neededRole: Role;

  constructor(neededRole: Role, message: string) {
    super("forbidden", message);
    this.#neededRole = neededRole;
  }

  /** The lowest role that allows it; an accessor, so that it is not a field of the problem document. */
  get neededRole(): Role {
    return this.#neededRole;
  }
}

/** The codes of `HttpError`. */
export type HttpErrorCode =
  | "authentication-required"
  | "token-invalid"
  | "forbidden"
  | "cross-site-request"
  | "if-match-required"
  | "if-match-failed"
  | "not-found"
  | "draft-not-found"
  | "draft-settling"
  | "position-not-reached";

/** Every error that reaches a client: its code, its status and its title, the same for all of the code. */
export const PROBLEMS = {
  "invalid-request": [400, "The request is not valid"],
  "malformed-body": [400, "The body cannot be read"],
  "invalid-argument": [400, "An argument is not valid"],
  "invalid-slug": [400, "The slug is not valid"],
  "invalid-title": [400, "The title is not valid"],
  "invalid-email": [400, "The e-mail address is not valid"],
  "invalid-name": [400, "The name is not valid"],
  "weak-password": [400, "The password is too weak"],
  "search-abandoned": [400, "The request was given up"],
  "authentication-required": [401, "Signing in is required"],
  "token-invalid": [401, "The token is not valid"],
  "sign-in-failed": [401, "Signing in failed"],
  forbidden: [403, "This is not allowed"],
  "cross-site-request": [403, "The request came from another site"],
  "sign-up-closed": [403, "Signing up is closed"],
  "first-administrator-refused": [403, "The link is not valid"],
  "not-found": [404, "Nothing is here"],
  "page-not-found": [404, "There is no such page"],
  "draft-not-found": [404, "There is no draft"],
  "person-not-found": [404, "There is no such person"],
  "token-not-found": [404, "There is no such token"],
  "method-not-allowed": [405, "The method is not allowed here"],
  "edit-conflict": [409, "The page was changed meanwhile"],
  "slug-conflict": [409, "The slug is in use"],
  "page-archived": [409, "The page is archived"],
  "draft-settling": [409, "The draft settles a conflict"],
  "too-many-drafts": [409, "There are too many drafts"],
  "email-taken": [409, "The e-mail address is in use"],
  "if-match-failed": [412, "The page is not the one expected"],
  "base-version-unknown": [412, "The page is not the one expected"],
  "limit-exceeded": [413, "Something is too large"],
  "body-too-large": [413, "The request is too large"],
  "unsupported-media-type": [415, "The type of the body is not supported"],
  "idempotency-key-reused": [422, "The idempotency key was used before"],
  "undo-refused": [422, "The edit cannot be undone"],
  "if-match-required": [428, "If-Match is required"],
  "too-many-requests": [429, "Too many requests"],
  "internal-error": [500, "Something went wrong here"],
  "version-conflict": [503, "Too many writers at once"],
  "view-behind": [503, "The views are behind"],
  "position-not-reached": [503, "The position is not reached yet"],
  "search-busy": [503, "Too many searches at once"],
  "clock-ahead": [503, "The server's clock is wrong"],
  "recorder-failed": [503, "The database is not available"],
  "recorder-closed": [503, "The server is stopping"],
  "outcome-unknown": [503, "Whether the change was stored is not known"],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** An RFC 9457 problem document, with a `code` for programs. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly [extension: string]: unknown;
}

// What Fastify and its plugins call an error, and what we do.
const FRAMEWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_VALIDATION: "invalid-request",
  FST_ERR_CTP_BODY_TOO_LARGE: "body-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_CTP_EMPTY_JSON_BODY: "malformed-body",
  FST_ERR_CTP_INVALID_JSON_BODY: "malformed-body",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "malformed-body",
  FST_ERR_BAD_URL: "invalid-request",
};

const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: "malformed-body",
  404: "not-found",
  405: "method-not-allowed",
  413: "body-too-large",
  415: "unsupported-media-type",
  429: "too-many-requests",
};

/** Returns how `error` is told to a client. What is not our own error keeps its details to itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CodedError && isProblemCode(error.code)) {
    return problem(error.code, error.message, extensionsOf(error));
  }
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const known = FRAMEWORK_CODES[code ?? ""] ?? CODE_OF_STATUS[statusCode ?? 500];
  if (known === undefined) return problem("internal-error", "The error was written to the server's log.");
  return problem(known, message ?? "");
}

/** True of what somebody should look into: not of a client that asked for what is not there yet. */
export function isFault({ status, code }: Problem): boolean {
  return status >= 500 && !["view-behind", "position-not-reached", "search-busy"].includes(code);
}

/** The headers that go with a problem: who has to wait is told how long. */
export function problemHeaders({ status, retryAfterSeconds }: Problem): Record<string, string> {
  return {
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(typeof retryAfterSeconds === "number" ? { "retry-after": String(retryAfterSeconds) } : {}),
  };
}

function problem(code: ProblemCode, detail: string, extensions: Record<string, unknown> = {}): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: "about:blank", title, status, detail, code, ...extensions };
}

/** The values that an error carries beside its message, except what a problem document names already. */
function extensionsOf(error: CodedError): Record<string, unknown> {
  const {
    name: _name,
    code: _code,
    cause: _cause,
    message: _message,
    stack: _stack,
    ...values
  } = { ...error };
  return values;
}
