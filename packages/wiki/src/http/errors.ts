import { CodedError } from "@palimpsest/eventsourcing";
import type { Role } from "../application/policy.ts";

/** An error that only the HTTP layer raises. */
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
  | "invalid-request"
  | "range-not-satisfiable"
  | "draft-not-found"
  | "draft-settling"
  | "position-not-reached"
  | "setup-required";

/** The status and the title of every error that reaches a client, by code. */
export const PROBLEMS = {
  "invalid-request": [400, "Invalid request"],
  "malformed-body": [400, "Malformed body"],
  "invalid-argument": [400, "Invalid argument"],
  "invalid-slug": [400, "Invalid slug"],
  "invalid-title": [400, "Invalid title"],
  "invalid-email": [400, "Invalid e-mail address"],
  "invalid-import": [400, "Invalid import"],
  "invalid-name": [400, "Invalid name"],
  "invalid-file": [400, "Invalid file"],
  "weak-password": [400, "Weak password"],
  "request-aborted": [400, "Request aborted"],
  "authentication-required": [401, "Authentication required"],
  "token-invalid": [401, "Invalid token"],
  "sign-in-failed": [401, "Sign-in failed"],
  forbidden: [403, "Permission denied"],
  "cross-site-request": [403, "Cross-site request refused"],
  "sign-up-closed": [403, "Sign-up is closed"],
  "first-administrator-refused": [403, "Invalid link"],
  "invitation-invalid": [403, "Invalid invitation"],
  "not-found": [404, "Not found"],
  "page-not-found": [404, "Page not found"],
  "file-not-found": [404, "File not found"],
  "draft-not-found": [404, "Draft not found"],
  "person-not-found": [404, "Person not found"],
  "token-not-found": [404, "Token not found"],
  "method-not-allowed": [405, "Method not allowed"],
  "edit-conflict": [409, "Edit conflict"],
  "file-conflict": [409, "File changed"],
  "slug-conflict": [409, "Slug in use"],
  "page-archived": [409, "Page archived"],
  "draft-settling": [409, "The draft resolves a conflict"],
  "too-many-drafts": [409, "Too many drafts"],
  "email-taken": [409, "E-mail address in use"],
  "if-match-failed": [412, "If-Match does not match"],
  "base-version-unknown": [412, "Unknown base version"],
  "limit-exceeded": [413, "Limit exceeded"],
  "body-too-large": [413, "Request too large"],
  "unsupported-media-type": [415, "Unsupported media type"],
  "range-not-satisfiable": [416, "Range not satisfiable"],
  "file-type-refused": [415, "File type refused"],
  "idempotency-key-reused": [422, "Idempotency key reused"],
  "undo-refused": [422, "The edit cannot be undone"],
  "if-match-required": [428, "If-Match required"],
  "too-many-requests": [429, "Too many requests"],
  "internal-error": [500, "Internal error"],
  "file-bytes-missing": [500, "The bytes of the file are missing"],
  "file-storage-failed": [503, "File storage unavailable"],
  "setup-required": [503, "Set-up required"],
  "version-conflict": [503, "Too many concurrent writers"],
  "view-behind": [503, "View behind"],
  "position-not-reached": [503, "Position not reached"],
  "search-busy": [503, "Too many concurrent searches"],
  "server-busy": [503, "Server busy"],
  "query-timeout": [503, "Query took too long"],
  "clock-ahead": [503, "Server clock wrong"],
  "recorder-failed": [503, "Database unavailable"],
  "recorder-closed": [503, "Server stopping"],
  "outcome-unknown": [503, "Outcome unknown"],
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

// Codes of errors of Fastify and its plugins.
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

/** Converts an error to a problem document. Details of unexpected errors are left to the log. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CodedError && isProblemCode(error.code)) {
    return problem(error.code, error.message, extensionsOf(error));
  }
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const known = FRAMEWORK_CODES[code ?? ""] ?? CODE_OF_STATUS[statusCode ?? 500];
  if (known === undefined) return problem("internal-error", "The server's log has the details.");
  return problem(known, message ?? "");
}

/** Returns whether an operator should look into a problem, and so whether it is logged. */
export function isFault({ status, code }: Problem): boolean {
  return (
    status >= 500 &&
    ![
      "view-behind",
      "position-not-reached",
      "search-busy",
      "server-busy",
      "query-timeout",
      "setup-required",
    ].includes(code)
  );
}

const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** Returns the response headers of a problem. */
export function problemHeaders({ status, retryAfterSeconds }: Problem): Record<string, string> {
  const seconds = retryAfterSeconds ?? (status === 503 ? DEFAULT_RETRY_AFTER_SECONDS : undefined);
  return {
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(typeof seconds === "number" ? { "retry-after": String(seconds) } : {}),
  };
}

function problem(code: ProblemCode, detail: string, extensions: Record<string, unknown> = {}): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: "about:blank", title, status, detail, code, ...extensions };
}

/** Returns the fields of an error that the problem document does not contain otherwise. */
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
