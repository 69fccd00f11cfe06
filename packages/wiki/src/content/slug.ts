import { CodedError } from "@palimpsest/eventsourcing";

export const MAX_SLUG_BYTES = 200;

/** First path segments of other resources: the web interface, the API and well-known files. */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([
  "-",
  "api",
  "healthz",
  "readyz",
  "metrics",
  ".well-known",
  "robots.txt",
  "favicon.ico",
]);

/** The text is not a valid slug. */
export class InvalidSlugError extends CodedError {
  readonly code = "invalid-slug";
  /** The text as the caller passed it. */
  readonly value: string;
  /** A valid slug that resembles the text, if there is one. */
  readonly suggestion?: string;

  constructor(value: string, reason: string) {
    const suggestion = suggestSlug(value);
    const shown = value.length > 100 ? `${value.slice(0, 100)}…` : value;
    super(
      `${JSON.stringify(shown)} is not a valid slug: ${reason}; expected one such as ` +
        `${JSON.stringify(suggestion ?? "handbook/on-call")}.`,
    );
    this.value = value;
    if (suggestion !== undefined) this.suggestion = suggestion;
  }
}

/**
 * Returns the canonical form of a slug, in which it is stored and compared: lower case in Normalization Form C (UAX #15).
 * The function is idempotent.
 *
 * A slug is one or more segments joined by "/". Invalid are:
 *
 * - empty segments, "." and "..", and a reserved first segment
 * - more than 200 bytes of UTF-8
 * - white space, control characters and lone surrogates
 * - format characters (category Cf), except the joiners U+200C and U+200D, which some scripts need
 * - `\`, `?`, `#` and `%`, which have other meanings in URLs
 *
 * @throws InvalidSlugError
 */
export function canonicalSlug(text: string): string {
  const slug = normalize(text);
  const reason = invalidReason(slug);
  if (reason) throw new InvalidSlugError(text, reason);
  return slug;
}

/** Returns the canonical form of a slug, or undefined if the text is not a valid slug. */
export function parseSlug(text: string): string | undefined {
  const slug = normalize(text);
  return invalidReason(slug) === undefined ? slug : undefined;
}

/**
 * Returns the slug that a person means by a typed or pasted address: "-" replaces white space and other characters that a
 * slug cannot contain, and empty segments are left out. The result can be invalid: empty, reserved or too long.
 */
export function slugFromAddress(text: string): string {
  return (
    parseSlug(text) ??
    normalize(decoded(text.trim()))
      .replace(/^https?:\/\/[^/]*/, "")
      .replace(/(?![\u200c\u200d])\p{Cf}|\p{Cs}/gu, "")
      .split("/")
      .map((segment) => segment.replace(/[\s\p{Cc}\\?#%]+/gu, "-").replace(/^-+|-+$/g, ""))
      .filter((segment) => !["", ".", ".."].includes(segment))
      .join("/")
  );
}

/** Returns a valid slug that resembles the text. Returns undefined for a text without letters, digits or symbols. */
function suggestSlug(text: string): string | undefined {
  // Enough for every valid slug.
  const slug = slugFromAddress(text.slice(0, 4 * MAX_SLUG_BYTES));
  const [first = "", ...others] = slug.split("/");
  const unreserved = RESERVED_SEGMENTS.has(first) ? [`${first}-page`, ...others].join("/") : slug;
  return parseSlug(truncateToBytes(unreserved, MAX_SLUG_BYTES));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Returns a canonical slug for a title: its words in lower case, in any script, joined by "-". Returns "page" for a title
 * without letters and digits, appends "-page" to a reserved segment, and truncates the slug to 200 bytes.
 */
export function slugFromTitle(title: string): string {
  const words = normalize(title)
    .replace(/(?<=\p{L})['’](?=\p{L})/gu, "")
    .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*/gu);
  const slug = truncateToBytes(words?.join("-") ?? "page", MAX_SLUG_BYTES);
  return RESERVED_SEGMENTS.has(slug) ? `${slug}-page` : slug;
}

/** Appends a number, for a slug that is taken: "intro" and 2 make "intro-2". Truncates the slug to 200 bytes. */
export function numberedSlug(slug: string, number: number): string {
  const ending = `-${number}`;
  return truncateToBytes(slug, MAX_SLUG_BYTES - ending.length) + ending;
}

function normalize(text: string): string {
  return text.normalize("NFC").toLowerCase().normalize("NFC");
}

function invalidReason(slug: string): string | undefined {
  if (slug === "") return "it is empty";
  if (/\p{Cs}/u.test(slug)) return "it contains a lone surrogate";
  const bytes = Buffer.byteLength(slug);
  if (bytes > MAX_SLUG_BYTES) return `it is ${bytes} bytes long`;
  if (/\p{Cc}/u.test(slug)) return "it contains a control character";
  if (/\s/.test(slug)) return "it contains white space";
  if (/(?![\u200c\u200d])\p{Cf}/u.test(slug)) return "it contains an invisible character";
  const symbol = /[\\?#%]/.exec(slug)?.[0];
  if (symbol) return `it contains "${symbol}"`;
  const segments = slug.split("/");
  if (segments.includes("")) return "a segment is empty";
  const dots = segments.find((segment) => segment === "." || segment === "..");
  if (dots) return `"${dots}" is a segment`;
  const first = segments[0] ?? "";
  if (RESERVED_SEGMENTS.has(first)) return `"${first}" is reserved`;
  return undefined;
}

/** Truncates a slug at a code point, without a separator at the end. */
function truncateToBytes(slug: string, maxBytes: number): string {
  if (Buffer.byteLength(slug) <= maxBytes) return slug;
  let end = 0;
  let bytes = 0;
  for (const character of slug) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return slug.slice(0, end).replace(/[-/]+$/, "");
}
