import { validate, version } from "uuid";
import { afterEach, expect, it, vi } from "vitest";
import { NAMESPACE_URL, uuid5, uuid7 } from "./uuid.ts";

it("returns the same version-5 UUIDs as other programs", () => {
  expect(NAMESPACE_URL).toBe("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
  // As given by Python's uuid.uuid5(uuid.NAMESPACE_URL, …).
  expect(uuid5(NAMESPACE_URL, "/page_log")).toBe("fd6e4a52-f7ea-5160-af5e-894173986caf");
  expect(uuid5(NAMESPACE_URL, "/slugs/größe")).toBe("8154b15b-8d22-56b8-bd12-27ec285cdc6d");
  expect(uuid5(uuid5(NAMESPACE_URL, "/a"), "b")).not.toBe(uuid5(NAMESPACE_URL, "b"));
});

afterEach(() => {
  vi.useRealTimers();
});

it("returns version-7 UUIDs in ascending order", () => {
  const before = Date.now();
  const ids = Array.from({ length: 10_000 }, uuid7);
  expect(ids.filter((id) => !validate(id) || version(id) !== 7)).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  const timeOf = (id = "") => Number.parseInt(id.replace("-", "").slice(0, 12), 16);
  expect(timeOf(ids[0])).toBeGreaterThanOrEqual(before);
});

it("keeps the order when a millisecond is full and when the clock goes back", () => {
  vi.useFakeTimers({ now: Date.now() + 1_000 });
  const ids = Array.from({ length: 10_000 }, uuid7);
  vi.setSystemTime(Date.now() - 60_000);
  ids.push(uuid7());
  expect(ids.toSorted()).toEqual(ids);
});
