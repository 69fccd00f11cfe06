import { CodedError } from "@palimpsest/eventsourcing";

export const MAX_SLUG_BYTES = 200;

/** First segments of addresses that are not pages: the wiki's own screens, the API, and well-known files. */
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

/** The text cannot be a page's address. `value` is the text as it was given. */
export class InvalidSlugError extends CodedError {
  readonly code = "invalid-slug";
  readonly value: string;

  constructor(value: string, why: string) {
    const shown = value.length > 100 ? `${value.slice(0, 100)}…` : value;
    super(
      `${JSON.stringify(shown)} cannot be a slug: ${why}. A slug is made of segments joined by "/", none of ` +
        'them empty, "." or "..", without white space (use "-"), control or invisible characters, \\, ?, # ' +
        `and %; it has at most ${MAX_SLUG_BYTES} bytes and does not start with a reserved segment ` +
        `(${[...RESERVED_SEGMENTS].join(", ")}).`,
    );
    this.value = value;
  }
}

/**
 * The one form in which a slug is stored, hashed and compared: Unicode NFC, lower case. Doing it again
 * changes nothing.
 *
 * A slug is one or more segments joined by "/". Refused are: an empty text or segment (so also a "/" at
 * either end), the segments "." and "..", a reserved first segment, more than 200 bytes of UTF-8, white
 * space of any kind, control characters, lone surrogates, invisible formatting characters (joiners within
 * words apart, which some scripts need), and `\`, `?`, `#`, `%`, which mean something else in an address.
 *
 * @throws InvalidSlugError saying which of these it was
 */
export function canonicalSlug(text: string): string {
  const slug = normalised(text);
  const why = whyRefused(slug);
  if (why) throw new InvalidSlugError(text, why);
  return slug;
}

/**
 * The slug that a page of this title is given: its words, in any script, in lower case, joined by "-".
 * Always valid and canonical: "page" if the title has no letters or digits, a reserved word gets "-page"
 * behind it, and what is over 200 bytes is cut.
 */
export function slugFromTitle(title: string): string {
  const words = normalised(title)
    .replace(/(?<=\p{L})['’](?=\p{L})/gu, "")
    .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*/gu);
  const slug = cutToBytes(words?.join("-") ?? "page", MAX_SLUG_BYTES);
  return RESERVED_SEGMENTS.has(slug) ? `${slug}-page` : slug;
}

/** Another slug for when `slug` is taken: "intro" and 2 give "intro-2". It is cut to stay within 200 bytes. */
export function numberedSlug(slug: string, number: number): string {
  const ending = `-${number}`;
  return cutToBytes(slug, MAX_SLUG_BYTES - ending.length) + ending;
}

function normalised(text: string): string {
  return text.normalize("NFC").toLowerCase().normalize("NFC");
}

function whyRefused(slug: string): string | undefined {
  if (slug === "") return "it is empty";
  if (/\p{Cs}/u.test(slug)) return "it holds half of a surrogate pair";
  const bytes = Buffer.byteLength(slug);
  if (bytes > MAX_SLUG_BYTES) return `it has ${bytes} bytes`;
  if (/\p{Cc}/u.test(slug)) return "it holds a control character";
  if (/\s/.test(slug)) return "it holds white space";
  if (/(?![\u200c\u200d])\p{Cf}/u.test(slug)) return "it holds an invisible character";
  const symbol = /[\\?#%]/.exec(slug)?.[0];
  if (symbol) return `it holds "${symbol}"`;
  const segments = slug.split("/");
  if (segments.includes("")) return "a segment is empty";
  const dots = segments.find((segment) => segment === "." || segment === "..");
  if (dots) return `"${dots}" is a segment`;
  const first = segments[0] ?? "";
  if (RESERVED_SEGMENTS.has(first)) return `"${first}" is reserved`;
  return undefined;
}

/** Never within a character, and without a separator left at the end. */
function cutToBytes(slug: string, most: number): string {
  if (Buffer.byteLength(slug) <= most) return slug;
  let end = 0;
  let bytes = 0;
  for (const character of slug) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    end += character.length;
  }
  return slug.slice(0, end).replace(/[-/]+$/, "");
}
