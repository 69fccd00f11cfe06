import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { AwsV4Signer } from "aws4fetch";
import { type ByteRange, FileStorageError } from "../application/files.ts";
import type { FilesConfig } from "../config.ts";
import type { BlobStore, ListedBlob } from "./blob-store.ts";

type S3Options = Omit<Extract<FilesConfig["store"], { readonly kind: "s3" }>, "kind">;

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const REQUEST_TIMEOUT_MS = 60_000;
/** A store answers 500 or 503 while it is overloaded, and documents that requests are then repeated. */
const ATTEMPTS = 3;
const DELAY_MS = 200;

interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A file, whose bytes are sent as they are read. */
  readonly content?: { readonly path: string; readonly bytes: number; readonly sha256: string };
}

/** Stores objects in a bucket of Amazon S3 or a compatible store. Requests are signed with Signature Version 4. */
export class S3Store implements BlobStore {
  readonly name: string;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    this.name = options.url;
    this.#options = options;
  }

  async put(key: string, path: string, content: { bytes: number; sha256: string }): Promise<void> {
    await this.#send({ method: "PUT", url: this.#urlOf(key), content: { path, ...content } }, [200]);
  }

  async copy(from: string, to: string): Promise<boolean> {
    const { bucket, keyPrefix } = bucketOf(this.#options.url);
    const headers = { "x-amz-copy-source": `/${bucket}/${keyPrefix}${from}` };
    const response = await this.#send({ method: "PUT", url: this.#urlOf(to), headers }, [200, 404]);
    // A copy that fails after the status was sent has an error as its body.
    const text = await response.text();
    if (response.status === 200 && text.includes("<Error>")) throw failure("PUT", to, text);
    return response.status === 200;
  }

  async get(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    const headers: Record<string, string> =
      range === undefined ? {} : { range: `bytes=${range.start}-${range.end - 1}` };
    const response = await this.#send({ method: "GET", url: this.#urlOf(key), headers }, [200, 206, 404]);
    if (response.status !== 404 && response.body !== null) return response.body;
    await response.body?.cancel();
    return undefined;
  }

  async size(key: string): Promise<number | undefined> {
    const response = await this.#send({ method: "HEAD", url: this.#urlOf(key) }, [200, 404]);
    await response.body?.cancel();
    return response.status === 404 ? undefined : Number(response.headers.get("content-length"));
  }

  async delete(key: string): Promise<void> {
    const response = await this.#send({ method: "DELETE", url: this.#urlOf(key) }, [200, 204, 404]);
    await response.body?.cancel();
  }

  async *list(prefix: string): AsyncIterable<ListedBlob> {
    const { bucketUrl, keyPrefix } = bucketOf(this.#options.url);
    let token: string | undefined;
    do {
      const url = new URL(bucketUrl);
      url.searchParams.set("list-type", "2");
      url.searchParams.set("prefix", keyPrefix + prefix);
      if (token !== undefined) url.searchParams.set("continuation-token", token);
      const response = await this.#send({ method: "GET", url: url.href }, [200]);
      const text = await response.text();
      for (const [, object = ""] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const key = fieldOf(object, "Key")?.slice(keyPrefix.length) ?? "";
        const modifiedAt = new Date(fieldOf(object, "LastModified") ?? Number.NaN);
        yield { key, bytes: Number(fieldOf(object, "Size")), modifiedAt };
      }
      token = fieldOf(text, "NextContinuationToken");
    } while (token !== undefined);
  }

  #urlOf(key: string): string {
    return `${this.#options.url}/${key}`;
  }

  async #send(request: S3Request, expected: readonly number[]): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#sendOnce(request).catch((error: unknown) => {
        if (attempt === ATTEMPTS) throw failure(request.method, request.url, "no response", error);
        return undefined;
      });
      if (response !== undefined && expected.includes(response.status)) return response;
      const isTemporary = response === undefined || response.status >= 500;
      if (!isTemporary || attempt === ATTEMPTS)
        throw failure(request.method, request.url, `${response?.status} ${await response?.text()}`);
      await response?.body?.cancel();
      await pause(DELAY_MS * 2 ** attempt);
    }
  }

  async #sendOnce({ method, url, headers, content }: S3Request): Promise<Response> {
    const { region, accessKeyId, secretAccessKey } = this.#options;
    const signer = new AwsV4Signer({
      method,
      url,
      headers: { ...headers, "x-amz-content-sha256": content?.sha256 ?? EMPTY_SHA256 },
      service: "s3",
      region,
      accessKeyId,
      secretAccessKey,
    });
    const signed = await signer.sign();
    const timeout = content === undefined ? { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) } : {};
    if (content === undefined) return fetch(signed.url, { method, headers: signed.headers, ...timeout });
    signed.headers.set("content-length", String(content.bytes));
    const body = Readable.toWeb(createReadStream(content.path)) as ReadableStream<Uint8Array>;
    return fetch(signed.url, { method, headers: signed.headers, body, duplex: "half" } as RequestInit);
  }
}

/** Divides the address of a bucket. The first segment of the path is the bucket unless the host names it. */
function bucketOf(address: string) {
  const url = new URL(address);
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const inHost = /^([^.]+)\.s3[.-]/.exec(url.hostname)?.[1];
  const bucket = inHost ?? segments.shift() ?? "";
  return {
    bucket,
    bucketUrl: inHost === undefined ? `${url.origin}/${bucket}` : `${url.origin}/`,
    keyPrefix: segments.map((segment) => `${segment}/`).join(""),
  };
}

function fieldOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

function failure(method: string, target: string, answer: string, cause?: unknown): FileStorageError {
  return new FileStorageError(`${method} ${target} failed: ${answer.slice(0, 500)}`, cause);
}
