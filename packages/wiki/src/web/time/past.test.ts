import { expect, test } from "vitest";
import { belowPast } from "./past.ts";

test.each([
  ["/-/at/2026-03-03T12:00:00.000Z/", ""],
  ["/-/at/2026-03-03", ""],
  ["/-/at/2026-03-03?q=a", "?q=a"],
  ["/-/at/2026-03-03/handbook/on-call", "handbook/on-call"],
  ["/-/at/2026-03-03/-/search?q=a%20b", "-/search?q=a%20b"],
  ["/-/at/2026-03-03//elsewhere.example", ""],
  ["/-/at/2026-03-03/\\elsewhere.example", ""],
  ["/-/at/2026-03-03/..//elsewhere.example", ""],
])("below the past, %s is /%s", (url, below) => {
  expect(belowPast(url)).toBe(below);
});
