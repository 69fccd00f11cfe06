import { expect, it } from "vitest";
import { parseInstant } from "./instant.ts";

it("parses an offset and milliseconds", () => {
  expect(parseInstant("2026-03-03T12:00:00Z")).toEqual(new Date("2026-03-03T12:00:00.000Z"));
  expect(parseInstant("2026-03-03T12:00+02:00")).toEqual(new Date("2026-03-03T10:00:00.000Z"));
  expect(parseInstant("2026-03-03T12:00:00.123-01:30")).toEqual(new Date("2026-03-03T13:30:00.123Z"));
});

it("returns the end of a date without time", () => {
  expect(parseInstant("2026-03-03")).toEqual(new Date("2026-03-03T23:59:59.999Z"));
  expect(parseInstant("2024-02-29")).toEqual(new Date("2024-02-29T23:59:59.999Z"));
});

it.each([
  "",
  "now",
  "2026",
  "2026-02-30",
  "2026-13-01",
  "2026-03-03T25:00:00Z",
  "2026-03-03T12:00:00",
  "2026-03-03 12:00Z",
])("returns undefined for %j", (text) => {
  expect(parseInstant(text)).toBeUndefined();
});
