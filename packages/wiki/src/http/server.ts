import type { RequestListener, Server } from "node:http";
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
import { answerFromCache } from "./cached-answers.ts";
import { refuseCrossOrigin } from "./cross-origin.ts";
import { HttpError, isFault, type Problem, problemHeaders, problemOf } from "./errors.ts";
import { addClosingSignal } from "./event-stream.ts";
import { type Measured, Metrics } from "./metrics.ts";
import { type Authenticator, authenticate } from "./person.ts";
import type { ResponseCache } from "./response-cache.ts";
import { apiRoutes } from "./routes.ts";
import { SingleFlight } from "./single-flight.ts";
import { validatorCompiler } from "./validation.ts";

/** A page of 10 MB may have 60 MB in JSON, which escapes a control character as `\u0000`. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** Requests without a session or token are forms such as sign-in. */
const MAX_ANONYMOUS_REQUEST_BYTES = 64 * 1024;

/** The time for receiving a request, long enough for a large one over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;

export interface ServerOptions {
  readonly config: Pick<Config, "baseUrl" | "publicOrigin" | "logLevel" | "trustProxy">;
  readonly accounts: Authenticator;
  /** Rejects while the database is unavailable. */
  readonly ready: () => Promise<unknown>;
  readonly measure: () => Promise<Measured>;
  readonly responses: ResponseCache;
}

/**
 * Creates the server with authentication, limits, security headers, problem documents, health checks and metrics.
 * `request.person` is set before the body is read.
 */
export async function createServer({
  config,
  accounts,
  ready,
  measure,
  responses,
}: ServerOptions): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: MAX_REQUEST_BYTES,
    // Only the nearest proxy is trusted: anybody can send the entries further left in X-Forwarded-For.
    trustProxy: config.trustProxy ? (_address: string, hop: number) => hop === 0 : false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: config.logLevel === "silent" ? false : { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: config.logLevel !== "debug" }),
    routerOptions: { maxParamLength: 2_000, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = "/" }) => (url.startsWith(`${apiRoutes.root}/`) ? url : decodable(url)),
    // Idle keep-alive connections must not delay the end of the process.
    forceCloseConnections: "idle",
    return503OnClosing: true,
    // An address of the API that cannot be decoded does not reach the error handler below.
    frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error)),
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  const https = config.baseUrl.startsWith("https:");
  await server.register(helmet, securityHeaders(https));
  // Request bodies are not decompressed, since a small compressed body could exceed the limits.
  await server.register(compress, { threshold: 1_024, globalDecompression: false });
  // The options of `setCookie`, too.
  await server.register(cookie, { parseOptions: { secure: https } });
  await server.register(formbody, { bodyLimit: MAX_REQUEST_BYTES });
  await server.register(rateLimit, { global: false });

  server.decorateRequest("person", null);
  server.decorateRequest("personByCookie", false);
  server.addHook("onRequest", async (request) => {
    await authenticate(request, accounts);
    refuseCrossOrigin(request, config.publicOrigin);
    refuseLargeAnonymousBody(request);
  });
  addClosingSignal(server);
  closeConnectionsAtEnd(server);
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (isFault(problem)) request.log.error(error);
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((request) => {
    throw new HttpError("not-found", `${request.method} ${request.url.slice(0, 200)} does not exist.`);
  });

  server.get("/healthz", { schema: { hide: true } }, async () => ({ status: "ok" }));
  const metrics = new Metrics(measure, () => responses.counts);
  server.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.text()),
  );
  // Fastify logs each request at this level.
  if (config.logLevel !== "debug") {
    const { closing } = server;
    wrapListener(server.server, (handle) => answerFromCache({ responses, accounts, closing }, handle));
  }
  const readiness = new SingleFlight(ready);
  server.get("/readyz", { schema: { hide: true } }, async () => {
    await readiness.run();
    return { status: "ready" };
  });
  return server;
}

/** Replaces the request listener of Fastify, which `serverFactory` cannot do if it listens on several addresses. */
function wrapListener(server: Server, wrap: (handle: RequestListener) => RequestListener): void {
  const [handle, ...others] = server.listeners("request") as RequestListener[];
  if (handle === undefined || others.length > 0) throw new Error("Fastify has other request listeners.");
  server.off("request", handle).on("request", wrap(handle));
}

/** Escapes the percent signs of path segments that cannot be decoded, so that the address reaches a "not found" screen. */
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
        // Markdown can embed images of other sites.
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

/** Closes connections that are busy when the server closes after their current response. */
function closeConnectionsAtEnd(server: FastifyInstance): void {
  server.addHook("onSend", async (_request, reply) => {
    if (server.closing.aborted) reply.header("connection", "close");
  });
  // The headers of this response were sent before the server began to close.
  server.addHook("onResponse", async ({ raw }) => {
    if (server.closing.aborted) raw.socket.end();
  });
}

function refuseLargeAnonymousBody(request: FastifyRequest): void {
  const streamed = request.headers["transfer-encoding"] !== undefined;
  const bytes = streamed ? Number.POSITIVE_INFINITY : Number(request.headers["content-length"] ?? 0);
  if (request.person !== null || bytes <= MAX_ANONYMOUS_REQUEST_BYTES) return;
  throw new HttpError(
    "authentication-required",
    `Requests without a session or token are limited to ${MAX_ANONYMOUS_REQUEST_BYTES} bytes, not chunked. Sign in, or send a token.`,
  );
}
