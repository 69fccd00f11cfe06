import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DiffRow, lineDiff, MAX_DIFF_ROWS, type TextPart, textDiff } from "./line-diff.ts";
import { splitLines } from "./lines.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n + 1}`);
const equal = (text: string): TextPart => ({ op: "equal", text });
const removed = (text: string): TextPart => ({ op: "delete", text });
const added = (text: string): TextPart => ({ op: "insert", text });

describe("the rows of a line diff", () => {
  test("are empty for equal texts, unless the context is all", () => {
    expect(lineDiff("a\nb", "a\nb")).toEqual([]);
    expect(lineDiff("", "", { context: "all" })).toEqual([]);
    expect(lineDiff("a\nb", "a\nb", { context: "all" })).toEqual([
      { kind: "equal", line: "a", from: 1, to: 1 },
      { kind: "equal", line: "b", from: 2, to: 2 },
    ]);
  });

  test("end at the maximum", () => {
    const from = numbered(30).join("\n");
    const to = from.replace("\n15\n", "\nfifteen\n");
    for (const maxRows of [0, 1, 5, 100]) {
      expect(lineDiff(from, to, { maxRows })).toEqual(lineDiff(from, to).slice(0, maxRows));
    }
    expect(lineDiff("\n".repeat(300_000), "\r".repeat(300_000), { maxRows: 10 })).toHaveLength(10);
  });

  test("show a line beside its replacement with the changed words", () => {
    expect(lineDiff("The cat sat here.\n", "The dog sat here.\n")).toEqual([
      {
        kind: "changed",
        before: [equal("The "), removed("cat"), equal(" sat here.")],
        after: [equal("The "), added("dog"), equal(" sat here.")],
        from: 1,
        to: 1,
      },
    ]);
  });

  test("have lines of context, and the number of skipped lines", () => {
    const from = numbered(30).join("\n");
    const to = from.replace("\n15\n", "\nfifteen\n");
    const line = (from: number, to = from) => ({ kind: "equal", line: `${from}`, from, to });
    const change = [
      { kind: "changed", before: [removed("15")], after: null, from: 15, to: null },
      { kind: "changed", before: null, after: [added("fifteen")], from: null, to: 15 },
    ];
    expect(lineDiff(from, to)).toEqual([
      { kind: "skipped", lines: 11 },
      ...[12, 13, 14].map((number) => line(number)),
      ...change,
      ...[16, 17, 18].map((number) => line(number)),
      { kind: "skipped", lines: 12 },
    ]);
    expect(lineDiff(from, to, { context: 0 })).toEqual([
      { kind: "skipped", lines: 14 },
      ...change,
      { kind: "skipped", lines: 15 },
    ]);
    expect(lineDiff("a\nb\nc", "A\nb\nC", { context: 0 })).toContainEqual({
      kind: "equal",
      line: "b",
      from: 2,
      to: 2,
    });
  });

  test("pair similar lines and keep the order of all lines", () => {
    const rows = lineDiff(
      "# Title\nOne line about apples\nOne line about pears\nend\n",
      "# Title\nSomething entirely new\nOne line about green apples\n\nOne line about two pears\nend\n",
    );
    const text = (parts: readonly TextPart[] | null) => parts?.map((part) => part.text).join("") ?? null;
    expect(
      rows.map((row) => (row.kind === "changed" ? [text(row.before), text(row.after)] : row.kind)),
    ).toEqual([
      "equal",
      [null, "Something entirely new"],
      ["One line about apples", "One line about green apples"],
      [null, ""],
      ["One line about pears", "One line about two pears"],
      "equal",
    ]);
  });

  test("name both line endings if they differ", () => {
    expect(lineDiff("a\n\n", "a\r\n\r")).toEqual([
      {
        kind: "changed",
        before: [equal("a")],
        after: [equal("a")],
        from: 1,
        to: 1,
        endings: { before: "LF", after: "CRLF" },
      },
      { kind: "changed", before: [], after: [], from: 2, to: 2, endings: { before: "LF", after: "CR" } },
    ]);
    expect(lineDiff("a", "a\nb")).toMatchObject([
      { from: 1, to: 1, endings: { before: "none", after: "LF" } },
      { before: null, after: [added("b")] },
    ]);
    const long = `${numbered(3_000).join("\n")}\n`;
    const rows = lineDiff(long, long.replaceAll("\n", "\r\n").replace("77\r\n", "77\r\nnew\r\n"));
    expect(rows.filter((row) => row.kind === "changed" && row.endings)).toHaveLength(3_000);
    expect(rows).toHaveLength(3_001);
  });

  test("exist for long texts that have nothing in common", () => {
    const text = (word: string) => Array.from({ length: 10_000 }, (_, n) => `${word} ${n} ${n % 7} line`);
    const rows = lineDiff(text("a").join("\n"), text("b").join("\n"));
    expect(rows.length).toBeGreaterThanOrEqual(10_000);
    expect(lineDiff("\n".repeat(300_000), "\r".repeat(300_000))).toHaveLength(MAX_DIFF_ROWS);
    expect(lineDiff("a b ".repeat(300_000), "c b ".repeat(300_000))).toHaveLength(1);
    const few = lineDiff("a\n".repeat(500_000), "b\n".repeat(500_000), { maxRows: 100 });
    expect(few).toHaveLength(100);
  });
});

