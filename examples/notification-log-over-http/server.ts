import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type NotificationLog, NotificationLogReader, RecorderClosedError } from "@palimpsest/eventsourcing";
import { BATCH_SIZE, encodeLine, firstIdOf, MAX_WAIT_SECONDS } from "./protocol.ts";

class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves a notification log:
 *
 * - `GET /last?after=ID&wait=SECONDS` is `{"id":…}`, the last id. It waits until that is above `after`, at most so long.
 * - `GET /batches/N` has a line of JSON for each notification of the batch. A batch that is complete never changes and
 *   may be cached for ever; another one has an ETag. A batch that has not begun is empty.
 *
 * Errors are `{"message":…}`.
 */
export function createLogServer(log: NotificationLog): Server {
  return createServer((request, response) => {
    respond(log, request, response).catch((error: unknown) => {
      if (request.socket.destroyed) return;
      if (!response.headersSent) return sendError(response, error);
      console.error(error);
      response.destroy();
    });
  });
}

async function respond(log: NotificationLog, request: IncomingMessage, response: ServerResponse) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    throw new RequestError(405, `${request.method} is not allowed; use GET or HEAD.`);
  }
  const url = urlOf(request);
  if (url.pathname === "/last") return sendLastId(log, url.searchParams, response);
  const [, batch] = /^\/batches\/([^/]+)$/.exec(url.pathname) ?? [];
  if (batch !== undefined)
    return sendBatch(log, numberIn("the batch", batch, { from: 1 }), request, response);
  throw new RequestError(404, `${url.pathname} does not exist; use /last or /batches/1.`);
}

async function sendLastId(log: NotificationLog, query: URLSearchParams, response: ServerResponse) {
  const wait = numberIn("wait", query.get("wait") ?? "0", { from: 0, to: MAX_WAIT_SECONDS });
  const after = numberIn("after", query.get("after") ?? "0", { from: 0 });
  const id = wait === 0 ? await log.maxId() : await log.waitFor(after + 1, { timeoutMs: wait * 1_000 });
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.end(JSON.stringify({ id }));
}

async function sendBatch(
  log: NotificationLog,
  batch: number,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const start = firstIdOf(batch);
  const end = start + BATCH_SIZE - 1;
  const stop = Math.min(end, await log.maxId());
  response.setHeader("Content-Type", "application/x-ndjson");
  response.setHeader("Cache-Control", stop === end ? "public, max-age=31536000, immutable" : "no-cache");
  const etag = `"${Math.max(start - 1, stop)}"`;
  response.setHeader("ETag", etag);
  const known = (request.headers["if-none-match"] ?? "")
    .split(",")
    .map((tag) => tag.trim().replace("W/", ""));
  if (known.includes(etag)) response.statusCode = 304;
  if (response.statusCode === 304 || request.method === "HEAD" || stop < start) return response.end();
  const notifications = new NotificationLogReader(log).read({ start, stop });
  await pipeline(Readable.from(notifications).map(encodeLine), response);
}

function sendError(response: ServerResponse, error: unknown) {
  const isClosed = error instanceof RecorderClosedError;
  const { status, message } =
    error instanceof RequestError
      ? error
      : { status: isClosed ? 503 : 500, message: "The log cannot be read." };
  if (status === 500) console.error(error);
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify({ message }));
}

function urlOf({ url = "" }: IncomingMessage): URL {
  if (url.startsWith("/") && URL.canParse(`http://localhost${url}`)) return new URL(`http://localhost${url}`);
  throw new RequestError(400, `${url} is not a path.`);
}

function numberIn(
  name: string,
  text: string,
  { from, to = Number.MAX_SAFE_INTEGER / BATCH_SIZE }: { from: number; to?: number },
): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new RequestError(
    400,
    `${name} is "${text}"; it must be a whole number from ${from} to ${Math.floor(to)}.`,
  );
}
