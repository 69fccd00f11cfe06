import type { FastifyReply, FastifyRequest } from "fastify";
import { may } from "../application/policy.ts";
import { addresses } from "./addresses.ts";
import { type Frame, renderDocument } from "./document.tsx";
import type { Screen } from "./parts/screen.tsx";
import { pathBelowPrefix } from "./reading.ts";

/** The properties of the frame that depend on the screen. */
type ScreenFrame = Pick<Frame, "current" | "indexed"> & {
  /** The id of the page that the screen shows. */
  readonly pageId?: string;
};

/** Sends a screen in its frame, which shows the person, their menu and the date that is read. */
export function sendScreen(
  request: FastifyRequest,
  reply: FastifyReply,
  screen: Screen,
  { pageId, ...frame }: ScreenFrame = {},
): FastifyReply {
  const { person, earlierDate } = request;
  const html = renderDocument(
    {
      person: person && { name: person.name },
      mayCreatePages: may(person, "write", { publicReading: false }),
      ...(request.method === "GET" && frame.current !== "sign-in" ? { returnTo: request.url } : {}),
      ...(earlierDate === null ? {} : { earlierDate: earlierDateFrame(earlierDate, request.url, pageId) }),
      ...frame,
    },
    screen,
  );
  return reply.type("text/html; charset=utf-8").send(html);
}

function earlierDateFrame(
  earlierDate: Date,
  url: string,
  pageId: string | undefined,
): NonNullable<Frame["earlierDate"]> {
  return {
    instant: earlierDate.toISOString(),
    isAhead: earlierDate.getTime() > Date.now(),
    pageId,
    below: pathBelowPrefix(url),
  };
}

/** The cookie with a notice for the next page that is shown. */
const NOTICE = "palimpsest.notice";

/** Redirects with status 303 after a form succeeded. The next page can show the notice. */
export function redirect(reply: FastifyReply, address: string, notice?: string): FastifyReply {
  if (notice !== undefined) {
    reply.setCookie(NOTICE, notice, { path: "/", httpOnly: true, sameSite: "lax", maxAge: 30 });
  }
  return reply.redirect(address, 303);
}

/**
 * Returns and removes the notice that `redirect` stored, if it is one of `known`. Numbers may follow its name, each
 * after a dot; see `noticeNumbers`.
 */
export function takeNotice<Name extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  known: readonly Name[],
): Name | undefined {
  const notice = request.cookies[NOTICE];
  if (notice === undefined) return undefined;
  reply.clearCookie(NOTICE, { path: "/" });
  const [given] = notice.split(".");
  return known.find((name) => name === given);
}

/** Returns the whole numbers that follow the name of the notice, empty if any is malformed. */
export function noticeNumbers(request: FastifyRequest): readonly number[] {
  const [, ...numbers] = (request.cookies[NOTICE] ?? "").split(".");
  return numbers.every((number) => /^\d{1,15}$/.test(number)) ? numbers.map(Number) : [];
}

/** Redirects to the sign-in screen, which returns here. */
export function redirectToSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return redirect(reply, addresses.signIn(request.method === "GET" ? request.url : undefined), "required");
}
