import { expect, test } from "vitest";
import { namedInstant } from "./time.tsx";

test("names an instant to the minute, or to the second if it has seconds", () => {
  expect(namedInstant("2026-03-03T12:00:00.400Z")).toBe("3 March 2026, 12:00 UTC");
  expect(namedInstant("2026-03-03T12:00:07.000Z")).toBe("3 March 2026, 12:00:07 UTC");
});
