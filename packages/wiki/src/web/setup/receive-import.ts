import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { MultipartFile } from "@fastify/multipart";
import { CodedError, LimitExceededError } from "@palimpsest/eventsourcing";
import type { FastifyRequest } from "fastify";
import { InvalidImportError } from "../../import/errors.ts";
import { folderSource } from "../../import/folder-source.ts";
import { type ImportSource, isSkippedFolder } from "../../import/source.ts";
import { zipSource } from "../../import/zip-source.ts";
import { MalformedBodyError } from "../../workers/parse-body.ts";

/** The most files and bytes that a form can send. A larger import uses the command line. */
const MAX_FILES = 20_000;
const MAX_BYTES = 1024 ** 3;
const MAX_FIELDS = 10;
const MAX_FIELD_BYTES = 1024;
const MAX_PATH_LENGTH = 1_000;

/** A form that sends a ZIP archive, or files with their paths. It must be discarded. */
export interface ReceivedImport {
  readonly fields: ReadonlyMap<string, string>;
  /** Opens the files of the form; undefined if it sent none. @throws InvalidImportError */
  readonly open: (() => Promise<ImportSource>) | undefined;
  discard(): Promise<void>;
}

/**
 * Receives a multipart form. Its files go to a temporary folder as they arrive.
 * @throws InvalidImportError, LimitExceededError, MalformedBodyError; no file is left
 */
export async function receiveImport(request: FastifyRequest): Promise<ReceivedImport> {
  const folder = await mkdtemp(join(tmpdir(), "palimpsest-import-"));
  const discard = () => rm(folder, { recursive: true, force: true });
  const files = new ReceivedFiles(folder);
  const fields = new Map<string, string>();
  const limits = {
    ...{ files: MAX_FILES + 1, fileSize: MAX_BYTES + 1, parts: MAX_FILES + MAX_FIELDS },
    ...{ fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, fieldNameSize: 100 },
  };
  try {
    for await (const part of request.parts({ limits, preservePath: true })) {
      if (part.type === "file") await files.receive(part);
      else fields.set(part.fieldname, String(part.value));
    }
    return { fields, open: files.isEmpty ? undefined : () => files.open(), discard };
  } catch (error) {
    request.raw.unpipe();
    await discard();
    if (error instanceof CodedError) throw error;
    throw new MalformedBodyError(`The form cannot be read: ${(error as Error).message}.`);
  }
}

class ReceivedFiles {
  readonly #folder: string;
  readonly #paths: string[] = [];
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get isEmpty(): boolean {
    return this.#paths.length === 0;
  }

  async receive({ filename, file }: MultipartFile): Promise<void> {
    // Browsers send a file without a name for an empty field.
    const segments = (filename ?? "").split("/");
    if (!filename || segments.some(isSkippedFolder)) return void file.resume();
    if (!isSafe(filename, segments)) {
      throw new InvalidImportError(`The file name ${JSON.stringify(filename.slice(0, 200))} is invalid.`);
    }
    if (this.#paths.length >= MAX_FILES) throw new LimitExceededError("files", MAX_FILES + 1, MAX_FILES);
    const target = join(this.#folder, filename);
    await mkdir(dirname(target), { recursive: true }).catch(refuse(filename));
    await pipeline(file, (chunks) => this.#counted(chunks), createWriteStream(target, { flags: "wx" })).catch(
      refuse(filename),
    );
    this.#paths.push(filename);
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (this.#bytes > MAX_BYTES)
        throw new LimitExceededError("bytes of the import", this.#bytes, MAX_BYTES);
      yield chunk;
    }
  }

  /** The name of the source is that of the archive or folder, so that a corrected upload updates the same pages. */
  async open(): Promise<ImportSource> {
    const [first = "", ...others] = this.#paths;
    const name = (text: string) => `upload:${text}`;
    if (others.length === 0 && /\.zip$/i.test(first)) {
      return zipSource(join(this.#folder, first), name(first.replace(/\.zip$/i, "")));
    }
    if (this.#paths.some((path) => /\.zip$/i.test(path))) {
      throw new InvalidImportError(
        "The form has a ZIP archive beside other files; expected one or the other.",
      );
    }
    const [top = ""] = first.split("/");
    const isOneFolder = this.#paths.every((path) => path.startsWith(`${top}/`));
    return isOneFolder
      ? folderSource(join(this.#folder, top), name(top))
      : folderSource(this.#folder, name("files"));
  }
}

function isSafe(path: string, segments: readonly string[]): boolean {
  return (
    path.length <= MAX_PATH_LENGTH &&
    !/[\0\\]/.test(path) &&
    segments.every((segment) => segment !== "" && segment !== "." && segment !== "..")
  );
}

/** Returns a function that throws an error of the file system as a refusal of the file. */
function refuse(path: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR" || code === "ENAMETOOLONG" || code === "EISDIR") {
      throw new InvalidImportError(`The file ${path.slice(0, 200)} cannot be stored (${code}).`, {
        cause: error,
      });
    }
    throw error;
  };
}
