import type { FastifyReply, FastifyRequest } from "fastify";
import { csrfToken, csrfValid, newCsrfCookieValue } from "../http/csrf.ts";
import { HttpError } from "../http/errors.ts";

export interface FormSigning {
  readonly secret: string;
  readonly secureCookies: boolean;
}

/** Returns the token for the forms of a page that is about to be sent, and sees to the browser's cookie. */
export function formToken(request: FastifyRequest, reply: FastifyReply, signing: FormSigning): string {
  const name = cookieName(signing);
  let value = request.cookies[name];
  if (!value) {
    value = newCsrfCookieValue();
    request.cookies[name] = value;
    reply.setCookie(name, value, {
      path: "/",
      httpOnly: true,
      sameSite: "lax",
      secure: signing.secureCookies,
    });
  }
  return csrfToken(value, signing.secret);
}

/** True when a posted form was drawn by this wiki for this browser. */
export function formIsOurs(request: FastifyRequest, signing: FormSigning): boolean {
  return csrfValid(field(request, "csrf"), request.cookies[cookieName(signing)], signing.secret);
}

/** @throws HttpError `form-expired` */
export function requireOurForm(request: FastifyRequest, signing: FormSigning): void {
  if (formIsOurs(request, signing)) return;
  throw new HttpError(
    "form-expired",
    "The form is from another time or place. Open it again and repeat the change.",
  );
}

/** Returns a field of the posted form, empty if it is missing. */
export function field(request: FastifyRequest, name: string): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : "";
}

/** Returns `text`, as it can stand in a header, if it is an address of this wiki to go on to; else the start. */
export function safeReturn(text: string): string {
  const here = "http://wiki.invalid";
  if (!text.startsWith("/") || !URL.canParse(text, here)) return "/";
  const { origin, pathname, search, hash } = new URL(text, here);
  // "//" in front would lead to another host, and dots before it can have hidden that.
  return origin === here && !pathname.startsWith("//") ? pathname + search + hash : "/";
}

function cookieName({ secureCookies }: FormSigning): string {
  return secureCookies ? "__Host-palimpsest.form" : "palimpsest.form";
}
