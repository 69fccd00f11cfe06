import { isPlainObject, setField } from "../clone.ts";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";

/** Turns plain data into text and back. */
export interface Transcoder {
  encode(value: unknown): string;
  /** Returns what `encode` was given. */
  decode(text: string): unknown;
}

/** Stores values of one more type, such as a class of the application. Values must not change once made. */
export interface Transcoding<Value = unknown> {
  /** A stable name, stored with each value. */
  readonly name: string;
  /** Returns true if `value` is of this type. */
  matches(value: unknown): value is Value;
  /** Returns plain data, or a value that has a transcoding itself. */
  encode(value: Value): unknown;
  decode(encoded: unknown): Value;
}

const TYPE = "$type";

const dates: Transcoding<Date> = {
  name: "date",
  matches: (value): value is Date => value instanceof Date,
  encode: (value) => {
    if (Number.isNaN(value.getTime())) throw new InvalidArgumentError("a date", value, "a valid date");
    return value.toISOString();
  },
  decode: (encoded) => new Date(String(encoded)),
};

const bigints: Transcoding<bigint> = {
  name: "bigint",
  matches: (value): value is bigint => typeof value === "bigint",
  encode: String,
  decode: (encoded) => BigInt(String(encoded)),
};

const bytes: Transcoding<Uint8Array> = {
  name: "bytes",
  matches: (value): value is Uint8Array => value instanceof Uint8Array,
  encode: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
  decode: (encoded) => new Uint8Array(Buffer.from(String(encoded), "base64")),
};

// JSON writes -0 as 0.
const negativeZero: Transcoding<number> = {
  name: "number",
  matches: (value): value is number => Object.is(value, -0),
  encode: () => "-0",
  decode: Number,
};

const BUILT_IN: readonly Transcoding[] = [dates, bigints, bytes, negativeZero];
/** The names of containers and of objects held in several places. */
const RESERVED = ["object", "dictionary", "map", "set", "shared", "reference"];

/**
 * Turns plain data into JSON and back: null, booleans, finite numbers, any string, arrays, plain objects, Date, bigint,
 * Map, Set and Uint8Array, and the types that `transcodings` add. A field that is undefined is left out. An object held
 * in several places comes back as one object; cycles are kept.
 */
export class JsonTranscoder implements Transcoder {
  readonly #transcodings: readonly Transcoding[];
  readonly #byName: ReadonlyMap<string, Transcoding>;

