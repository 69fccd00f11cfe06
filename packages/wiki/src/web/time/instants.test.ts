import { expect, test } from "vitest";
import { instantOf, namedInstant } from "./instants.ts";

test.each([
  ["2026-03-03T12:00:00.000Z", "2026-03-03T12:00:00.000Z"],
  ["2026-03-03T13:00:00+01:00", "2026-03-03T12:00:00.000Z"],
  // As the field of a form gives it.
  ["2026-03-03T12:00", "2026-03-03T12:00:00.000Z"],
  ["2026-03-03T12:00:30", "2026-03-03T12:00:30.000Z"],
  ["2026-03-03T12:00:30.5", "2026-03-03T12:00:30.500Z"],
  ["2026-03-03", "2026-03-03T23:59:59.999Z"],
])("%s is an instant", (text, instant) => {
  expect(instantOf(text)?.toISOString()).toBe(instant);
});

test.each(["", "Z", "now", "2026-02-30", "2026-03-03T25:00", "12:00", "1772539200000", "2026-03-03Z"])(
  "%s is none",
  (text) => {
    expect(instantOf(text)).toBeUndefined();
  },
);

test("an instant is named to the minute, and to the second where it has some", () => {
  expect(namedInstant("2026-03-03T12:00:00.400Z")).toBe("3 March 2026, 12:00 UTC");
  expect(namedInstant("2026-03-03T12:00:07.000Z")).toBe("3 March 2026, 12:00:07 UTC");
});
