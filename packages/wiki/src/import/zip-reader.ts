import { close, createReadStream, read } from "node:fs";
import type { Readable } from "node:stream";
import { RandomAccessReader } from "yauzl";

type Callback = (error: Error | null, bytesRead?: number) => void;

/**
 * Reads an archive for yauzl. Its own reader ends the process if a stream is destroyed while another one is read, as after a
 * damaged file.
 */
export class ZipReader extends RandomAccessReader {
  readonly #path: string;
  readonly #fd: number;

  /** @param fd closed by `close` */
  constructor(path: string, fd: number) {
    super();
    this.#path = path;
    this.#fd = fd;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: Callback): void {
    read(this.#fd, buffer, offset, length, position, callback);
  }

  override close(callback: (error: Error | null) => void): void {
    close(this.#fd, callback);
  }
}
