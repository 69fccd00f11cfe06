import { setTimeout as pause } from "node:timers/promises";
import { HttpError } from "../http/errors.ts";

const WAIT_MS = 5_000;
const PAUSE_MS = 25;

/**
 * Resolves when `position` is recorded, at once if it was left out.
 * @throws HttpError `position-not-reached` after five seconds
 */
export async function reached(
  content: { position(): Promise<number> },
  position: number | undefined,
): Promise<void> {
  if (position === undefined) return;
  for (let waitedMs = 0; (await content.position()) < position; waitedMs += PAUSE_MS) {
    if (waitedMs >= WAIT_MS) {
      throw new HttpError(
        "position-not-reached",
        `Position ${position} was not reached within ${WAIT_MS} ms.`,
      );
    }
    await pause(PAUSE_MS);
  }
}
