import { expect, it } from "vitest";
import { BytePool } from "./byte-pool.ts";

const SIZES = [0, 1, 300, 4096, 4097, 70_000, 300];

it("copies bytes of every size, in any order", () => {
  const originals = Array.from({ length: 700 }, (_, index) =>
    new Uint8Array(SIZES[index % SIZES.length] as number).fill(index),
  );
  const total = originals.reduce((sum, { byteLength }) => sum + byteLength, 0);
  for (const pool of [new BytePool(), new BytePool(total)]) {
    const copies = originals.map((bytes) => pool.copy(bytes));
    // toEqual takes a minute for these 8 MB.
    expect(copies.every((copy, index) => Buffer.compare(copy, originals[index] as Uint8Array) === 0)).toBe(
      true,
    );
  }
});

it("returns a copy that overlaps neither its original nor another copy", () => {
  const original = new Uint8Array([1, 2]);
  const pool = new BytePool(4);
  const copies = [pool.copy(original), pool.copy(original)];
  copies[0]?.fill(9);
  original.fill(7);
  expect(copies).toEqual([new Uint8Array([9, 9]), new Uint8Array([1, 2])]);
});