  /** @throws ProgrammingError if two transcodings have one name */
  constructor(transcodings: readonly Transcoding[] = []) {
    this.#transcodings = [...BUILT_IN, ...transcodings];
    const names = [...RESERVED, ...this.#transcodings.map(({ name }) => name)];
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new ProgrammingError(`Two transcodings are called "${twice}".`);
    this.#byName = new Map(this.#transcodings.map((transcoding) => [transcoding.name, transcoding]));
  }

  /** @throws InvalidArgumentError naming a value that could not be read back as it is */
  encode(value: unknown): string {
    if (isJson(value, new Set())) return JSON.stringify(value);
    const { visit, shared } = searchShared();
    const json = this.#toJson(value, "the value", visit);
    return JSON.stringify(shared.size === 0 ? json : this.#toJson(value, "the value", numberShared(shared)));
  }

  /** @throws SyntaxError if `text` is not JSON; ProgrammingError if a transcoding is missing */
  decode(text: string): unknown {
    return text.includes(`"${TYPE}"`) ? this.#fromJson(JSON.parse(text), new Map()) : JSON.parse(text);
  }

  #toJson(value: unknown, path: string, visit: Visit): unknown {
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
    if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return value;
    const transcoding = this.#transcodings.find((each) => each.matches(value));
    const content = (): unknown => {
      if (transcoding === undefined) return this.#containerToJson(value, path, visit);
      return typed(transcoding.name, this.#toJson(transcoding.encode(value), path, visit));
    };
    // Values of the application's own types are values, whose identity is not kept.
    const isShareable = transcoding === undefined || BUILT_IN.includes(transcoding);
    const written = typeof value === "object" && isShareable ? visit(value as object, content) : undefined;
    return written === undefined ? content() : written;
  }

  #containerToJson(value: unknown, path: string, visit: Visit): unknown {
    const item = (inner: unknown, index: number) => this.#toJson(inner, `${path}[${index}]`, visit);
    // Array.from, unlike map, visits holes, which are refused as undefined.
    if (Array.isArray(value)) return Array.from(value, item);
    if (value instanceof Map)
      return typed(
        "map",
        [...value].map((entry) => entry.map(item)),
      );
    if (value instanceof Set) return typed("set", [...value].map(item));
    if (typeof value !== "object" || value === null || !isPlainObject(value))
      throw new InvalidArgumentError(path, value, "plain data, or have a transcoding");
    const result = {};
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (inner !== undefined) setField(result, key, this.#toJson(inner, `${path}.${key}`, visit));
    }
    // Objects without a prototype, such as the result of Object.groupBy.
    if (Object.getPrototypeOf(value) === null) return typed("dictionary", Object.entries(result));
    // An object with a field "$type" is written as a list of fields, so that it is not read as a type of ours.
    return Object.hasOwn(result, TYPE) ? typed("object", Object.entries(result)) : result;
  }

  /**
   * @param shared the objects held in several places, by number
   * @param register called with the object before its content is read, which may refer to it
   */
  #fromJson(json: unknown, shared: Map<unknown, unknown>, register?: (object: unknown) => void): unknown {
    if (typeof json !== "object" || json === null) return json;
    const read = (inner: unknown) => this.#fromJson(inner, shared);
    if (Array.isArray(json))
      return fill<unknown[]>([], register, (array) => {
        for (const item of json) array.push(read(item));
      });
    const fields = json as Record<string, unknown>;
    const name = Object.hasOwn(fields, TYPE) ? fields[TYPE] : undefined;
    switch (name) {
      case undefined:
        return readFields(Object.entries(fields), read, register);
      case "object":
        return readFields(fields.value as [string, unknown][], read, register);
      case "dictionary":
        return readFields(fields.value as [string, unknown][], read, register, Object.create(null));
      case "map":
        return fill(new Map(), register, (map) => {
          for (const [key, inner] of fields.value as [unknown, unknown][]) map.set(read(key), read(inner));
        });
      case "set":
        return fill(new Set(), register, (set) => {
          for (const inner of fields.value as unknown[]) set.add(read(inner));
        });
      case "shared": {
        const [number, inner] = fields.value as [unknown, unknown];
        const value = this.#fromJson(inner, shared, (object) => shared.set(number, object));
        shared.set(number, value);
        return value;
      }
      case "reference":
        return shared.get(fields.value);
    }
    const transcoding = this.#byName.get(String(name));
    if (transcoding === undefined)
      throw new ProgrammingError(
        `A value of type ${JSON.stringify(name)} was stored, and no transcoding has this name. Add it to \`transcodings\`.`,
      );
    return transcoding.decode(read(fields.value));
  }
}

/** Decides how an object is written: returns its JSON, or undefined to have its content written. */
type Visit = (object: object, content: () => unknown) => unknown;

/** Returns a visitor that collects the objects held in several places. */
function searchShared(): { readonly visit: Visit; readonly shared: Map<object, number> } {
  const seen = new Set<object>();
  const shared = new Map<object, number>();
  const visit: Visit = (object) => {
    if (!seen.has(object)) {
      seen.add(object);
      return undefined;
    }
    shared.set(object, 0);
    return null;
  };
  return { visit, shared };
}

/** Returns a visitor that writes an object of `shared` with a number, and as a reference to it from then on. */
function numberShared(shared: Map<object, number>): Visit {
  let last = 0;
  return (object, content) => {
    const number = shared.get(object);
    if (number === undefined) return undefined;
    if (number > 0) return typed("reference", number);
    last += 1;
    const own = last;
    shared.set(object, own);
    return typed("shared", [own, content()]);
  };
}

/** Returns true if `JSON.stringify` writes `value` so that `JSON.parse` returns an equal value. */
function isJson(value: unknown, seen: Set<object>): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || seen.has(value)) return false;
  seen.add(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (!isJson(value[index], seen)) return false;
    return true;
  }
  if (!isPlainObject(value) || Object.getPrototypeOf(value) === null || Object.hasOwn(value, TYPE))
    return false;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (inner !== undefined && !isJson(inner, seen)) return false;
  }
  return true;
}

function typed(name: string, value: unknown): object {
  return { [TYPE]: name, value };
}

function fill<Container>(
  container: Container,
  register: ((object: unknown) => void) | undefined,
  addContent: (container: Container) => void,
): Container {
  register?.(container);
  addContent(container);
  return container;
}

function readFields(
  fields: readonly (readonly [string, unknown])[],
  read: (json: unknown) => unknown,
  register: ((object: unknown) => void) | undefined,
  target: object = {},
): object {
  return fill(target, register, (object) => {
    for (const [key, inner] of fields) setField(object, key, read(inner));
  });
}
