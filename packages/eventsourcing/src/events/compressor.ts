import { gunzipSync, gzipSync } from "node:zlib";
import { MAX_STATE_BYTES } from "../recorder/recorder.ts";

/** How states are compressed before they are stored. Whatever the setting, all states can be read. */
export type Compression = "gzip" | "none";

// A gzip header and trailer take 18 bytes, and short texts repeat little: below this nothing is gained.
const WORTHWHILE_BYTES = 512;

/** Returns `bytes` compressed, or as they are where that would not make them smaller. */
export function compress(bytes: Uint8Array, compression: Compression): Uint8Array {
  if (compression === "none" || bytes.length < WORTHWHILE_BYTES) return bytes;
  const compressed = gzipSync(bytes);
  return compressed.length < bytes.length ? compressed : bytes;
}

/** Returns what `compress` was given. Compressed bytes are known by gzip's magic number (RFC 1952, 2.3.1). */
export function decompress(bytes: Uint8Array): Uint8Array {
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return compressed ? gunzipSync(bytes, { maxOutputLength: 16 * MAX_STATE_BYTES }) : bytes;
}
