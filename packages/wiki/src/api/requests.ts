import { READ_WAIT_MS } from "../application/views.ts";
import { HttpError } from "../http/errors.ts";

interface PositionSource {
  position(): Promise<number>;
  readonly notificationLog: { waitFor(id: number, options: { timeoutMs: number }): Promise<number> };
}

/**
 * Waits until the current position is at least `after`, and resolves to the current position.
 * @throws HttpError `position-not-reached` after five seconds
 */
export async function waitForPosition(content: PositionSource, after: number | undefined): Promise<number> {
  if (after === undefined) return content.position();
  const position = await content.notificationLog.waitFor(after, { timeoutMs: READ_WAIT_MS });
  if (position >= after) return position;
  const message = `Position ${after} was not reached within ${READ_WAIT_MS} ms; the current one is ${position}.`;
  throw new HttpError("position-not-reached", message);
}

/** Returns the fields that are not undefined. */
export function withoutUndefined<T extends object>(
  fields: T,
): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Field in keyof T]: Exclude<T[Field], undefined> };
}
