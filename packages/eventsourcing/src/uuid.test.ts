import { expect, it } from "vitest";
import { NAMESPACE_URL, uuid5 } from "./uuid.ts";

it("a version-5 UUID is always the same, and the one that others compute", () => {
  expect(NAMESPACE_URL).toBe("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
  // As given by Python's uuid.uuid5(uuid.NAMESPACE_URL, …).
  expect(uuid5(NAMESPACE_URL, "/page_log")).toBe("fd6e4a52-f7ea-5160-af5e-894173986caf");
  expect(uuid5(NAMESPACE_URL, "/slugs/größe")).toBe("8154b15b-8d22-56b8-bd12-27ec285cdc6d");
  expect(uuid5(uuid5(NAMESPACE_URL, "/a"), "b")).not.toBe(uuid5(NAMESPACE_URL, "b"));
});
