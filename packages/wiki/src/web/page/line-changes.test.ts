import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineChanges } from "./line-changes.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n + 1}`);

describe("the changes between two texts", () => {
  test("are none between equal texts", () => {
    expect(lineChanges("a\nb", "a\nb")).toEqual([]);
  });

  test("stand among the lines around them, and the others are counted", () => {
    const from = numbered(30).join("\n");
    expect(lineChanges(from, from.replace("\n15\n", "\nfifteen\n"))).toEqual([
      { op: "skipped", lines: 11 },
      ...["12", "13", "14"].map((line) => ({ op: "equal", line })),
      { op: "delete", line: "15" },
      { op: "insert", line: "fifteen" },
      ...["16", "17", "18"].map((line) => ({ op: "equal", line })),
      { op: "skipped", lines: 12 },
    ]);
  });

  test("give both texts again, line by line", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", ""))
      .map((lines) => lines.map((line) => `${line}\n`));
    fc.assert(
      fc.property(text, text, (from, to) => {
        fc.pre(from.join("") !== to.join(""));
        const changes = lineChanges(from.join(""), to.join(""));
        const side = (op: string) =>
          changes.reduce((sum, change) => {
            if (change.op === "skipped") return sum + change.lines;
            return change.op === op || change.op === "equal" ? sum + 1 : sum;
          }, 0);
        expect(side("delete")).toBe(from.length);
        expect(side("insert")).toBe(to.length);
      }),
    );
  });
});
