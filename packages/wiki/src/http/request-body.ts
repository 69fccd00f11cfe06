import type { IncomingMessage } from "node:http";
import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify";
import type { TaskRunner } from "../workers/task-runner.ts";
import { MAX_SHORT_BODY_BYTES } from "../workers/tasks.ts";

/** The limit of a request that stores a page's text: a text of 10 MB may have 60 MB in JSON, as `\u0000`. */
export const MAX_PAGE_REQUEST_BYTES = 64 * 1024 * 1024;
/** The limit of other requests. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/** Returns the size of the body of a request according to its headers; infinity for a chunked body. */
export function declaredBodyBytes({ headers }: Pick<IncomingMessage, "headers">): number {
  const isChunked = headers["transfer-encoding"] !== undefined;
  return isChunked ? Number.POSITIVE_INFINITY : Number(headers["content-length"] ?? 0);
}

/** Makes `server` parse bodies of this type only, and large ones in a worker thread. */
export function acceptOnly(type: "json" | "form", server: FastifyInstance, workers: TaskRunner): void {
  const [mediaType, task] =
    type === "json"
      ? (["application/json", "parseJson"] as const)
      : (["application/x-www-form-urlencoded", "parseForm"] as const);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(mediaType, async (request: FastifyRequest, payload: IncomingMessage) => {
    const body = await readBody(request, payload);
    // Fastify creates the signal, with its listeners, when it is read.
    return workers.run(task, body, body.length > MAX_SHORT_BODY_BYTES ? request.signal : undefined);
  });
}

/**
 * Resolves to the body of a request. The bytes of a large one are shared, so that another thread gets them without a copy.
 * @throws Fastify's errors if the body is too large, incomplete or of another length than its header says
 */
async function readBody(request: FastifyRequest, payload: IncomingMessage): Promise<Uint8Array> {
  const limit = request.routeOptions.bodyLimit ?? MAX_REQUEST_BYTES;
  const declared = request.headers["content-length"];
  if (Number(declared) > limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
  const bytes = new BodyBytes(declared === undefined ? undefined : Number(declared));
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      if (bytes.length + chunk.length > limit) end(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
      else bytes.append(chunk);
    };
    const onEnd = () =>
      end(bytes.isComplete ? undefined : new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
    const onError = (error: Error) => end(Object.assign(error, { statusCode: 400 }));
    const end = (error: Error | undefined) => {
      payload.off("data", onData).off("end", onEnd).off("error", onError);
      if (error === undefined) return resolve(bytes.all());
      payload.pause();
      reject(error);
    };
    payload.on("data", onData).on("end", onEnd).on("error", onError);
  });
}

class BodyBytes {
  /** The length that the header names; undefined for a chunked body. */
  readonly #declaredLength: number | undefined;
  readonly #chunks: Uint8Array[] = [];
  #shared: Uint8Array | undefined;
  length = 0;

  constructor(declaredLength: number | undefined) {
    this.#declaredLength = declaredLength;
    if (declaredLength !== undefined && declaredLength > MAX_SHORT_BODY_BYTES)
      this.#shared = new Uint8Array(new SharedArrayBuffer(declaredLength));
  }

  get isComplete(): boolean {
    return this.#declaredLength === undefined || this.length === this.#declaredLength;
  }

  append(chunk: Uint8Array): void {
    // Node's HTTP parser emits no bytes beyond the declared length.
    if (this.#shared === undefined) this.#chunks.push(chunk);
    else this.#shared.set(chunk, this.length);
    this.length += chunk.length;
  }

  all(): Uint8Array {
    if (this.#shared !== undefined) return this.#shared;
    const isShort = this.length <= MAX_SHORT_BODY_BYTES;
    const all = new Uint8Array(isShort ? new ArrayBuffer(this.length) : new SharedArrayBuffer(this.length));
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}
