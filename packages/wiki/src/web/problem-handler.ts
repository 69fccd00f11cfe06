import type { FastifyReply, FastifyRequest } from "fastify";
import { isFault, problemHeaders, problemOf } from "../http/errors.ts";
import { type ProblemProps, problem } from "./problem.tsx";
import { redirectToSignIn, sendScreen } from "./send-screen.ts";

const SHOWN: readonly ProblemProps["status"][] = [400, 403, 404, 409, 413, 428, 429, 500, 503];

/** Sends a screen that describes an error, or redirects to the sign-in screen if the request needs an account. */
export function sendProblemScreen(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problemDocument = problemOf(error);
  const { status, detail, code } = problemDocument;
  if (isFault(problemDocument)) request.log.error(error);
  if (code === "authentication-required") return redirectToSignIn(request, reply);
  const shown = SHOWN.find((known) => known === status) ?? (status >= 500 ? 500 : 400);
  reply.headers(problemHeaders(problemDocument));
  const retryAfterSeconds = Number(reply.getHeader("retry-after") ?? Number.NaN);
  const screen = problem({
    status: shown,
    ...(status === 500 ? { requestId: request.id } : { detail }),
    ...(Number.isFinite(retryAfterSeconds) ? { retryAfterSeconds } : {}),
  });
  return sendScreen(request, reply.code(status), screen);
}
