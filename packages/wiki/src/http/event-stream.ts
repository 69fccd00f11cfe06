import { once } from "node:events";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HttpError } from "./errors.ts";

/** One server-sent event; `data` is sent as JSON. */
export interface ServerSentEvent {
  readonly id?: number;
  readonly data: unknown;
}

/** Proxies close idle connections. */
const HEARTBEAT_MS = 15_000;

declare module "fastify" {
  interface FastifyInstance {
    /** Aborted when the server begins to close, to end streams. */
    closing: AbortSignal;
  }
}

/** Adds the `closing` signal to the server. */
export function addClosingSignal(server: FastifyInstance): void {
  const controller = new AbortController();
  server.decorate("closing", controller.signal);
  server.addHook("preClose", async () => controller.abort());
}

/**
 * Sends server-sent events (HTML standard, 9.2) until `events` ends, the client disconnects or the server closes;
 * `signal` is then aborted. Waits for slow readers. `checkAccess` runs with every heartbeat, since rights may end during
 * a stream: if it rejects with an `HttpError`, the stream ends.
 */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  checkAccess: () => Promise<void>,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
): Promise<void> {
  const { raw } = reply;
  const disconnected = new AbortController();
  raw.once("close", () => disconnected.abort());
  const signal = AbortSignal.any([disconnected.signal, request.server.closing]);
  reply.header("content-type", "text/event-stream; charset=utf-8");
  reply.header("cache-control", "no-store");
  reply.header("x-accel-buffering", "no");
  reply.hijack();
  raw.writeHead(200, reply.getHeaders() as Record<string, string>);
  // Tells the client that it is connected.
  raw.write(":\n\n");
  const heartbeat = setInterval(() => {
    raw.write(":\n\n");
    checkAccess().catch((error: unknown) => {
      if (error instanceof HttpError) disconnected.abort();
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
