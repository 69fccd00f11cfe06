import { isUtf8 } from "node:buffer";
import { parse } from "node:querystring";
import { CodedError, LimitExceededError } from "@palimpsest/eventsourcing";

/** The largest text of a request is the body of a page, of at most 10 MB. */
const MAX_TEXT_UNITS = 10 * 1024 * 1024;
const MAX_FIELDS = 1_000;
const MAX_JSON_VALUES = 1_000;
const MAX_JSON_DEPTH = 32;

/** The body of a request does not have the format of its content type. */
export class MalformedBodyError extends CodedError {
  readonly code = "malformed-body";
}

/**
 * Parses JSON in UTF-8. Counts values and levels before parsing, which can take much more memory than the text.
 * @throws MalformedBodyError, LimitExceededError
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = bufferOf(bytes);
  if (text.length === 0) throw new MalformedBodyError("The body is empty; expected JSON.");
  if (!isUtf8(text)) throw new MalformedBodyError("The body is not in UTF-8.");
  checkJsonStructure(text);
  let value: unknown;
  try {
    value = JSON.parse(text.toString());
  } catch {
    throw new MalformedBodyError("The body is not valid JSON.");
  }
  checkJsonValue("the body", value);
  return value;
}

/** Parses the fields of an HTML form (`application/x-www-form-urlencoded`). @throws LimitExceededError */
export function parseForm(bytes: Uint8Array): Record<string, string | string[]> {
  const text = bufferOf(bytes);
  let fields = 1;
  for (let at = text.indexOf("&"); at !== -1; at = text.indexOf("&", at + 1)) fields += 1;
  checkLimit("fields of the form", fields, MAX_FIELDS);
  const form = parse(text.toString(), "&", "=", { maxKeys: MAX_FIELDS });
  for (const [name, value] of Object.entries(form)) {
    for (const one of [value].flat()) checkText(name, one ?? "");
  }
  return form as Record<string, string | string[]>;
}

/** Returns a view of bytes that no thread shares. */
function bufferOf(bytes: Uint8Array): Buffer {
  if (bytes.buffer instanceof SharedArrayBuffer) return Buffer.from(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

function checkJsonStructure(text: Buffer): void {
  let values = 1;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === COMMA) values += 1;
    else if (byte === ARRAY || byte === OBJECT) {
      values += 1;
      depth += 1;
      if (depth > MAX_JSON_DEPTH) checkLimit("nested levels of the JSON body", depth, MAX_JSON_DEPTH);
    } else if (byte === ARRAY_END || byte === OBJECT_END) depth -= 1;
  }
  checkLimit("values of the JSON body", values, MAX_JSON_VALUES);
}

/** Refuses fields that could change the prototype of an object that they are copied to. */
function checkJsonValue(name: string, value: unknown): void {
  if (typeof value === "string") checkText(name, value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const isPrototype =
      key === "__proto__" || (key === "constructor" && Object.hasOwn(Object(member), "prototype"));
    if (isPrototype) throw new MalformedBodyError(`The body has the forbidden field ${key}.`);
    checkJsonValue(key, member);
  }
}

function checkText(name: string, text: string): void {
  const shown = name.length > 50 ? `${name.slice(0, 50)}…` : name;
  checkLimit(`UTF-16 code units of ${shown}`, text.length, MAX_TEXT_UNITS);
}

function checkLimit(what: string, actual: number, limit: number): void {
  if (actual > limit) throw new LimitExceededError(what, actual, limit);
}
