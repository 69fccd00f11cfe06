import { CodedError } from "@palimpsest/eventsourcing";
import type { PageFile } from "../domain/page-files.ts";
import type { UserId } from "../domain/user.ts";

/** Bytes that this machine received, before they are stored. */
export interface ReceivedBytes {
  readonly sha256: string;
  readonly bytes: number;
  /** The first bytes, enough to determine the type and the size of an image. */
  readonly head: Uint8Array;
  /** Deletes them, unless they were stored. */
  discard(): Promise<void>;
}

/** A file by its id. */
export interface StoredFile {
  readonly file: PageFile;
  readonly userId: UserId;
  /** Null for an unattached file, which only its user may read. */
  readonly pageId: string | null;
  readonly uploadedAt: Date;
}

/** A range of bytes; `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface FileCounts {
  /** Files that were ever attached to a page, and those that wait to be attached. */
  readonly attached: number;
  readonly unattached: number;
  /** The bytes of attached files, each content once. */
  readonly bytes: number;
}

/** How long a file that no page has is kept. */
export const UNATTACHED_HOURS = 24;

/** Stores the bytes of files once for each content, and finds files by id. */
export interface FileStorage {
  /**
   * Receives bytes into a temporary file.
   * @throws LimitExceededError if there are more than `maxBytes`, and the errors of `source`; nothing is left then
   */
  receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ReceivedBytes>;
  /** Stores the bytes of a file of a page durably. The event that attaches the file must be saved afterwards. */
  addToPage(file: PageFile, received: ReceivedBytes, userId: UserId, pageId: string): Promise<void>;
  /** Stores a file for one person until it is attached. */
  addUnattached(file: PageFile, received: ReceivedBytes, userId: UserId): Promise<void>;
  /**
   * Resolves to those of a person's unattached files with these ids, and makes them files of the page. The event that
   * attaches them must be saved afterwards. Files of this page that were claimed before are included.
   */
  claim(ids: readonly string[], userId: UserId, pageId: string): Promise<readonly PageFile[]>;
  /** Undoes `claim` and `addToPage` after the event was not saved. */
  release(ids: readonly string[], pageId: string): Promise<void>;
  find(id: string): Promise<StoredFile | undefined>;
  /**
   * Resolves to the bytes of a file.
   * @throws FileBytesMissingError
   */
  read(stored: StoredFile, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>;
  /** Deletes unattached files that are older than `UNATTACHED_HOURS`. Resolves to their number. */
  deleteExpired(): Promise<number>;
  counts(): Promise<FileCounts>;
  /** Finds attached files whose bytes are missing or have another length. */
  missingBytes(): AsyncIterable<StoredFile>;
  /** Resolves to attached files, newest first. */
  attachedFiles(range: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly StoredFile[]>;
  close(): Promise<void>;
}

/** The name or the content of a file is not allowed. Nothing was stored. */
export class InvalidFileError extends CodedError {
  readonly code = "invalid-file";
  readonly file: string;
  readonly why: string;

  /** @param why a predicate, such as "is empty" */
  constructor(file: string, why: string) {
    const shown = file.length > 100 ? `${file.slice(0, 100)}…` : file;
    super(
      `File ${JSON.stringify(shown)} ${why}. A file is not empty; its name has 1 to 200 bytes and no control characters, "/" or "\\".`,
    );
    this.file = shown;
    this.why = why;
  }
}

/** The wiki does not accept files of this type. Nothing was stored. */
export class FileTypeRefusedError extends CodedError {
  readonly code = "file-type-refused";
  readonly file: string;
  readonly fileType: string;

  constructor(file: string, fileType: string, accepted: readonly string[]) {
    super(`File ${JSON.stringify(file)} has the type ${fileType}; this wiki accepts ${accepted.join(", ")}.`);
    this.file = file;
    this.fileType = fileType;
  }
}

/** The page, or the wiki, has no file with this id. */
export class FileNotFoundError extends CodedError {
  readonly code = "file-not-found";
  readonly fileId: string;

  constructor(fileId: string) {
    super(`File ${JSON.stringify(fileId.slice(0, 100))} does not exist.`);
    this.fileId = fileId;
  }
}

/** The command would discard a later change of a file. Nothing was changed. */
export class FileConflictError extends CodedError {
  readonly code = "file-conflict";
  readonly pageId: string;
  readonly names: readonly string[];

  constructor(pageId: string, names: readonly string[]) {
    super(
      `These files were changed since: ${names.map((name) => JSON.stringify(name)).join(", ")}. Read the page again, and then repeat the command.`,
    );
    this.pageId = pageId;
    this.names = names;
  }
}

/** The record has the file, but its bytes are missing where files are stored. */
export class FileBytesMissingError extends CodedError {
  readonly code = "file-bytes-missing";
  readonly fileId: string;

  constructor({ id, name, sha256 }: PageFile) {
    super(
      `The bytes of file ${JSON.stringify(name)} (${id}) are missing: no object has the SHA-256 ${sha256}. Restore it from a backup.`,
    );
    this.fileId = id;
  }
}

/** Files cannot be stored or read now. */
export class FileStorageError extends CodedError {
  readonly code = "file-storage-failed";

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
