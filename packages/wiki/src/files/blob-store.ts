import type { ByteRange } from "../application/files.ts";

/** An object in a `BlobStore`. */
export interface ListedBlob {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** Stores bytes under keys, which consist of letters, digits, "-" and "/". Its methods throw `FileStorageError`. */
export interface BlobStore {
  /** For messages: a folder or the address of a bucket. */
  readonly name: string;
  /** Stores the content of a local file durably. An object with the same key is replaced by the same bytes. */
  put(key: string, path: string, content: { readonly bytes: number; readonly sha256: string }): Promise<void>;
  /** Stores a durable copy under another key. Resolves to false if `from` does not exist. */
  copy(from: string, to: string): Promise<boolean>;
  /** Resolves to the bytes of an object; undefined if it does not exist. */
  get(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Resolves to the length of an object; undefined if it does not exist. */
  size(key: string): Promise<number | undefined>;
  /** Does nothing if the object does not exist. */
  delete(key: string): Promise<void>;
  /** The objects whose keys begin with `prefix`, which ends with "/". */
  list(prefix: string): AsyncIterable<ListedBlob>;
}
