import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { Config } from "../config.ts";
import { refuseCrossOrigin } from "./cross-origin.ts";
import { DatabaseQuestion } from "./database-question.ts";
import { HttpError, isFault, type Problem, problemHeaders, problemOf } from "./errors.ts";
import { announceClosing } from "./event-stream.ts";
import { type Measured, Metrics } from "./metrics.ts";
import { type Authenticator, authenticate } from "./person.ts";
import { apiRoutes } from "./routes.ts";
import { validatorCompiler } from "./validation.ts";

/** A body of 10 MB may be six times as long in JSON, where a control character is written as `\u0000`. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** Strangers have nothing large to say: signing in is all that they may post. */
const MAX_STRANGERS_REQUEST_BYTES = 64 * 1024;

/** How long a request may take to arrive; a large one over a slow line does. */
const REQUEST_TIMEOUT_MS = 120_000;

export interface ServerOptions {
  readonly config: Pick<Config, "baseUrl" | "publicOrigin" | "logLevel" | "trustProxy">;
  readonly accounts: Authenticator;
  /** Rejects while the database cannot be asked. */
  readonly ready: () => Promise<unknown>;
  readonly measure: () => Promise<Measured>;
}

/**
 * Makes the server without its routes: who asks, limits, security headers, and every error as a problem document.
 * `request.person` is known before a body is read.
 */
export async function createServer({
  config,
  accounts,
  ready,
  measure,
}: ServerOptions): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: MAX_REQUEST_BYTES,
    // One proxy is trusted, the nearest: what stands further left in X-Forwarded-For, anybody can have written.
    trustProxy: config.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: config.logLevel === "silent" ? false : { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: config.logLevel !== "debug" }),
    routerOptions: { maxParamLength: 2_000, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = "/" }) => (url.startsWith(`${apiRoutes.root}/`) ? url : decodable(url)),
    // A keep-alive connection must not hold up the end of the process.
    forceCloseConnections: "idle",
    return503OnClosing: true,
    // An address of the API that cannot be decoded reaches no route, nor the handler of errors below.
    frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error)),
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  const https = config.baseUrl.startsWith("https:");
  await server.register(helmet, securityHeaders(https));
  // Requests come as they are: a small one that is compressed could be a large one, and slip through the limits.
  await server.register(compress, { threshold: 1_024, globalDecompression: false });
  // What a cookie is written with unless it says otherwise, too.
  await server.register(cookie, { parseOptions: { secure: https } });
  await server.register(formbody, { bodyLimit: MAX_REQUEST_BYTES });
  await server.register(rateLimit, { global: false });

  server.decorateRequest("person", null);
  server.decorateRequest("personByCookie", false);
  server.addHook("onRequest", async (request) => {
    await authenticate(request, accounts);
    refuseCrossOrigin(request, config.publicOrigin);
    refuseLoad(request);
  });
  closeConnectionsAtEnd(server);
  announceClosing(server);
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (isFault(problem)) request.log.error(error);
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((request) => {
    throw new HttpError("not-found", `There is no ${request.method} ${request.url.slice(0, 200)}.`);
  });

  server.get("/healthz", { schema: { hide: true } }, async () => ({ status: "ok" }));
  const metrics = new Metrics(measure);
  server.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.text()),
  );
  const readiness = new DatabaseQuestion(ready);
  server.get("/readyz", { schema: { hide: true } }, async () => {
    await readiness.answer();
    return { status: "ready" };
  });
  return server;
}

/**
 * Returns an address of people as it is or, where a segment of its path has a broken percent-code, with that segment
 * taken literally: it reaches a screen, which says that nothing has such an address.
 */
function decodable(url: string): string {
  const [, path = "", query = ""] = /^([^?]*)(.*)$/s.exec(url) ?? [];
  if (!path.includes("%")) return url;
  return path.split("/").map(decodableSegment).join("/") + query;
}

function decodableSegment(segment: string): string {
  try {
    decodeURIComponent(segment);
    return segment;
  } catch {
    return segment.replaceAll("%", "%25");
  }
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problemHeaders(problem))
    .type("application/problem+json")
    .send(JSON.stringify(problem));
}

function securityHeaders(https: boolean): Parameters<typeof helmet>[1] & object {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'"],
        // Pages may show pictures from elsewhere, as Markdown can.
        imgSrc: ["'self'", "https:", "data:"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    frameguard: { action: "deny" },
    referrerPolicy: { policy: "same-origin" },
    strictTransportSecurity: https,
  };
}

/** A connection that is busy when the server closes ends with its answer, and is not kept for more requests. */
function closeConnectionsAtEnd(server: FastifyInstance): void {
  let closing = false;
  server.addHook("preClose", async () => {
    closing = true;
  });
  server.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
}

/** Refuses a large body of a stranger before it is read. */
function refuseLoad(request: FastifyRequest): void {
  const streamed = request.headers["transfer-encoding"] !== undefined;
  const bytes = streamed ? Number.POSITIVE_INFINITY : Number(request.headers["content-length"] ?? 0);
  if (request.person !== null || bytes <= MAX_STRANGERS_REQUEST_BYTES) return;
  const most = `${MAX_STRANGERS_REQUEST_BYTES} bytes, in one piece`;
  throw new HttpError("authentication-required", `Sign in or send a token to send more than ${most}.`);
}
