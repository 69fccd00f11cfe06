import type { FastifyReply, FastifyRequest } from "fastify";
import { isFault, problemHeaders, problemOf } from "../http/errors.ts";
import { addresses } from "./addresses.ts";
import { problem } from "./problem.tsx";
import { redirect, redirectToSignIn, sendScreen } from "./send-screen.ts";

/**
 * Sends a screen that describes an error. Redirects to the sign-in screen if the request needs an account, and to the
 * set-up if the wiki is new.
 */
export async function sendProblemScreen(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problemDocument = problemOf(error);
  const { status, code } = problemDocument;
  if (isFault(problemDocument)) request.log.error(error);
  if (code === "setup-required") return redirect(reply, addresses.setup());
  if (code === "authentication-required") return redirectToSignIn(request, reply);
  reply.headers(problemHeaders(problemDocument));
  const retryAfterSeconds = Number(reply.getHeader("retry-after") ?? Number.NaN);
  const screen = problem({
    code,
    error,
    ...(code === "internal-error" ? { requestId: request.id } : {}),
    // The text of `too-many-requests` already contains the time.
    ...(Number.isFinite(retryAfterSeconds) && code !== "too-many-requests" ? { retryAfterSeconds } : {}),
  });
  return sendScreen(request, reply.code(status), screen);
}
