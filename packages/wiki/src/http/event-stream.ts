import { once } from "node:events";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HttpError } from "./errors.ts";

/** One server-sent event; `data` is sent as JSON. */
export interface ServerSentEvent {
  readonly id?: number;
  readonly data: unknown;
}

/** Proxies end a connection on which nothing is said for long. */
const HEARTBEAT_MS = 15_000;

declare module "fastify" {
  interface FastifyInstance {
    /** Aborted when the server begins to close: what would go on without end, ends. */
    closing: AbortSignal;
  }
}

/** Gives the server its `closing` signal. */
export function announceClosing(server: FastifyInstance): void {
  const controller = new AbortController();
  server.decorate("closing", controller.signal);
  server.addHook("preClose", async () => controller.abort());
}

/**
 * Answers with server-sent events (HTML standard, 9.2) for as long as `events` gives some, until the client leaves
 * or the server closes: `signal` is then aborted. Whoever reads slowly is waited for. `mayStill` is asked now and then,
 * since rights end while a stream goes on: where it rejects with an `HttpError` the stream ends.
 */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  mayStill: () => Promise<void>,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
): Promise<void> {
  const { raw } = reply;
  const gone = new AbortController();
  raw.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, request.server.closing]);
  reply.header("content-type", "text/event-stream; charset=utf-8");
  reply.header("cache-control", "no-store");
  reply.header("x-accel-buffering", "no");
  reply.hijack();
  raw.writeHead(200, reply.getHeaders() as Record<string, string>);
  // A first line, so that the client knows at once that it is connected.
  raw.write(":\n\n");
  const heartbeat = setInterval(() => {
    raw.write(":\n\n");
    mayStill().catch((error: unknown) => {
      if (error instanceof HttpError) gone.abort();
      else request.log.error(error);
    });
  }, HEARTBEAT_MS);
  try {
    for await (const event of events(signal)) {
      if (!raw.write(lines(event))) await once(raw, "drain", { signal });
    }
  } catch (error) {
    if (!signal.aborted) request.log.error(error);
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

function lines({ id, data }: ServerSentEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
