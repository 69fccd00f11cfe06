import { setField } from "../clone.ts";
import { InvalidArgumentError, ProgrammingError } from "../errors.ts";

/** Lets values of one more type be stored. */
export interface Transcoding<Value = unknown> {
  /** Stable name, stored with each value. */
  readonly name: string;
  /** True of the values that this transcoding is for. */
  matches(value: unknown): value is Value;
  /** Returns something that can be transcoded in its turn. */
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

// JSON text would have it as 0.
const negativeZero: Transcoding<number> = {
  name: "number",
  matches: (value): value is number => Object.is(value, -0),
  encode: () => "-0",
  decode: Number,
};

// An object of the user's own that has a "$type" is put in one of these, so that it is not taken for ours.
const objects: Transcoding<object> = {
  name: "object",
  matches: (value): value is object => isPlain(value) && Object.hasOwn(value, TYPE),
  encode: (value) => Object.entries(value).filter(([, inner]) => inner !== undefined),
  decode: (encoded) => Object.fromEntries(encoded as [string, unknown][]),
};

/**
 * Turns plain data into JSON text and back: null, booleans, finite numbers, strings (any, lone surrogates too),
 * arrays, plain objects, dates and big integers, and what `transcodings` add. A field that is undefined is left out.
 */
export class JsonTranscoder {
  readonly #transcodings: readonly Transcoding[];

  constructor(transcodings: readonly Transcoding[] = []) {
    this.#transcodings = [dates, bigints, negativeZero, objects, ...transcodings];
    const names = this.#transcodings.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new ProgrammingError(`There are two transcodings called "${twice}".`);
  }

  /** @throws InvalidArgumentError for a value that could not be read back as it is */
  encode(value: unknown): string {
    return JSON.stringify(this.#toJson(value, "the value"));
  }

  /** @throws SyntaxError, ProgrammingError where a transcoding is missing */
  decode(text: string): unknown {
    return text.includes(`"${TYPE}"`) ? this.#fromJson(JSON.parse(text)) : JSON.parse(text);
  }

  #toJson(value: unknown, path: string): unknown {
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
    if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return value;
    const transcoding = this.#transcodings.find((each) => each.matches(value));
    if (transcoding !== undefined) {
      return { [TYPE]: transcoding.name, value: this.#toJson(transcoding.encode(value), path) };
    }
    // Unlike map, this meets the holes of an array, which are refused as undefined.
    if (Array.isArray(value)) {
      return Array.from(value, (item, index) => this.#toJson(item, `${path}[${index}]`));
    }
    if (isPlain(value)) {
      const result = {};
      for (const [key, inner] of Object.entries(value)) {
        if (inner !== undefined) setField(result, key, this.#toJson(inner, `${path}.${key}`));
      }
      return result;
    }
    throw new InvalidArgumentError(path, value, "plain data, or have a transcoding");
  }

  #fromJson(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#fromJson(item));
    const fields = value as Record<string, unknown>;
    if (!Object.hasOwn(fields, TYPE)) {
      const result = {};
      for (const [key, inner] of Object.entries(fields)) setField(result, key, this.#fromJson(inner));
      return result;
    }
    const transcoding = this.#transcodings.find(({ name }) => name === fields[TYPE]);
    if (transcoding === undefined) {
      throw new ProgrammingError(
        `A value of type ${JSON.stringify(fields[TYPE])} has no transcoding to be read with.`,
      );
    }
    return transcoding.decode(this.#fromJson(fields.value));
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
