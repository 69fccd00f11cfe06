import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ByteRange, FileStorage, StoredFile } from "../application/files.ts";
import type { PageFile } from "../domain/page-files.ts";
import { HttpError } from "./errors.ts";
import { matchesEtag } from "./etag.ts";

/** Browsers run no scripts of a file, load nothing for it, and give it an origin of its own. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Types that browsers show without running anything in them. SVG is one only with `POLICY`. */
const SHOWN_TYPES =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon|svg\+xml)|audio\/.+|video\/.+|text\/plain)$/;

/** Sends the bytes of a file, which never change, or the requested range of them. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    files,
    stored,
    isPublic,
  }: { readonly files: FileStorage; readonly stored: StoredFile; readonly isPublic: boolean },
): Promise<FastifyReply> {
  const { file } = stored;
  const etag = `"${file.sha256}"`;
  const isUnchanged = matchesEtag(request.headers["if-none-match"], etag);
  const range = isUnchanged ? undefined : rangeOf(request, file.bytes, etag);
  const hasBytes = !isUnchanged && request.method !== "HEAD";
  // An empty stream, since Fastify sets the length of an empty text to 0.
  const bytes = Readable.from(hasBytes ? await files.read(stored, range) : [], { objectMode: false });
  // Set after everything that can fail, so that errors are not cached.
  reply.headers({
    "cache-control": `${isPublic ? "public" : "private"}, max-age=31536000, immutable`,
    "content-security-policy": POLICY,
    "content-disposition": dispositionOf(file),
    "accept-ranges": "bytes",
    etag,
  });
  if (isUnchanged) return reply.code(304).send();
  const { start, end } = range ?? { start: 0, end: file.bytes };
  reply.type(file.type.startsWith("text/") ? `${file.type}; charset=utf-8` : file.type);
  reply.header("content-length", end - start);
  if (range !== undefined) reply.code(206).header("content-range", `bytes ${start}-${end - 1}/${file.bytes}`);
  return reply.send(bytes);
}

function dispositionOf({ name, type }: PageFile): string {
  const kind = SHOWN_TYPES.test(type) ? "inline" : "attachment";
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/**
 * Returns the one range of bytes that a request asks for. Several ranges, and a range of another version, count as none.
 * @throws HttpError `range-not-satisfiable`
 */
function rangeOf({ headers }: FastifyRequest, bytes: number, etag: string): ByteRange | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? "") ?? [];
  const ifRange = headers["if-range"];
  if ((first === "" && last === "") || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const start = first === "" ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes : Math.min(bytes, Number(last) + 1);
  if (start < end && start < bytes) return { start, end };
  throw new HttpError(
    "range-not-satisfiable",
    `The range ${headers.range} is outside the file, which has ${bytes} bytes.`,
  );
}
