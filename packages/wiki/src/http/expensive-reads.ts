import { finished } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ClientQueue } from "../application/client-queue.ts";
import { EXPENSIVE_READ_LIMITS } from "../application/limits.ts";
import { ServerBusyError } from "../workers/errors.ts";
import { clientOf } from "./client.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether requests wait in the queue of expensive requests. Requests answered from the cache do not wait. */
    expensive?: boolean | ((request: FastifyRequest) => boolean);
  }
}

/** The options of routes that are expensive for each request. */
export const expensiveRead = { config: { expensive: true } } as const;

/** The options of routes whose work has a queue of its own, such as searches. */
export const queuedRead = { config: { expensive: false } } as const;

/** The options of routes that are expensive if they read an earlier date. */
export const expensiveAtEarlierDates = {
  config: { expensive: ({ query }: FastifyRequest) => (query as { at?: unknown }).at !== undefined },
} as const;

/** Lets requests of expensive routes run some at a time, for each client and in all. The others wait, or are refused. */
export class ExpensiveReads {
  readonly #queue = new ClientQueue(EXPENSIVE_READ_LIMITS, ServerBusyError);

  /**
   * Resolves when the request may be answered, at once if its route is not expensive.
   * @throws ServerBusyError, RequestAbortedError
   */
  async turn(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { expensive = false } = request.routeOptions.config;
    if (!(typeof expensive === "function" ? expensive(request) : expensive)) return;
    await turnInQueue(this.#queue, request, reply);
  }
}

/**
 * Resolves when it is the request's turn in a queue, which it keeps until its response ends.
 * @throws the busy error of the queue, RequestAbortedError
 */
export function turnInQueue(queue: ClientQueue, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  return new Promise((resolve, reject) => {
    const answer = () => {
      resolve();
      return responseEnd(reply);
    };
    queue.run(clientOf(request), answer).catch(reject);
  });
}

/** Resolves when the response was sent or its client left. */
function responseEnd({ raw }: FastifyReply): Promise<void> {
  return new Promise((resolve) => {
    finished(raw, () => resolve());
  });
}
