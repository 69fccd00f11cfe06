import { READ_WAIT_MS } from "../application/views.ts";
import { HttpError } from "../http/errors.ts";

/** What is asked of the record of events. */
interface Positions {
  position(): Promise<number>;
  readonly notificationLog: { waitFor(id: number, options: { timeoutMs: number }): Promise<number> };
}

/**
 * Resolves to the present position as soon as that is at least `wanted`.
 * @throws HttpError `position-not-reached` after five seconds
 */
export async function reached(content: Positions, wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return content.position();
  const position = await content.notificationLog.waitFor(wanted, { timeoutMs: READ_WAIT_MS });
  if (position >= wanted) return position;
  const message = `Position ${wanted} was not reached within ${READ_WAIT_MS} ms; the last one is ${position}.`;
  throw new HttpError("position-not-reached", message);
}
