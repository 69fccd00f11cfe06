import { createHash } from "node:crypto";
import type { LRUCache } from "lru-cache";
import type { CheckedState } from "../application/change-monitor.ts";
import type { ReadTrace } from "../application/read-trace.ts";
import { COMPRESSION_THRESHOLD, type ContentEncoding, compress } from "./content-encoding.ts";
import type { Requester } from "./person.ts";

/** A response that may be cached for all requesters of one role. */
export interface CacheableResponse {
  readonly contentType: string;
  readonly cacheControl?: string;
  /** The body, or its parts before, between and after fragments that differ for each requester. */
  readonly parts: readonly string[];
  readonly fragment?: (requester: Requester | null, state: CheckedState) => string;
  /** By default a weak ETag of the body. */
  readonly etag?: string;
  /** The reads that the response was made from. */
  readonly trace: ReadTrace;
}

/** The headers and the body of a response in one encoding. */
export interface Variant {
  readonly etag: string;
  /** Names and values in turn, without those that Node adds. */
  readonly headers: readonly string[];
  readonly headersIfUnchanged: readonly string[];
  readonly body: Buffer;
}

export type Variants = LRUCache<string, Variant>;

/** After this many responses in brotli, the variant is compressed again, to fewer bytes. */
const HOT_RESPONSES = 20;
const MAX_BYTES_OF_SMALL_BROTLI = 256 * 1024;

let lastNumber = 0;

/** A cached response and its variants. */
export class CachedResponse {
  /** The latest state at which the response was right. */
  state: CheckedState;
  readonly trace: ReadTrace;
  readonly #number = ++lastNumber;
  readonly #response: Omit<CacheableResponse, "parts">;
  readonly #parts: readonly Buffer[];
  readonly #hash: string;
  /** The headers that the server adds to every response. */
  readonly #commonHeaders: readonly string[];
  readonly #variants: Variants;
  #brotliResponses = 0;

  constructor(
    { parts, ...response }: CacheableResponse,
    commonHeaders: Readonly<Record<string, unknown>>,
    variants: Variants,
  ) {
    this.trace = response.trace;
    this.state = response.trace.state;
    this.#response = response;
    this.#parts = parts.map((part) => Buffer.from(part));
    this.#hash = hashOf(...parts);
    this.#commonHeaders = Object.entries(commonHeaders).flatMap(([name, value]) => [name, String(value)]);
    this.#variants = variants;
  }

  /** The memory that the response takes without its variants, in bytes. */
  get size(): number {
    const overhead = 2_048 + 128 * (this.trace.dependencies.size + this.trace.queries.length);
    return overhead + this.#parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** Returns the variant for a requester, which may have to be compressed first. */
  variant(
    encoding: ContentEncoding,
    requester: Requester | null,
    state: CheckedState,
  ): Variant | Promise<Variant> {
    const fragment = this.#response.fragment?.(requester, state) ?? "";
    const key = `${this.#number} ${encoding} ${fragment}`;
    if (encoding === "br") this.#compressFurther(key, fragment);
    return this.#variants.get(key) ?? this.#makeVariant(key, encoding, fragment, "quick");
  }

  async #makeVariant(
    key: string,
    encoding: ContentEncoding,
    fragment: string,
    effort: "quick" | "small",
  ): Promise<Variant> {
    const whole = this.#wholeWith(fragment);
    const used = whole.length < COMPRESSION_THRESHOLD ? "identity" : encoding;
    const body = await compress(whole, used, effort);
    const variant = { ...this.#headersOf(body, used, fragment), body };
    this.#variants.set(key, variant, { size: 1_024 + (body === this.#parts[0] ? 0 : body.length) });
    return variant;
  }

  #wholeWith(fragment: string): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#parts;
    if (others.length === 0) return first;
    const bytes = Buffer.from(fragment);
    return Buffer.concat([first, ...others.flatMap((part) => [bytes, part])]);
  }

  #headersOf(body: Buffer, encoding: ContentEncoding, fragment: string): Omit<Variant, "body"> {
    const { contentType, cacheControl, etag: ownEtag } = this.#response;
    const etag = ownEtag ?? `W/"${this.#hash}${fragment === "" ? "" : `-${hashOf(fragment)}`}"`;
    const shared = [
      ...["etag", etag, "vary", "accept-encoding"],
      ...(cacheControl === undefined ? [] : ["cache-control", cacheControl]),
    ];
    return {
      etag,
      headers: [
        ...this.#commonHeaders,
        ...["content-type", contentType],
        ...shared,
        ...(encoding === "identity" ? [] : ["content-encoding", encoding]),
        ...["content-length", String(body.length)],
      ],
      headersIfUnchanged: [...this.#commonHeaders, ...shared],
    };
  }

  #compressFurther(key: string, fragment: string): void {
    this.#brotliResponses += 1;
    if (this.#brotliResponses !== HOT_RESPONSES || this.#response.fragment !== undefined) return;
    if (this.size <= MAX_BYTES_OF_SMALL_BROTLI) void this.#makeVariant(key, "br", fragment, "small");
  }
}

function hashOf(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("base64url").slice(0, 22);
}
