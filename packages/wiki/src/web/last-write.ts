import { InvalidArgumentError, ViewBehindError } from "@palimpsest/eventsourcing";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { CommandResult } from "../application/pages.ts";
import type { ReadTrace } from "../application/read-trace.ts";
import { OWN_WRITE_WAIT_MS, type ViewName, type Views, waitForView } from "../application/views.ts";
import { LAST_WRITE_COOKIE } from "../http/cookies.ts";

/** The lifetime of the cookie. Views are usually milliseconds behind, so lists opened later need not wait. */
const REMEMBERED_SECONDS = 30;

/** Makes the lists that the person opens next wait until their views contain this write. */
export function rememberPosition(reply: FastifyReply, { position }: Pick<CommandResult, "position">): void {
  const options = { path: "/", httpOnly: true, sameSite: "lax", maxAge: REMEMBERED_SECONDS } as const;
  reply.setCookie(LAST_WRITE_COOKIE, String(position), options);
}

/**
 * Waits until `view` contains the position of `?after=`, or else the person's last write. In the second case a timeout
 * is no error: the list is shown without the write.
 * @throws ViewBehindError, InvalidArgumentError if `after` is not a position
 */
export async function waitForOwnWrites(
  request: FastifyRequest,
  views: Views,
  view: ViewName,
  trace?: ReadTrace,
): Promise<void> {
  if (trace !== undefined) trace.waitsForOwnWrites = true;
  const { after } = request.query as { readonly after?: unknown };
  if (after !== undefined) return waitForView(views, view, positionIn(after));
  const written = request.cookies[LAST_WRITE_COOKIE];
  if (written === undefined || !POSITION.test(written) || request.earlierDate !== null) return;
  try {
    await waitForView(views, view, Number(written), OWN_WRITE_WAIT_MS);
  } catch (error) {
    if (!(error instanceof ViewBehindError)) throw error;
  }
}

const POSITION = /^(0|[1-9]\d{0,14})$/;

function positionIn(after: unknown): number {
  if (typeof after === "string" && POSITION.test(after)) return Number(after);
  throw new InvalidArgumentError("after", after, "a position, a whole number from 0");
}
