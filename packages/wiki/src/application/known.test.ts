import fc from "fast-check";
import { expect, it } from "vitest";
import { Known } from "./known.ts";

it("forgets what was not used for longest", () => {
  const known = new Known<number>({ entries: 2, weight: 10 });
  known.set("a", 1, 1);
  known.set("b", 2, 1);
  expect(known.get("a")).toBe(1);
  known.set("c", 3, 1);
  expect(["a", "b", "c"].map((key) => known.get(key))).toEqual([1, undefined, 3]);
  known.set("d", 4, 10);
  expect(["a", "c", "d"].map((key) => known.get(key))).toEqual([undefined, undefined, 4]);
  known.set("d", 5, 11);
  expect(known.get("d")).toBeUndefined();
});

it("never has more than it may, and always what came last if that is not too heavy", () => {
  const entry = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), weight: fc.nat({ max: 12 }) });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const known = new Known<number>({ entries: 3, weight: 10 });
      for (const { key, weight } of entries) {
        known.set(key, weight, weight);
        expect(known.get(key)).toBe(weight > 10 ? undefined : weight);
        const kept = ["a", "b", "c", "d", "e"].flatMap((one) => known.get(one) ?? []);
        expect(kept.length).toBeLessThanOrEqual(3);
        expect(kept.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(10);
      }
    }),
  );
});
