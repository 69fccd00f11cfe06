const CHUNK_BYTES = 64 * 1024;
const NO_CHUNK = new ArrayBuffer(0);

/**
 * Copies bytes. Small copies of one pool share an ArrayBuffer, because allocating a buffer takes longer than copying
 * a few hundred bytes.
 */
export class BytePool {
  readonly #chunkBytes: number;
  #chunk = NO_CHUNK;
  #used = 0;

  /** @param totalBytes the size of all copies together, if known */
  constructor(totalBytes = CHUNK_BYTES) {
    this.#chunkBytes = Math.min(totalBytes, CHUNK_BYTES);
  }

  copy(bytes: Uint8Array): Uint8Array {
    const { byteLength } = bytes;
    if (byteLength > CHUNK_BYTES / 16) return new Uint8Array(bytes);
    if (this.#used + byteLength > this.#chunk.byteLength) {
      this.#chunk = new ArrayBuffer(this.#chunkBytes);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#chunk, this.#used, byteLength);
    copy.set(bytes);
    this.#used += byteLength;
    return copy;
  }
}
