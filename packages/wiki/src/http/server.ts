import type { RequestListener, Server } from "node:http";
import compress from "@fastify/compress";
import cookie from "@fastify/cookie";
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
import { checkAccess } from "./access.ts";
import { answerFromCache } from "./cached-answers.ts";
import { COMPRESSION_THRESHOLD } from "./content-encoding.ts";
import { refuseCrossOrigin } from "./cross-origin.ts";
import { HttpError, isFault, type Problem, problemHeaders, problemOf } from "./errors.ts";
import { addClosingSignal } from "./event-stream.ts";
import { ExpensiveReads } from "./expensive-reads.ts";
import { type Measured, Metrics, type ProcessMetrics } from "./metrics.ts";
import { type Authenticator, authenticate } from "./person.ts";
import { declaredBodyBytes, MAX_REQUEST_BYTES } from "./request-body.ts";
import type { ResponseCache } from "./response-cache.ts";
import { apiRoutes } from "./routes.ts";
import { beforeSetup, setupGate } from "./setup-gate.ts";
import { SingleFlight } from "./single-flight.ts";
import { turnBudget } from "./turn-budget.ts";
import { validatorCompiler } from "./validation.ts";

/** The time for receiving a request, long enough for a large one over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Encoding a text of this length takes about 2 ms. */
const LONG_TEXT_UNITS = 1024 * 1024;

/** How long a client that still sends a refused body may take to read the response. */
const UNREAD_BODY_CLOSE_MS = 1_000;

export interface ServerOptions {
  readonly config: Pick<Config, "baseUrl" | "publicOrigin" | "logLevel" | "reading" | "trustProxy">;
  readonly accounts: Authenticator;
  /** Resolves to true while the wiki has neither accounts nor events. Once it is false, it remains false. */
  readonly isNew: () => Promise<boolean>;
  /** Rejects while the database is unavailable. */
  readonly ready: () => Promise<unknown>;
  readonly measure: () => Promise<Measured>;
  readonly responses: ResponseCache;
  /** Resolves to the metrics of the server's processes. Default: those of this process. */
  readonly measureProcesses?: (() => Promise<readonly ProcessMetrics[]>) | undefined;
}

/**
 * Creates the server with authentication, limits, security headers, problem documents, health checks and metrics.
 * `request.person` is set before the body is read.
 */
export async function createServer({
  config,
  accounts,
  isNew,
  ready,
  measure,
  responses,
  measureProcesses,
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
  const policy = { publicReading: config.reading === "public" };
  const https = config.baseUrl.startsWith("https:");
  await server.register(helmet, securityHeaders(https));
  // Request bodies are not decompressed, since a small compressed body could exceed the limits.
  await server.register(compress, { threshold: COMPRESSION_THRESHOLD, globalDecompression: false });
  encodeLongTexts(server);
  // The options of `setCookie`, too.
  await server.register(cookie, { parseOptions: { secure: https } });
  await server.register(rateLimit, { global: false });

  server.decorateRequest("person", null);
  server.decorateRequest("personByCookie", false);
  const refuseIfNew = setupGate(isNew);
  const expensiveReads = new ExpensiveReads();
  server.addHook("onRequest", async (request, reply) => {
    if (request.is404) throw notFound(request);
    await turnBudget.wait();
    await authenticate(request, accounts);
    await refuseIfNew(request);
    refuseCrossOrigin(request, config.publicOrigin);
    checkAccess(request, policy);
    await expensiveReads.turn(request, reply);
  });
  requireDeclaredAccess(server);
  sendContinueAfterChecks(server);
  addClosingSignal(server);
  closeConnectionsAtEnd(server);
  closeConnectionsWithUnreadBody(server);
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (isFault(problem)) request.log.error(error);
    return sendProblem(reply, problem);
  });
  // Reached only for missing files, since the first hook refuses unknown addresses before it reads their bodies.
  server.setNotFoundHandler((request) => {
    throw notFound(request);
  });

  server.get("/healthz", { ...beforeSetup, schema: { hide: true } }, async () => ({ status: "ok" }));
  const metrics = new Metrics(measure, () => responses.counts, measureProcesses);
  server.get("/metrics", { ...beforeSetup, schema: { hide: true } }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics.text()),
  );
  // At the level debug, Fastify logs each request, so the cache must not answer any before it.
  if (config.logLevel !== "debug") {
    const { closing } = server;
    wrapListener(server.server, (handle) => answerFromCache({ responses, accounts, closing }, handle));
  }
  const readiness = new SingleFlight(ready);
  server.get("/readyz", { ...beforeSetup, schema: { hide: true } }, async () => {
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

function notFound({ method, url }: FastifyRequest): HttpError {
  return new HttpError("not-found", `${method} ${url.slice(0, 200)} does not exist.`);
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
        // Diagrams are drawn in a sandboxed frame.
        frameSrc: ["'self'"],
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

/** Refuses routes that could read a body before anybody's right was checked. */
function requireDeclaredAccess(server: FastifyInstance): void {
  server.addHook("onRoute", ({ method, url, config }) => {
    const hasBody = [method].flat().some((one) => !["GET", "HEAD", "OPTIONS"].includes(one));
    if (hasBody && config?.access === undefined)
      throw new Error(`Route ${method} ${url} must declare \`config.access\`.`);
  });
}

/** Lets a client that waits for "100 Continue" send its body only after the request passed the checks. */
function sendContinueAfterChecks(server: FastifyInstance): void {
  server.server.on("checkContinue", (request, response) => server.server.emit("request", request, response));
  server.addHook("preParsing", (request, reply, payload, done) => {
    if (request.headers.expect !== undefined) reply.raw.writeContinue();
    done(null, payload);
  });
}

/** Closes a connection after a response that did not wait for a large body, so that the rest is not received. */
function closeConnectionsWithUnreadBody(server: FastifyInstance): void {
  server.addHook("onSend", async ({ raw }, reply) => {
    if (raw.complete !== false || declaredBodyBytes(raw) <= MAX_REQUEST_BYTES) return;
    reply.header("connection", "close");
    // Closing at once would reset the connection, and the client, which still sends, would lose the response.
    const { socket } = raw;
    socket.destroySoon = () => {
      socket.pause();
      socket.end();
      const timer = setTimeout(() => socket.destroy(), UNREAD_BODY_CLOSE_MS);
      socket.once("close", () => clearTimeout(timer));
    };
  });
}

/** Encodes long texts once, in a turn of the event loop of their own. Fastify would measure and then encode them. */
function encodeLongTexts(server: FastifyInstance): void {
  server.addHook("onSend", (_request, _reply, payload, done) => {
    if (typeof payload !== "string" || payload.length < LONG_TEXT_UNITS) done(null, payload);
    else setImmediate(() => done(null, Buffer.from(payload)));
  });
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
