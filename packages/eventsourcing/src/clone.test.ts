import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clone } from "./clone.ts";
import { ProgrammingError } from "./errors.ts";

const hostileKey = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "toJSON"));
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.anything({ maxDepth: 0, withBigInt: true, withDate: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(hostileKey, tie("value")), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => new Set(items)),
    fc.uint8Array({ maxLength: 4 }),
  ),
})).value;

function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
  return [value, ...inner.flatMap(objectsIn)];
}

describe("a clone of plain data", () => {
  it("equals its original and shares nothing with it, for any keys", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = clone(value);
        expect(isDeepStrictEqual(copy, value)).toBe(true);
        const shared = new Set(objectsIn(value));
        expect(objectsIn(copy).some((object) => shared.has(object))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps __proto__ as a field and does not set the prototype", () => {
    const copy = clone(JSON.parse('{"__proto__": {"admin": true}}'));
    expect(Object.keys(copy)).toEqual(["__proto__"]);
    expect(copy.admin).toBeUndefined();
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  it("shares instances of other classes", () => {
    class Money {
      readonly #cents: number;
      constructor(cents: number) {
        this.#cents = cents;
      }
      get cents() {
        return this.#cents;
      }
    }
    expect(clone({ price: new Money(5) }).price.cents).toBe(5);
  });

  it("keeps shared references and cycles", () => {
    const line = { sku: "a" };
    const original: Record<string, unknown> = {
      lines: [line],
      bySku: { a: line },
      byMap: new Map([[line, line]]),
    };
    original.self = original;
    const copy = clone(original) as {
      lines: object[];
      bySku: { a: object };
      byMap: Map<object, object>;
      self: object;
    };
    expect(copy.bySku.a).toBe(copy.lines[0]);
    expect([...copy.byMap][0]).toEqual([copy.lines[0], copy.lines[0]]);
    expect([...copy.byMap.keys()][0]).toBe(copy.lines[0]);
    expect(copy.self).toBe(copy);
    expect(copy.lines[0]).not.toBe(line);
  });

  it("is refused for functions", () => {
    expect(() => clone({ onSave: () => 1 })).toThrow(ProgrammingError);
    expect(() => clone({ onSave: () => 1 })).toThrow("() => 1");
  });
});
