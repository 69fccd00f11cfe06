import { expect, test } from "vitest";
import { lineDiff } from "../../content/line-diff.ts";
import { drawnRows, visibleText } from "./drawn-rows.ts";

test("returns rows within the limits unchanged", () => {
  const rows = lineDiff("a\nb\nc", "a\nB\nc");
  expect(drawnRows(rows)).toEqual({ rows, complete: true });
});

test.each([
  ["very many lines", "x\n".repeat(5_000), 2_000],
  ["a very long line", "x".repeat(3_000_000), 1],
  ["many long lines", `${"x".repeat(19_000)}\n`.repeat(100), 52],
])("limits %s to what a browser can draw", (_, text, drawn) => {
  const { rows, complete } = drawnRows(lineDiff("", text));
  expect(complete).toBe(false);
  expect(rows).toHaveLength(drawn);
  expect(JSON.stringify(rows).length).toBeLessThan(1_500_000);
});

test("shows control characters as symbols", () => {
  expect(visibleText("a\0b\x1bc\x7f\td")).toBe("a\u2400b\u241bc\u2421\td");
  expect(visibleText("é\u2028😀")).toBe("é\u2028😀");
});
