import { InvalidArgumentError, ViewBehindError } from "@palimpsest/eventsourcing";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Written } from "../application/pages.ts";
import { OWN_WAIT_MS, type ViewName, type Views, viewReached } from "../application/views.ts";

/** The position of what a browser's person wrote last. */
const WRITTEN = "palimpsest.written";
/** Views are behind for milliseconds; whoever finds them further behind need not wait for every list. */
const REMEMBERED_SECONDS = 30;

/** Sees to it that who wrote something finds it in the lists that they open next, with no word of it in addresses. */
export function rememberPosition(reply: FastifyReply, { position }: Pick<Written, "position">): void {
  const options = { path: "/", httpOnly: true, sameSite: "lax", maxAge: REMEMBERED_SECONDS } as const;
  reply.setCookie(WRITTEN, String(position), options);
}

/**
 * Resolves when a list of `view` can be shown: with `?after=` once it has got there. What a person wrote a moment ago
 * is waited for too, but they get the list in any case.
 * @throws ViewBehindError, InvalidArgumentError for an `after` that is no position
 */
export async function waitForView(request: FastifyRequest, views: Views, view: ViewName): Promise<void> {
  const { after } = request.query as { readonly after?: unknown };
  if (after !== undefined) return viewReached(views, view, positionIn(after));
  const written = request.cookies[WRITTEN];
  if (written === undefined || !POSITION.test(written) || request.past !== null) return;
  try {
    await viewReached(views, view, Number(written), OWN_WAIT_MS);
  } catch (error) {
    if (!(error instanceof ViewBehindError)) throw error;
  }
}

const POSITION = /^(0|[1-9]\d{0,14})$/;

function positionIn(after: unknown): number {
  if (typeof after === "string" && POSITION.test(after)) return Number(after);
  throw new InvalidArgumentError("after", after, "a position, a whole number from 0");
}
