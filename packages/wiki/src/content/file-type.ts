import { imageSize } from "image-size";

/** So many bytes from the start of a file determine its type and the size of an image. */
export const FILE_HEAD_BYTES = 256 * 1024;

const ascii = (text: string) => Buffer.from(text, "latin1");

/** The bytes at an offset that mark a type. Containers come after the types that they may contain. */
const SIGNATURES: readonly (readonly [
  type: string,
  offset: number,
  mark: Uint8Array,
  ...more: [number, Uint8Array][],
])[] = [
  ["image/png", 0, Buffer.from("89504e470d0a1a0a", "hex")],
  ["image/jpeg", 0, Buffer.from("ffd8ff", "hex")],
  ["image/gif", 0, ascii("GIF87a")],
  ["image/gif", 0, ascii("GIF89a")],
  ["image/webp", 0, ascii("RIFF"), [8, ascii("WEBP")]],
  ["image/avif", 4, ascii("ftypavif")],
  ["image/avif", 4, ascii("ftypavis")],
  ["image/heic", 4, ascii("ftypheic")],
  ["image/heic", 4, ascii("ftypmif1")],
  ["image/bmp", 0, ascii("BM"), [6, Buffer.alloc(4)]],
  ["image/x-icon", 0, Buffer.from("00000100", "hex")],
  ["image/tiff", 0, Buffer.from("49492a00", "hex")],
  ["image/tiff", 0, Buffer.from("4d4d002a", "hex")],
  ["application/pdf", 0, ascii("%PDF-")],
  ["audio/wav", 0, ascii("RIFF"), [8, ascii("WAVE")]],
  ["audio/mpeg", 0, ascii("ID3")],
  ["audio/mpeg", 0, Buffer.from("fffb", "hex")],
  ["audio/flac", 0, ascii("fLaC")],
  ["audio/mp4", 4, ascii("ftypM4A ")],
  ["application/ogg", 0, ascii("OggS")],
  ["video/quicktime", 4, ascii("ftypqt  ")],
  ["video/mp4", 4, ascii("ftyp")],
  ["video/webm", 0, Buffer.from("1a45dfa3", "hex")],
  ["application/zip", 0, Buffer.from("504b0304", "hex")],
  ["application/zip", 0, Buffer.from("504b0506", "hex")],
  ["application/gzip", 0, Buffer.from("1f8b", "hex")],
  ["application/x-7z-compressed", 0, Buffer.from("377abcaf271c", "hex")],
  ["application/wasm", 0, Buffer.from("0061736d", "hex")],
  ["font/woff2", 0, ascii("wOF2")],
  ["font/woff", 0, ascii("wOFF")],
];

/** Types that the bytes do not tell apart, by the extension of the name. */
const ZIP_TYPES: Readonly<Record<string, string>> = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt: "application/vnd.oasis.opendocument.text",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odp: "application/vnd.oasis.opendocument.presentation",
  epub: "application/epub+zip",
};
const TEXT_TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  md: "text/markdown",
  markdown: "text/markdown",
  json: "application/json",
  html: "text/html",
  htm: "text/html",
  xhtml: "application/xhtml+xml",
  xml: "application/xml",
  css: "text/css",
  js: "text/javascript",
  mjs: "text/javascript",
  yaml: "application/yaml",
  yml: "application/yaml",
};

/**
 * Returns the media type of a file. The bytes decide; the name only distinguishes texts and types that share a container.
 * @param head the first bytes of the file, at most `FILE_HEAD_BYTES`
 */
export function fileTypeOf(name: string, head: Uint8Array): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const type = SIGNATURES.find(([, ...marks]) => hasMarks(head, marks))?.[0];
  if (type === "application/zip") return ZIP_TYPES[extension] ?? type;
  if (type !== undefined) return type;
  const text = textOf(head);
  if (text === undefined) return "application/octet-stream";
  if (isSvg(text)) return "image/svg+xml";
  if (/^\s*<(?:!doctype html|html|head|body|script)\b/i.test(text)) return "text/html";
  if (/^\s*<\?xml\b/i.test(text)) return extension === "xhtml" ? "application/xhtml+xml" : "application/xml";
  return TEXT_TYPES[extension] ?? "text/plain";
}

function hasMarks(
  head: Uint8Array,
  [offset, mark, ...more]: readonly [number, Uint8Array, ...[number, Uint8Array][]],
): boolean {
  const isAt = (at: number, bytes: Uint8Array) =>
    Buffer.compare(head.subarray(at, at + bytes.length), bytes) === 0;
  return isAt(offset, mark) && more.every(([at, bytes]) => isAt(at, bytes));
}

/** Returns the text of UTF-8 without control characters other than white space; undefined for other bytes. */
function textOf(head: Uint8Array): string | undefined {
  try {
    // With `stream`, a character that the end of the head cuts is no error.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: texts contain none but white space.
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Matches what may precede the root element of XML. Each alternative begins differently, so it takes linear time. */
const XML_PROLOG =
  /^(?:\s+|<\?(?:[^?]|\?(?!>))*\?>|<!--(?:[^-]|-(?!->))*-->|<!DOCTYPE(?:[^>[]|\[[^\]]*\])*>)*/i;

function isSvg(text: string): boolean {
  const prolog = XML_PROLOG.exec(text)?.[0] ?? "";
  return /^<(?:[a-z]+:)?svg[\s>/]/i.test(text.slice(prolog.length, prolog.length + 100));
}

const SIZED_TYPES: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/bmp",
  "image/svg+xml",
]);
const MAX_PIXELS = 1_000_000;

/** Returns the size at which browsers show an image; empty if it is unknown. */
export function imageSizeOf(
  type: string,
  head: Uint8Array,
): { readonly width?: number; readonly height?: number } {
  if (!SIZED_TYPES.has(type)) return {};
  try {
    const { width, height, orientation = 1 } = imageSize(head);
    const [shownWidth, shownHeight] = [width, height].map(Math.round) as [number, number];
    const isPlausible = [shownWidth, shownHeight].every((pixels) => pixels >= 1 && pixels <= MAX_PIXELS);
    if (!isPlausible) return {};
    // EXIF orientations from 5 on turn the image by 90 degrees.
    return orientation >= 5
      ? { width: shownHeight, height: shownWidth }
      : { width: shownWidth, height: shownHeight };
  } catch {
    return {};
  }
}
