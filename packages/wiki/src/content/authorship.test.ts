import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Authorship,
  applyDiffToAuthorship,
  authoredParts,
  inheritAuthorship,
  insertedUnits,
  sliceAuthorship,
  writtenBy,
} from "./authorship.ts";
import { bodyChange } from "./body-change.ts";
import { createDiff } from "./diff.ts";

const piece = fc.oneof(
  fc.constantFrom("a", "b ", "word ", "\n", "\r\n", "\r", "\0", "\u2028", "😀", "\ud83d", "\ude00"),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));

/** Later versions may have removed text in between, so a part of a version need not be a substring of it. */
function isSubsequence(part: string, whole: string): boolean {
  let from = 0;
  return part.split("").every((unit) => {
    const found = whole.indexOf(unit, from);
    from = found + 1;
    return found !== -1;
  });
}

/** Returns each text with its authorship, as successive versions of a page. */
function history(texts: readonly string[]): { body: string; authorship: Authorship }[] {
  let body = "";
  let authorship: Authorship = [];
  return texts.map((next, index) => {
    const diff = createDiff(body, next);
    authorship = applyDiffToAuthorship(authorship, diff, writtenBy(index + 1, insertedUnits(diff)));
    body = next;
    return { body, authorship };
  });
}

const after = (...texts: string[]) => {
  const last = history(texts).at(-1);
  return authoredParts(last?.body ?? "", last?.authorship ?? []).map(({ text, version }) => [version, text]);
};

describe("the authorship of a text", () => {
  it("names the author of each word", () => {
    expect(after("The quick fox jumps.\n")).toEqual([[1, "The quick fox jumps.\n"]]);
    expect(after("The quick fox jumps.\n", "The quick brown fox jumps.\n")).toEqual([
      [1, "The quick "],
      [2, "brown "],
      [1, "fox jumps.\n"],
    ]);
    expect(after("The quick fox jumps.\n", "The slow fox stands.\n")).toEqual([
      [1, "The "],
      [2, "slow"],
      [1, " fox "],
      [2, "stands"],
      [1, ".\n"],
    ]);
    expect(after("one\ntwo\n", "two\n", "two\nthree\n")).toEqual([
      [1, "two\n"],
      [3, "three\n"],
    ]);
    expect(after("gone", "")).toEqual([]);
    expect(after("kept removed kept\n", "kept kept\n")).toEqual([[1, "kept kept\n"]]);
  });

  it("covers each character once, with a version that contains it", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
        for (const { body, authorship } of history(texts)) {
          const parts = authoredParts(body, authorship);
          expect(parts.map((part) => part.text).join("")).toBe(body);
          for (const part of parts) {
            expect(part.text).not.toBe("");
            expect(isSubsequence(part.text, texts[part.version - 1] ?? "")).toBe(true);
          }
          const versions = parts.map((part) => part.version);
          expect(versions.filter((version, index) => version === versions[index - 1])).toEqual([]);
        }
      }),
    );
  });
});

describe("restored text", () => {
  const restore = (texts: readonly string[], earlier: number) => {
    const versions = history(texts);
    const last = versions.at(-1) ?? { body: "", authorship: [] };
    const source = versions[earlier - 1] ?? last;
    const { text, diff, sources } = bodyChange(last.body, source.body);
    const origins = sliceAuthorship(source.authorship, sources);
    const runs = applyDiffToAuthorship(last.authorship, diff, origins);
    return { diff, origins, parts: authoredParts(text, runs) };
  };

  it("keeps its original author", () => {
    const texts = ["one\ntwo\nthree\n", "one\n2\nthree\n", "one\n", "zero\none\n"];
    const { parts, origins } = restore(texts, 2);
    expect(parts.map(({ text, version }) => [version, text])).toEqual([
      [1, "one\n"],
      [2, "2"],
      [1, "\nthree\n"],
    ]);
    expect(origins).toEqual([1, 2, 7, 1]);
  });

  it("is covered exactly after any edits", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), fc.nat(5), (texts, index) => {
        const earlier = 1 + (index % texts.length);
        const { diff, origins, parts } = restore(texts, earlier);
        const lengths = origins.filter((_, index) => index % 2 === 0);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(insertedUnits(diff));
        expect(parts.map((part) => part.text).join("")).toBe(texts[earlier - 1]);
        for (const { text, version } of parts) {
          for (const unit of text.split("")) expect(texts[version - 1]).toContain(unit);
        }
        expect(parts.every(({ version }) => version <= texts.length)).toBe(true);
      }),
    );
  });
});

describe("text inherited from ancestor versions", () => {
  const wholeOf = (text: string) => [[0, text.length]] as const;

  it("keeps its author, in the order of the ancestors, and the rest belongs to the new version", () => {
    const earlier = history(["one two ", "one 2 three"]);
    const text = "one two four three";
    const parts = authoredParts(text, inheritAuthorship(earlier, text, wholeOf(text), 7));
    expect(parts.map(({ text, version }) => [version, text])).toEqual([
      [1, "one two "],
      [7, "four"],
      [2, " three"],
    ]);
    expect(
      inheritAuthorship(
        earlier,
        text,
        [
          [4, 5],
          [8, 15],
        ],
        7,
      ),
    ).toEqual([1, 1, 4, 7, 3, 2]);
    expect(inheritAuthorship([], "new", wholeOf("new"), 3)).toEqual([3, 3]);
    expect(inheritAuthorship([], "", [], 3)).toEqual([]);
  });

  it("is compared with ancestors only until all of it has an author", () => {
    const [first] = history(["one two."]);
    const uncompared = {
      get body(): string {
        throw new Error("It was compared.");
      },
      authorship: [],
    };
    const earlier = first ? [first, uncompared] : [];
    expect(inheritAuthorship(earlier, "one two three.", [[0, 7]], 7)).toEqual([7, 1]);
    expect(inheritAuthorship([uncompared], "one", [], 7)).toEqual([]);
    expect(() => inheritAuthorship(earlier, "one two three.", [[0, 9]], 7)).toThrow("It was compared.");
  });

  it("is covered exactly by versions that contain it", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 6 }), (texts) => {
        const made = texts.at(-1) ?? "";
        const earlier = history(texts.slice(0, -1));
        const runs = inheritAuthorship(earlier, made, wholeOf(made), texts.length);
        const parts = authoredParts(made, runs);
        expect(parts.map((part) => part.text).join("")).toBe(made);
        const versions = parts.map(({ version }) => version);
        expect(versions.filter((version, index) => version === versions[index - 1])).toEqual([]);
        expect(versions.every((version) => version >= 1 && version <= texts.length)).toBe(true);
        for (const { text, version } of parts) {
          for (const unit of text.split("")) expect(texts[version - 1]).toContain(unit);
        }
      }),
    );
  });
});

it("refuses an authorship that is shorter than the text", () => {
  expect(() => applyDiffToAuthorship([2, 1], createDiff("abc d", "abc e"), [1, 2])).toThrow(RangeError);
});
