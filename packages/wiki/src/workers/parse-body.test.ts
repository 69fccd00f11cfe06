import { LimitExceededError } from "@palimpsest/eventsourcing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedBodyError, parseForm, parseJson } from "./parse-body.ts";

/** Returns bytes as a request has them, or as a worker thread gets them. */
function bytesOf(text: string | Buffer, isShared: boolean): Uint8Array {
  const bytes = Buffer.from(text);
  const view = new Uint8Array(isShared ? new SharedArrayBuffer(bytes.length) : new ArrayBuffer(bytes.length));
  view.set(bytes);
  return view;
}

describe.each([false, true])("a body in JSON (shared bytes: %s)", (isShared) => {
  const json = (text: string | Buffer) => parseJson(bytesOf(text, isShared));

  it("is parsed as JSON.parse does, up to the limits of values and levels", () => {
    const withoutPrototypes = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !/"(?:__proto__|prototype)":/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(withoutPrototypes, (value) => {
        const text = JSON.stringify(value);
        expect(json(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is refused if it is malformed", () => {
    for (const text of ["", "{", '{"a":1} x', "'a'", '{"a":1,}', '"\\', "\ufeff{}"])
      expect(() => json(text)).toThrow(MalformedBodyError);
    for (const encoding of ["latin1", "utf16le"] as const)
      expect(() => json(Buffer.from('{"a":"é"}', encoding))).toThrow("not in UTF-8");
  });

  it("is refused if a field is a prototype, at any level", () => {
    for (const field of ['"__proto__":{"x":1}', '"constructor":{"prototype":{}}', '"__\\u0070roto__":1'])
      for (const text of [`{${field}}`, `{"a":[{"b":{${field}}}]}`])
        expect(() => json(text)).toThrow(MalformedBodyError);
    expect(json('{"constructor":"name"}')).toEqual({ constructor: "name" });
  });

  it("is refused with more than 1,000 values, 32 levels or 10,485,760 characters of text", () => {
    const list = (length: number) => JSON.stringify(Array.from({ length }, () => 0));
    expect(json(list(999))).toHaveLength(999);
    expect(() => json(list(1_001))).toThrow(new LimitExceededError("values of the JSON body", 1_002, 1_000));
    const nested = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
    json(nested(32));
    expect(() => json(nested(33))).toThrow("33 nested levels of the JSON body");
    const text = (length: number) => JSON.stringify({ body: "x".repeat(length) });
    json(text(10_485_760));
    expect(() => json(text(10_485_761))).toThrow("10485761 UTF-16 code units of body");
  });

  it("counts no values inside strings", () => {
    const text = JSON.stringify({
      a: `",[{${"\\".repeat(7)}"`.repeat(5_000),
      [`${",".repeat(5_000)}"\\`]: 1,
    });
    expect(json(text)).toEqual(JSON.parse(text));
  });
});

describe.each([false, true])("a form (shared bytes: %s)", (isShared) => {
  const form = (text: string) => parseForm(bytesOf(text, isShared));

  it("is parsed as browsers encode it", () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })));
    fc.assert(
      fc.property(pairs, (entries) => {
        const fields = Object.fromEntries(entries);
        const found = form(new URLSearchParams(fields).toString());
        const parsed = Object.entries(found).filter(([name, value]) => name !== "" || value !== "");
        const sent = Object.entries(fields).filter(([name, value]) => name !== "" || value !== "");
        expect(new Map(parsed as [string, string][])).toEqual(new Map(sent));
      }),
    );
    expect({ ...form("a=1&a=2&b=%zz&c") }).toEqual({ a: ["1", "2"], b: "%zz", c: "" });
  });

  it("is refused with more than 1,000 fields or 10,485,760 characters of text", () => {
    const fields = (count: number) => Array.from({ length: count }, (_, n) => `f${n}=x`).join("&");
    expect(Object.keys(form(fields(1_000)))).toHaveLength(1_000);
    expect(() => form(fields(1_001))).toThrow(new LimitExceededError("fields of the form", 1_001, 1_000));
    expect(() => form(`body=${"x".repeat(10_485_761)}`)).toThrow("10485761 UTF-16 code units of body");
  });
});
