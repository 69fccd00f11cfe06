import type { FastifyReply, FastifyRequest } from "fastify";
import { may } from "../application/policy.ts";
import { addresses } from "./addresses.ts";
import { type Frame, renderDocument } from "./document.tsx";
import { type FormSigning, formToken } from "./form.ts";
import type { Screen } from "./screen.ts";

/** Answers with a screen in its frame: who is signed in, and what they may do. */
export function sendScreen(
  request: FastifyRequest,
  reply: FastifyReply,
  options: FormSigning,
  screen: Screen,
  frame: Pick<Frame, "current" | "indexed"> = {},
): FastifyReply {
  const { person } = request;
  const html = renderDocument(
    {
      person: person && { name: person.name, csrf: formToken(request, reply, options) },
      mayCreatePages: may(person, "write", { publicReading: false }),
      ...(request.method === "GET" && frame.current !== "sign-in" ? { returnTo: request.url } : {}),
      ...frame,
    },
    screen,
  );
  return reply.type("text/html; charset=utf-8").send(html);
}

/** What has just happened, kept for the next page that is shown. */
const NOTICE = "palimpsest.notice";

/** Answers a form that did its work: go and see. */
export function goOn(reply: FastifyReply, address: string, notice?: string): FastifyReply {
  if (notice !== undefined) {
    reply.setCookie(NOTICE, notice, { path: "/", httpOnly: true, sameSite: "lax", maxAge: 30 });
  }
  return reply.redirect(address, 303);
}

/** Returns the notice that `goOn` left, once, if it is one of `known`. */
export function takeNotice<Name extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  known: readonly Name[],
): Name | undefined {
  const notice = request.cookies[NOTICE];
  if (notice === undefined) return undefined;
  reply.clearCookie(NOTICE, { path: "/" });
  return known.find((name) => name === notice);
}

/** Sends a stranger to sign in and come back. */
export function goSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return goOn(reply, addresses.signIn(request.method === "GET" ? request.url : undefined), "required");
}
