import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PageChange } from "../../projections/page-change.ts";
import { savedEdits } from "./saved-edits.ts";

const change = (version: number, saveId: string, of: Partial<PageChange>): PageChange => ({
  position: version,
  pageId: "page",
  version,
  kind: "body-updated",
  title: null,
  slug: null,
  files: null,
  at: new Date(0),
  userId: "user",
  summary: null,
  sizeDelta: 0,
  saveId,
  merged: null,
  of: null,
  ...of,
});

describe("the saves of a page", () => {
  test("group the versions of one save, with previous titles and slugs", () => {
    const edits = savedEdits(
      [
        change(5, "c", { kind: "title-updated", title: "D" }),
        change(4, "b", { sizeDelta: 3 }),
        change(3, "b", { kind: "slug-updated", slug: "c" }),
        change(2, "b", { kind: "title-updated", title: "C" }),
      ],
      { title: "A", slug: "a" },
    );
    expect(edits.map(({ first, last, sizeDelta, slug }) => [first, last, sizeDelta, slug])).toEqual([
      [5, 5, null, "c"],
      [2, 4, 3, "c"],
    ]);
    expect(edits.map(({ changes }) => changes)).toEqual([
      [{ kind: "title", from: "C", to: "D" }],
      [{ kind: "title", from: "A", to: "C" }, { kind: "address", from: "a", to: "c" }, { kind: "text" }],
    ]);
  });

  test("name the versions that were restored or undone, and the changes of title and address", () => {
    const edits = savedEdits(
      [
        change(5, "e", { kind: "unarchived", slug: "b" }),
        change(4, "d", { kind: "archived" }),
        change(3, "c", { kind: "undone", of: { first: 1, last: 2 }, title: "B", slug: "x", sizeDelta: -2 }),
        change(2, "b", { kind: "restored", of: { first: 1, last: 1 } }),
        change(1, "a", { kind: "created", title: "A", slug: "a", sizeDelta: 7 }),
      ],
      null,
    );
    expect(edits.map(({ changes, sizeDelta, slug }) => [changes, sizeDelta, slug])).toEqual([
      [[{ kind: "unarchived", slug: "b" }], null, "b"],
      [[{ kind: "archived" }], null, null],
      [
        [
          { kind: "undone", first: 1, last: 2 },
          { kind: "title", from: "A", to: "B" },
          { kind: "address", from: "a", to: "x" },
        ],
        -2,
        "x",
      ],
      [[{ kind: "restored", version: 1 }], null, "a"],
      [[{ kind: "created" }], 7, "a"],
    ]);
  });

  test("contain each version once, in order", () => {
    const saves = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 20 });
    fc.assert(
      fc.property(saves, (sizes) => {
        const owners = sizes.flatMap((size, save) => Array.from({ length: size }, () => `save ${save}`));
        const changes = owners.map((saveId, index) => change(index + 1, saveId, {})).reverse();
        const edits = savedEdits(changes, null).toReversed();
        expect(edits.map(({ first, last }) => last - first + 1)).toEqual(sizes);
        expect(edits.every(({ first }, index) => first === (edits[index - 1]?.last ?? 0) + 1)).toBe(true);
      }),
    );
  });
});