const piece = fc.oneof(
  fc.constantFrom("a", "b c ", "word ", "\n", "\n", "\r\n", "\r", "\0", "\u2028", "😀", "\ud83d", "\ude00"),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const pieces = fc.array(piece, { maxLength: 40 });
/** Two texts, of which the second is often an edit of the first. */
const twoTexts = fc
  .tuple(
    pieces,
    fc.array(fc.tuple(fc.nat(40), fc.nat(3), fc.array(piece, { maxLength: 3 })), { maxLength: 6 }),
    fc.option(pieces),
  )
  .map(([base, edits, other]) => {
    const result = other ?? [...base];
    for (const [index, length, inserted] of edits) result.splice(index, length, ...inserted);
    return [base.join(""), result.join("")] as const;
  });

describe("a diff contains both texts", () => {
  const joined = (parts: readonly TextPart[], side: "delete" | "insert") =>
    parts
      .filter(({ op }) => op === "equal" || op === side)
      .map(({ text }) => text)
      .join("");

  test("as its parts, joined", () => {
    fc.assert(
      fc.property(twoTexts, ([from, to]) => {
        const parts = textDiff(from, to);
        expect(joined(parts, "delete")).toBe(from);
        expect(joined(parts, "insert")).toBe(to);
        expect(parts.every(({ text }) => text !== "")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("as parts and rows, even if they are too long for a comparison by word", () => {
    const text = (word: string) => Array.from({ length: 50_000 }, (_, n) => `${word} ${n} ${n % 7}`);
    const long = text("old");
    const changed = long.map((line, n) => (n % 3 === 0 ? line.replace("old", "new") : line));
    for (const [from, to] of [
      [long.join("\n"), changed.join("\n")],
      [long.join(" "), text("new").join(" ")],
      [long.join("\n"), text("new").join("\n")],
    ] as const) {
      const parts = textDiff(from, to);
      expect(joined(parts, "delete") === from).toBe(true);
      expect(joined(parts, "insert") === to).toBe(true);
      const rows = lineDiff(from, to, { maxRows: 1_000 });
      expect(rows.length).toBeLessThanOrEqual(1_000);
      expect(rows[0]).toMatchObject({ kind: "changed", from: 1 });
    }
  });

  const bare = (text: string) => splitLines(text).map((line) => line.replace(/[\r\n]+$/, ""));
  const endingOf = (line = "") => /\r\n$/.exec(line)?.[0] ?? /[\r\n]$/.exec(line)?.[0] ?? "";
  const NAMED = { LF: "\n", CRLF: "\r\n", CR: "\r", none: "" };

  /** Returns the lines of one side, after checking their numbers. */
  function sideOf(rows: readonly DiffRow[], side: "from" | "to"): string[] {
    const lines: string[] = [];
    for (const row of rows) {
      if (row.kind === "skipped") throw new Error("A line was skipped.");
      if (row[side] === null) continue;
      expect(row[side]).toBe(lines.length + 1);
      const parts = row.kind === "equal" ? [] : ((side === "from" ? row.before : row.after) ?? []);
      if (row.kind === "equal") lines.push(row.line);
      else lines.push(joined(parts, side === "from" ? "delete" : "insert"));
      const wrong = side === "from" ? "insert" : "delete";
      expect(parts.filter(({ op, text }) => op === wrong || text === "")).toEqual([]);
    }
    return lines;
  }

  test("as numbered rows, which show each difference", () => {
    fc.assert(
      fc.property(twoTexts, ([from, to]) => {
        const rows = lineDiff(from, to, { context: "all" });
        expect(sideOf(rows, "from")).toEqual(bare(from));
        expect(sideOf(rows, "to")).toEqual(bare(to));
        for (const row of rows) {
          if (row.kind === "skipped" || row.from === null || row.to === null) continue;
          const endings = [splitLines(from)[row.from - 1], splitLines(to)[row.to - 1]].map(endingOf);
          const named = row.kind === "changed" ? row.endings : undefined;
          if (endings[0] === endings[1]) expect(named).toBeUndefined();
          else expect([NAMED[named?.before ?? "none"], NAMED[named?.after ?? "none"]]).toEqual(endings);
          if (row.kind === "equal" || named) continue;
          expect([...(row.before ?? []), ...(row.after ?? [])].some(({ op }) => op !== "equal")).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("as rows and skipped lines", () => {
    fc.assert(
      fc.property(twoTexts, fc.nat(3), ([from, to], context) => {
        fc.pre(from !== to);
        const rows = lineDiff(from, to, { context });
        const count = (side: "from" | "to") =>
          rows.reduce(
            (sum, row) => sum + (row.kind === "skipped" ? row.lines : row[side] === null ? 0 : 1),
            0,
          );
        expect(count("from")).toBe(splitLines(from).length);
        expect(count("to")).toBe(splitLines(to).length);
      }),
    );
  });
});
