import { setTimeout as pause } from "node:timers/promises";
import { READ_WAIT_MS } from "../application/views.ts";
import { HttpError } from "../http/errors.ts";

const PAUSE_MS = 25;

/**
 * Resolves to the present position as soon as that is at least `wanted`.
 * @throws HttpError `position-not-reached` after five seconds
 */
export async function reached(
  content: { position(): Promise<number> },
  wanted: number | undefined,
): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    const position = await content.position();
    if (position >= (wanted ?? 0)) return position;
    if (waitedMs >= READ_WAIT_MS) {
      const message = `Position ${wanted} was not reached within ${READ_WAIT_MS} ms.`;
      throw new HttpError("position-not-reached", message);
    }
    await pause(PAUSE_MS);
  }
}
