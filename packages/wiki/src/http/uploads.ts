import type { Multipart } from "@fastify/multipart";
import multipart from "@fastify/multipart";
import { CodedError, LimitExceededError } from "@palimpsest/eventsourcing";
import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify";
import type { ContentManagement } from "../application/content-management.ts";
import { InvalidFileError } from "../application/files.ts";
import type { ReceivedFile } from "../application/pages.ts";
import { MalformedBodyError } from "../workers/parse-body.ts";
import { HttpError } from "./errors.ts";
import { declaredBodyBytes } from "./request-body.ts";

/** The headers of the parts and the other fields of a form, beside its files. */
const MAX_FORM_BYTES = 64 * 1024;
const MAX_FIELDS = 10;
const MAX_FIELD_BYTES = 4 * 1024;

/** The files of a form, in order, and its other fields. Files that are not used must be discarded. */
export interface Upload {
  readonly files: readonly ReceivedFile[];
  readonly fields: ReadonlyMap<string, string>;
}

/** Makes routes of `server` accept multipart forms. Their bodies are read by `readUpload`. */
export async function acceptUploads(server: FastifyInstance): Promise<void> {
  await server.register(multipart);
}

/**
 * Receives the files of a multipart form in parts named `file`, at least one. Bytes go to temporary files as they arrive.
 * @throws InvalidFileError, LimitExceededError, FileTypeRefusedError, MalformedBodyError, HttpError; no file is left
 */
export async function readUpload(
  request: FastifyRequest,
  content: Pick<ContentManagement, "receiveFile" | "fileLimits">,
  maxFiles: number,
): Promise<Upload> {
  if (!request.isMultipart())
    throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(request.headers["content-type"]);
  const { maxBytes } = content.fileLimits;
  const declared = declaredBodyBytes(request.raw);
  if (Number.isFinite(declared) && declared > maxFiles * maxBytes + MAX_FORM_BYTES)
    throw new LimitExceededError("bytes of the file", declared, maxBytes);
  const files: ReceivedFile[] = [];
  const fields = new Map<string, string>();
  const limits = {
    files: maxFiles,
    fileSize: Number.MAX_SAFE_INTEGER,
    fields: MAX_FIELDS,
    fieldSize: MAX_FIELD_BYTES,
    fieldNameSize: 100,
    parts: maxFiles + MAX_FIELDS,
  };
  try {
    for await (const part of request.parts({ limits })) await receivePart(part, content, files, fields);
    if (files.length === 0) throw new InvalidFileError("", "is missing: the form has no part named `file`");
    return { files, fields };
  } catch (error) {
    request.raw.unpipe();
    await Promise.all(files.map(({ received }) => received.discard()));
    if (error instanceof CodedError) throw error;
    throw new MalformedBodyError(`The form cannot be read: ${(error as Error).message}.`);
  }
}

async function receivePart(
  part: Multipart,
  content: Pick<ContentManagement, "receiveFile">,
  files: ReceivedFile[],
  fields: Map<string, string>,
): Promise<void> {
  if (part.type === "field") {
    if (part.valueTruncated || part.fieldnameTruncated)
      throw new LimitExceededError(
        `bytes of the field ${part.fieldname}`,
        MAX_FIELD_BYTES + 1,
        MAX_FIELD_BYTES,
      );
    fields.set(part.fieldname, String(part.value));
    return;
  }
  if (part.fieldname !== "file")
    throw new HttpError(
      "invalid-request",
      `The form has a file named ${JSON.stringify(part.fieldname)}; expected "file".`,
    );
  files.push(await content.receiveFile(part.filename ?? "", part.file));
}
