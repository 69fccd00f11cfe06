import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { createElement, Fragment } from "preact";
import { renderToString } from "preact-render-to-string";
import { may } from "../application/policy.ts";
import { type ReadTrace, tracedNames } from "../application/read-trace.ts";
import { NOTICE_COOKIE } from "../http/cookies.ts";
import type { ResponseCache } from "../http/response-cache.ts";
import { addresses } from "./addresses.ts";
import { type Frame, renderDocument } from "./document.tsx";
import type { Screen } from "./parts/screen.tsx";
import { pathBelowPrefix } from "./reading.ts";
import { strings } from "./strings/strings.ts";

/** The properties of the frame that depend on the screen. */
type ScreenFrame = Pick<Frame, "current" | "indexed" | "isBare"> & {
  /** The id of the page that the screen shows. */
  readonly pageId?: string;
};

declare module "fastify" {
  interface FastifyInstance {
    /** Resolves to the name of the wiki. */
    readonly wikiName: () => Promise<string>;
  }
}

/** Sends a screen in its frame, which shows the wiki's name, the person, their menu and the date that is read. */
export async function sendScreen(
  request: FastifyRequest,
  reply: FastifyReply,
  screen: Screen,
  frame: ScreenFrame = {},
): Promise<FastifyReply> {
  const wikiName = await nameOfWiki(request);
  return reply.type(HTML).send(renderScreen(request, screen, { ...frame, wikiName }, request.person?.name));
}

/** An error, too, is shown in the frame, even if the name cannot be read. */
function nameOfWiki({ server, log }: FastifyRequest, trace?: ReadTrace): Promise<string> {
  return tracedNames(trace, () => server.wikiName()).catch((error: unknown) => {
    log.error(error);
    return strings.frame.product;
  });
}

/** Sends a screen as `sendScreen` does, and caches it if it was read with a trace. */
export async function sendCacheableScreen(
  request: FastifyRequest,
  reply: FastifyReply,
  screen: Screen,
  {
    responses,
    trace,
    ...frame
  }: ScreenFrame & {
    readonly responses: ResponseCache;
    readonly trace: ReadTrace | undefined;
  },
): Promise<FastifyReply> {
  if (trace === undefined) return sendScreen(request, reply, screen, frame);
  // Nobody can know this name, so it is found only where the frame shows the name.
  const placeholder = randomUUID();
  const wikiName = await nameOfWiki(request, trace);
  return responses.send(request, reply, {
    contentType: HTML,
    cacheControl: UNSHARED,
    parts: renderScreen(request, screen, { ...frame, wikiName }, placeholder).split(placeholder),
    fragment: (requester) => renderToString(createElement(Fragment, null, requester?.name)),
    trace,
  });
}

const HTML = "text/html; charset=utf-8";
/** Browsers keep a response and ask whether it is still right. */
export const UNSHARED = "private, no-cache";

/** @param name the displayed name of a person who is signed in */
function renderScreen(
  { person, earlierDate, method, url }: FastifyRequest,
  screen: Screen,
  { pageId, ...frame }: ScreenFrame & Pick<Frame, "wikiName">,
  name = "",
): string {
  const isReading = method === "GET" || method === "HEAD";
  return renderDocument(
    {
      person: person && { name },
      mayCreatePages: may(person, "write", { publicReading: false }),
      ...(isReading && frame.current !== "sign-in" ? { returnTo: url } : {}),
      ...(earlierDate === null ? {} : { earlierDate: earlierDateFrame(earlierDate, url, pageId) }),
      ...frame,
    },
    screen,
  );
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

/** Redirects with status 303 after a form succeeded. The next page can show the notice. */
export function redirect(reply: FastifyReply, address: string, notice?: string): FastifyReply {
  if (notice !== undefined) {
    reply.setCookie(NOTICE_COOKIE, notice, { path: "/", httpOnly: true, sameSite: "lax", maxAge: 30 });
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
  const notice = request.cookies[NOTICE_COOKIE];
  if (notice === undefined) return undefined;
  reply.clearCookie(NOTICE_COOKIE, { path: "/" });
  const [given] = notice.split(".");
  return known.find((name) => name === given);
}

/** Returns the whole numbers that follow the name of the notice, empty if any is malformed. */
export function noticeNumbers(request: FastifyRequest): readonly number[] {
  const [, ...numbers] = (request.cookies[NOTICE_COOKIE] ?? "").split(".");
  return numbers.every((number) => /^\d{1,15}$/.test(number)) ? numbers.map(Number) : [];
}

/** Redirects to the sign-in screen, which returns here. */
export function redirectToSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return redirect(reply, addresses.signIn(request.method === "GET" ? request.url : undefined), "required");
}
