import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clone } from "./clone.ts";
import { findDifference, findMissing } from "./difference.ts";

describe("the difference of two states", () => {
  it("does not exist between a value and its clone", () => {
    const value = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withTypedArray: true,
    });
    fc.assert(fc.property(value, (state) => findDifference(clone(state), state) === undefined));
  });

  it("has the path and both values", () => {
    expect(findDifference({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toEqual({
      path: "a[0].b",
      left: 1,
      right: 2,
    });
    expect(findDifference({ a: 1, b: 2 }, { a: 1 })).toEqual({ path: "b", left: 2, right: undefined });
    expect(findDifference({ a: [1] }, { a: [1, 2] })?.path).toBe("a");
    expect(findDifference(new Map([["k", 1]]), new Map([["k", 2]]))?.path).toBe("[1]");
    expect(findDifference({ at: new Date(1) }, { at: new Date(2) })?.path).toBe("at");
    expect(findDifference(Uint8Array.of(1), Uint8Array.of(2))).toBeDefined();
  });

  it("includes objects that are shared on one side only", () => {
    const line = { sku: "a" };
    const shared = { one: line, two: line };
    const split = { one: { ...line }, two: { ...line } };
    expect(findDifference(shared, split)?.path).toBe("two");
    expect(findDifference(split, shared)?.path).toBe("two");
    expect(findDifference(shared, clone(shared))).toBeUndefined();
  });

  it("is found in cyclic data", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(findDifference(cycle, clone(cycle))).toBeUndefined();
  });
});

describe("a missing field", () => {
  it("is no difference unless `exact` is set", () => {
    expect(findMissing({ a: 1, b: 2 }, { a: 1 }, "o", { exact: false })).toBeUndefined();
    expect(findMissing({ a: 1, b: 2 }, { a: 1 }, "o", { exact: true })?.path).toBe("o.b");
    expect(findMissing({}, { a: 1 }, "o", { exact: false })).toEqual({
      path: "o.a",
      left: undefined,
      right: 1,
    });
  });
});
