import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodedError, InvalidArgumentError, ProgrammingError } from "../errors.ts";
import { JsonTranscoder, type Transcoding } from "./transcoder.ts";

class Money {
  readonly cents: bigint;
  readonly since: Date;
  constructor(cents: bigint, since: Date) {
    this.cents = cents;
    this.since = since;
  }
}

const money: Transcoding<Money> = {
  name: "money",
  matches: (value) => value instanceof Money,
  encode: ({ cents, since }) => ({ cents, since, $type: "date" }),
  decode: (encoded) => {
    const { cents, since } = encoded as { cents: bigint; since: Date };
    return new Money(cents, since);
  },
};

const transcoder = new JsonTranscoder([money]);
const hostileKey = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("$type", "value", "__proto__", "toJSON", "constructor"),
);
const loneSurrogates = fc
  .array(fc.integer({ min: 0, max: 0xffff }))
  .map((units) => String.fromCharCode(...units));
const storable = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.constantFrom(null, true, false, -0, "date", "bigint", "object"),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: "binary" }),
      loneSurrogates,
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
      fc
        .tuple(fc.bigInt(), fc.date({ noInvalidDate: true }))
        .map(([cents, since]) => new Money(cents, since)),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(hostileKey, tie("value")), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

describe("the JSON transcoder", () => {
  it("decodes every value that it encodes, also -0 and lone surrogates", () => {
    fc.assert(
      fc.property(storable, (value) => {
        const text = transcoder.encode(value);
        expect(Buffer.from(text).toString()).toBe(text);
        expect(isDeepStrictEqual(transcoder.decode(text), value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("writes JSON values as readable JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(
          !JSON.stringify(value).includes('"$type"') &&
            isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value),
        );
        expect(transcoder.encode(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it("leaves out an undefined field, even in an object with a $type field", () => {
    expect(transcoder.decode(transcoder.encode({ a: 1, b: undefined }))).toEqual({ a: 1 });
    const typed = transcoder.decode(transcoder.encode({ $type: "date", b: undefined })) as object;
    expect(Object.keys(typed)).toEqual(["$type"]);
  });

  const refused: readonly [string, unknown, string][] = [
    ["NaN", { a: [1, { b: Number.NaN }] }, "the value.a[1].b"],
    ["infinity", [Number.POSITIVE_INFINITY], "the value[0]"],
    ["a function", { a: () => 1 }, "the value.a"],
    ["a symbol", { a: Symbol("s") }, "the value.a"],
    ["an instance of a class", { a: new (class Hidden {})() }, "the value.a"],
    ["an instance of a class in a map", { a: new Map([["k", new (class Hidden {})()]]) }, "the value.a[1]"],
    ["an invalid date", { a: new Date(Number.NaN) }, "valid date"],
    ["undefined in an array", { a: [1, undefined] }, "the value.a[1]"],
    // biome-ignore lint/suspicious/noSparseArray: which JSON would make null
    ["a hole in an array", { a: [1, , 3] }, "the value.a[1]"],
    ["undefined", undefined, "the value"],
  ];
  it.each(refused)("refuses %s and says where it is", (_, value, path) => {
    expect(() => transcoder.encode(value)).toThrow(InvalidArgumentError);
    expect(() => transcoder.encode(value)).toThrow(path);
  });

  it("decodes maps, sets and bytes", () => {
    const value = {
      map: new Map<unknown, unknown>([["k", { $type: 1 }]]),
      set: new Set([1, "a"]),
      bytes: Uint8Array.of(1, 2),
    };
    expect(transcoder.decode(transcoder.encode(value))).toEqual(value);
  });

  it("decodes shared references as one object, and cycles", () => {
    const line = { sku: "a", at: new Date(5) };
    const order: Record<string, unknown> = { lines: [line], bySku: new Map([["a", line]]), at: line.at };
    order.self = order;
    const read = transcoder.decode(transcoder.encode(order)) as typeof order;
    const [readLine] = read.lines as [typeof line];
    expect((read.bySku as Map<string, object>).get("a")).toBe(readLine);
    expect(read.at).toBe(readLine.at);
    expect(read.self).toBe(read);
    expect(readLine).toEqual(line);
  });

  it("reads the format of earlier versions", () => {
    const text =
      '{"a":{"$type":"date","value":"1970-01-01T00:00:00.005Z"},"b":{"$type":"object","value":[["$type","x"]]},"c":{"$type":"number","value":"-0"},"d":{"$type":"bigint","value":"7"}}';
    const value = { a: new Date(5), b: { $type: "x" }, c: -0, d: 7n };
    expect(transcoder.decode(text)).toEqual(value);
    expect(transcoder.encode(value)).toBe(text);
  });

  it("refuses to read a type without a transcoding", () => {
    const text = transcoder.encode({ price: new Money(5n, new Date(0)) });
    expect(() => new JsonTranscoder().decode(text)).toThrow(ProgrammingError);
    expect(() => new JsonTranscoder().decode(text)).toThrow('"money"');
  });

  it("refuses two transcodings of one name, including the built-in ones", () => {
    expect(() => new JsonTranscoder([money, money])).toThrow('"money"');
    expect(() => new JsonTranscoder([{ ...money, name: "date" }])).toThrow(CodedError);
  });
});
