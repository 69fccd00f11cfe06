import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergedText, mergeTexts } from "../content/merge.ts";
import { inlineTasks } from "../workers/task-runner.ts";
import {
  appendOwnTexts,
  CHOICES,
  contradictoryConflicts,
  draftResolution,
  MAX_SHOWN_CONFLICTS,
  mergeEdit,
  type Resolution,
  resolutionsOf,
  resolvedTexts,
} from "./conflict-resolution.ts";

const titled = (body: string, title = "T") => ({ title, body });
const merge = await mergeEdit(
  titled("a\r\nb\r\nc\r\nd", "Old"),
  titled("a\r\nB\r\nc\r\nD", "Theirs"),
  titled("a\r\nbb\r\nc\r\ndd", "Mine"),
  inlineTasks,
);
const resolved = (resolutions: Record<string, Resolution>) =>
  resolvedTexts(merge, new Map(Object.entries(resolutions)));

describe("the resolved texts of a merge", () => {
  test("name the conflicts in order, the title first", () => {
    expect(merge.conflicts.map(({ name }) => name)).toEqual(["title", "1", "2"]);
  });

  test("contain yours for conflicts without a choice", () => {
    expect(resolved({})).toEqual({ title: "Mine", body: "a\r\nbb\r\nc\r\ndd" });
  });

  test.each([
    ["yours", "Mine", "bb\r\n", "dd"],
    ["theirs", "Theirs", "B\r\n", "D"],
    ["base", "Old", "b\r\n", "d"],
    ["both", undefined, "B\r\nbb\r\n", "D\r\ndd"],
  ] as const)("contain the chosen text: %s", (choice, title, middle, end) => {
    const result = resolved({ title: { choice }, 1: { choice }, 2: { choice } });
    if (title !== undefined) expect(result.title).toBe(title);
    expect(result.body).toBe(`a\r\n${middle}c\r\n${end}`);
  });

  test("contain a typed text on separate lines, with the line endings of the page", () => {
    expect(resolved({ 1: { choice: "own", own: "x\ny" }, 2: { own: "z\nz" } }).body).toBe(
      "a\r\nx\r\ny\r\nc\r\nz\r\nz",
    );
    expect(resolved({ 1: { choice: "own", own: "" } }).body).toBe("a\r\nc\r\ndd");
    expect(resolved({ title: { own: "By hand" } }).title).toBe("By hand");
  });

  test("are contradictory if a person typed a text but chose another text", () => {
    const contradictory = (resolution: Resolution) =>
      contradictoryConflicts(merge, new Map([["1", resolution]])).map(({ name }) => name);
    expect(contradictory({ choice: "theirs", own: "typed" })).toEqual(["1"]);
    expect(contradictory({ choice: "own", own: "typed" })).toEqual([]);
    expect(contradictory({ own: "typed" })).toEqual([]);
    expect(contradictory({ choice: "theirs", own: "bb\n" })).toEqual([]);
  });

  test("contain the title of the side that changed it", async () => {
    const titles = async (base: string, theirs: string, yours: string) =>
      (await mergeEdit(titled("", base), titled("", theirs), titled("", yours), inlineTasks)).title;
    expect(await titles("a", "a", "b")).toEqual({ kind: "merged", text: "b" });
    expect(await titles("a", "b", "a")).toEqual({ kind: "merged", text: "b" });
    expect(await titles("a", "b", "b")).toEqual({ kind: "merged", text: "b" });
  });
});

describe("a merge with more conflicts than are shown", () => {
  const lines = (who: string) =>
    Array.from({ length: 300 }, (_, index) => `kept ${index}\n${who} ${index}\n`).join("");
  const texts = [titled(lines("old"), "Old"), titled(lines("their"), "Theirs")] as const;

  test("keeps both texts of the conflicts that are not shown, regardless of choices", async () => {
    const many = await mergeEdit(...texts, titled(lines("my"), "Old"), inlineTasks);
    expect(many.conflicts).toHaveLength(300);
    const theirs = new Map(many.conflicts.map(({ name }) => [name, { choice: "theirs" } as const]));
    const { body } = resolvedTexts(many, theirs);
    const expected = Array.from({ length: 300 }, (_, index) => {
      return `kept ${index}\ntheir ${index}\n${index < MAX_SHOWN_CONFLICTS ? "" : `my ${index}\n`}`;
    });
    expect(body).toBe(expected.join(""));
    expect(contradictoryConflicts(many, new Map([["250", { choice: "theirs", own: "typed" }]]))).toEqual([]);
  });

  test("counts a conflict of the title as shown", async () => {
    const many = await mergeEdit(...texts, titled(lines("my"), "Mine"), inlineTasks);
    const shown = many.conflicts.filter(({ isShown }) => isShown);
    expect(shown).toHaveLength(MAX_SHOWN_CONFLICTS);
    expect(shown[0]?.name).toBe("title");
    expect(resolvedTexts(many, new Map()).body).toContain("\nmy 198\nkept 199\ntheir 199\nmy 199\n");
  });
});

test("appends only typed texts that the body does not contain", () => {
  const resolutions = new Map<string, Resolution>([
    ["title", { choice: "theirs" }],
    ["1", { own: "in\r\nthe body\r\n" }],
    ["2", { own: " \n" }],
    ["3", { own: "only here" }],
  ]);
  expect(appendOwnTexts("It is in\nthe body", resolutions)).toBe("It is in\nthe body\nonly here");
});

test("a draft returns its resolutions without unknown choices", () => {
  const resolutions = new Map<string, Resolution>([
    ["title", { choice: "own", own: "" }],
    ["2", { own: "x" }],
  ]);
  const resolution = draftResolution(4, resolutions);
  expect(resolution.theirsVersion).toBe(4);
  expect(resolutionsOf({ resolution })).toEqual(resolutions);
  expect(resolutionsOf({})).toEqual(new Map());
  const conflicts = [{ name: "1", choice: "mine", own: "x" }];
  expect(resolutionsOf({ resolution: { theirsVersion: 4, conflicts } })).toEqual(
    new Map([["1", { own: "x" }]]),
  );
});

const line = fc.constantFrom("a\n", "b\r\n", "c d e\n", "c x e\n", "\r", "\n", "f", "\0\ud800\n", "");
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join(""));

/** The text as a browser sends it back from a form. */
function throughForm(given: string): string {
  return given
    .replace(/\r\n|\r|\n/g, "\r\n")
    .replaceAll("\0", "\ufffd")
    .replace(/\p{Surrogate}/gu, "\ufffd");
}

test("the same choice for all conflicts gives that side's text, even after a round trip through a browser", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, fc.constantFrom(...CHOICES), async (base, theirs, yours, choice) => {
      const edit = await mergeEdit(titled(base), titled(theirs), titled(yours), inlineTasks);
      const untouched = new Map(
        edit.conflicts.map((one) => [one.name, { choice, own: throughForm(one.yours) }]),
      );
      const { body } = resolvedTexts(edit, untouched);
      const { pieces } = mergeTexts(base, theirs, yours);
      if (choice === "both") return;
      const side = choice === "own" ? "yours" : choice;
      expect(body).toBe(pieces.map((one) => (one.kind === "merged" ? one.text : one[side])).join(""));
      if (mergedText(pieces) !== undefined) expect(edit.conflicts).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
