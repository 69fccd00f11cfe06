import { promisify } from "node:util";
import { gunzip, gunzipSync, gzip as gzipInThread, gzipSync } from "node:zlib";
import { InvalidArgumentError } from "../errors.ts";
import { MAX_STATE_BYTES } from "../recorder/recorder.ts";

/**
 * Compresses states. `compress` returns bytes that begin with `prefix`; by it `decompress` is chosen when a
 * state is read, also if the settings have changed.
 */
export interface Compressor {
  /** From 2 bytes. No JSON text, and no encrypted state (0x01), may begin with them. */
  readonly prefix: Uint8Array;
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

/** How states are compressed before they are stored: by gzip, not at all, or by a compressor of the application's own. */
export type Compression = "gzip" | "none" | Compressor;

const GUNZIP_OPTIONS = { maxOutputLength: 16 * MAX_STATE_BYTES };

const gzip: Compressor = {
  // The magic number of RFC 1952, section 2.3.1.
  prefix: Uint8Array.of(0x1f, 0x8b),
  compress: gzipSync,
  decompress: (bytes) => gunzipSync(bytes, GUNZIP_OPTIONS),
};

// A gzip header and trailer take 18 bytes, and short texts repeat little.
const WORTHWHILE_BYTES = 512;

/** @throws InvalidArgumentError unless `value` names or is a compressor */
export function requireCompression(name: string, value: unknown): Compression {
  if (value === "gzip" || value === "none") return value;
  const { prefix, compress, decompress } = (typeof value === "object" && value) as Partial<Compressor>;
  const isCompressor =
    prefix instanceof Uint8Array &&
    prefix.length >= 2 &&
    typeof compress === "function" &&
    typeof decompress === "function";
  if (isCompressor) return value as Compressor;
  throw new InvalidArgumentError(
    name,
    value,
    '"gzip", "none" or a compressor with a prefix of 2 bytes or more',
  );
}

/** Returns `bytes` compressed, or `bytes` themselves where compression would not make them smaller. */
export function compress(bytes: Uint8Array, compression: Compression): Uint8Array {
  if (compression === "none" || bytes.length < WORTHWHILE_BYTES) return bytes;
  const compressed = (compression === "gzip" ? gzip : compression).compress(bytes);
  return compressed.length < bytes.length ? compressed : bytes;
}

/** From this number of bytes, `compressAsync` and `decompressAsync` use a thread. Less takes a millisecond or two. */
export const LARGE_BYTES = 64 * 1024;

/** Resolves to what `compress` returns. Compresses large states by gzip in a thread of Node. */
export async function compressAsync(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression !== "gzip" || bytes.length < LARGE_BYTES) return compress(bytes, compression);
  const compressed = await promisify(gzipInThread)(bytes);
  return compressed.length < bytes.length ? compressed : bytes;
}

/** Resolves to what `decompress` returns. Decompresses large states of gzip in a thread of Node. */
export async function decompressAsync(
  bytes: Uint8Array,
  others: readonly Compressor[] = [],
): Promise<Uint8Array> {
  if (bytes.length < LARGE_BYTES || !hasPrefix(bytes, gzip)) return decompress(bytes, others);
  return promisify<Uint8Array, object, Buffer>(gunzip)(bytes, GUNZIP_OPTIONS);
}

/** Returns what `compress` was given. @param others compressors beside gzip, chosen by their prefixes */
export function decompress(bytes: Uint8Array, others: readonly Compressor[] = []): Uint8Array {
  for (const compressor of [gzip, ...others]) {
    if (hasPrefix(bytes, compressor)) return compressor.decompress(bytes);
  }
  return bytes;
}

function hasPrefix(bytes: Uint8Array, { prefix }: Compressor): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
