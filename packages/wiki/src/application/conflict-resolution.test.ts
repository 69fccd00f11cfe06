import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergedText, mergeTexts } from "../content/merge.ts";
import {
  CHOICES,
  MOST_SETTLED,
  mergeOfEdit,
  type Settlement,
  settledTexts,
  unclearConflicts,
} from "./conflict-resolution.ts";

const titled = (body: string, title = "T") => ({ title, body });
const merge = mergeOfEdit(
  titled("a\r\nb\r\nc\r\nd", "Old"),
  titled("a\r\nB\r\nc\r\nD", "Theirs"),
  titled("a\r\nbb\r\nc\r\ndd", "Mine"),
);
const settled = (settlements: Record<string, Settlement>) =>
  settledTexts(merge, new Map(Object.entries(settlements)));

describe("a merge that is settled", () => {
  test("names its conflicts in order, the title first", () => {
    expect(merge.conflicts.map(({ name }) => name)).toEqual(["title", "1", "2"]);
  });

  test("has mine where nothing is chosen", () => {
    expect(settled({})).toEqual({ title: "Mine", body: "a\r\nbb\r\nc\r\ndd" });
  });

  test.each([
    ["yours", "Mine", "bb\r\n", "dd"],
    ["theirs", "Theirs", "B\r\n", "D"],
    ["base", "Old", "b\r\n", "d"],
    ["both", undefined, "B\r\nbb\r\n", "D\r\ndd"],
  ] as const)("has what %s says", (choice, title, middle, end) => {
    const result = settled({ title: { choice }, 1: { choice }, 2: { choice } });
    if (title !== undefined) expect(result.title).toBe(title);
    expect(result.body).toBe(`a\r\n${middle}c\r\n${end}`);
  });

  test("has a text by hand, with the line endings of the page, on lines of its own", () => {
    expect(settled({ 1: { choice: "own", own: "x\ny" }, 2: { own: "z\nz" } }).body).toBe(
      "a\r\nx\r\ny\r\nc\r\nz\r\nz",
    );
    expect(settled({ 1: { choice: "own", own: "" } }).body).toBe("a\r\nc\r\ndd");
    expect(settled({ title: { own: "By hand" } }).title).toBe("By hand");
  });

  test("is unclear where a text by hand is there and something else is chosen", () => {
    const unclear = (settlement: Settlement) =>
      unclearConflicts(merge, new Map([["1", settlement]])).map(({ name }) => name);
    expect(unclear({ choice: "theirs", own: "typed" })).toEqual(["1"]);
    expect(unclear({ choice: "own", own: "typed" })).toEqual([]);
    expect(unclear({ own: "typed" })).toEqual([]);
    expect(unclear({ choice: "theirs", own: "bb\n" })).toEqual([]);
  });

  test("goes by the title alone where only one side changed it", () => {
    const titles = (base: string, theirs: string, yours: string) =>
      mergeOfEdit(titled("", base), titled("", theirs), titled("", yours)).title;
    expect(titles("a", "a", "b")).toEqual({ kind: "merged", text: "b" });
    expect(titles("a", "b", "a")).toEqual({ kind: "merged", text: "b" });
    expect(titles("a", "b", "b")).toEqual({ kind: "merged", text: "b" });
  });
});

describe("a merge of more places than are shown", () => {
  const lines = (who: string) =>
    Array.from({ length: 300 }, (_, index) => `kept ${index}\n${who} ${index}\n`).join("");
  const texts = [titled(lines("old"), "Old"), titled(lines("their"), "Theirs")] as const;

  test("has both texts in the others, whatever came for them", () => {
    const many = mergeOfEdit(...texts, titled(lines("my"), "Old"));
    expect(many.conflicts).toHaveLength(300);
    const theirs = new Map(many.conflicts.map(({ name }) => [name, { choice: "theirs" } as const]));
    const { body } = settledTexts(many, theirs);
    const expected = Array.from({ length: 300 }, (_, index) => {
      return `kept ${index}\ntheir ${index}\n${index < MOST_SETTLED ? "" : `my ${index}\n`}`;
    });
    expect(body).toBe(expected.join(""));
    expect(unclearConflicts(many, new Map([["250", { choice: "theirs", own: "typed" }]]))).toEqual([]);
  });

  test("shows as many with a title among them", () => {
    const many = mergeOfEdit(...texts, titled(lines("my"), "Mine"));
    const shown = many.conflicts.filter(({ isShown }) => isShown);
    expect(shown).toHaveLength(MOST_SETTLED);
    expect(shown[0]?.name).toBe("title");
    expect(settledTexts(many, new Map()).body).toContain("\nmy 198\nkept 199\ntheir 199\nmy 199\n");
  });
});

const line = fc.constantFrom("a\n", "b\r\n", "c d e\n", "c x e\n", "\r", "\n", "f", "\0\ud800\n", "");
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join(""));

/** What comes back of a text that a browser was given in a form. */
function throughForm(given: string): string {
  return given
    .replace(/\r\n|\r|\n/g, "\r\n")
    .replaceAll("\0", "\ufffd")
    .replace(/\p{Surrogate}/gu, "\ufffd");
}

test("the same choice everywhere gives what that side has, whatever passes through a browser", () => {
  fc.assert(
    fc.property(text, text, text, fc.constantFrom(...CHOICES), (base, theirs, yours, choice) => {
      const edit = mergeOfEdit(titled(base), titled(theirs), titled(yours));
      const untouched = new Map(
        edit.conflicts.map((one) => [one.name, { choice, own: throughForm(one.yours) }]),
      );
      const { body } = settledTexts(edit, untouched);
      const { pieces } = mergeTexts(base, theirs, yours);
      if (choice === "both") return;
      const side = choice === "own" ? "yours" : choice;
      expect(body).toBe(pieces.map((one) => (one.kind === "merged" ? one.text : one[side])).join(""));
      if (mergedText(pieces) !== undefined) expect(edit.conflicts).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
