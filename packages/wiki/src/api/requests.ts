import type { FastifyInstance } from "fastify";
import { READ_WAIT_MS } from "../application/views.ts";
import { HttpError } from "../http/errors.ts";

/** Makes `server` accept only bodies of JSON in UTF-8. It rejects other encodings, since they would be misread. */
export function acceptOnlyJson(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser("error", "error");
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes as Buffer);
    } catch {
      done(Object.assign(new Error("The body is not in UTF-8."), { statusCode: 400 }));
      return;
    }
    parseJson(request, text, done);
  });
}

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
