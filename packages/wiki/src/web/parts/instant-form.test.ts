import { expect, test } from "vitest";
import { instantOf } from "../parts/instant-form.tsx";

test.each([
  ["2026-03-03T12:00:00.000Z", "2026-03-03T12:00:00.000Z"],
  ["2026-03-03T13:00:00+01:00", "2026-03-03T12:00:00.000Z"],
  // The value of a datetime-local field.
  ["2026-03-03T12:00", "2026-03-03T12:00:00.000Z"],
  ["2026-03-03T12:00:30", "2026-03-03T12:00:30.000Z"],
  ["2026-03-03T12:00:30.5", "2026-03-03T12:00:30.500Z"],
  ["2026-03-03", "2026-03-03T23:59:59.999Z"],
])("the instant form reads %s as an instant", (text, instant) => {
  expect(instantOf(text)?.toISOString()).toBe(instant);
});

test.each(["", "Z", "now", "2026-02-30", "2026-03-03T25:00", "12:00", "1772539200000", "2026-03-03Z"])(
  "the instant form rejects %s",
  (text) => {
    expect(instantOf(text)).toBeUndefined();
  },
);
