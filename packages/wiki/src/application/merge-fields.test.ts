import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inlineTasks } from "../workers/task-runner.ts";
import { EditConflictError, type EditedFields } from "./errors.ts";
import { mergeFields } from "./merge-fields.ts";

const id = randomUUID();
const base = { id, version: 3, title: "Title", slug: "slug", body: "Body" };
const changed = (changes: EditedFields) => ({ ...base, version: 7, ...changes });

async function conflictOf(merge: Promise<unknown>): Promise<EditConflictError> {
  try {
    await merge;
  } catch (error) {
    if (error instanceof EditConflictError) return error;
  }
  throw new Error("There was no conflict.");
}

type Sides = readonly [base: typeof base, theirs: typeof base, yours: EditedFields];

const merge = (...sides: Sides) => mergeFields(...sides, inlineTasks);

/** Resolves to the merged changes, with the resulting text of the body. */
async function merged(...sides: Sides): Promise<EditedFields> {
  const { body, ...others } = await merge(...sides);
  return body === undefined ? others : { ...others, body: body.text };
}

describe("merged fields", () => {
  it("do not conflict if only one side changed them", async () => {
    expect(await merged(base, changed({ title: "Theirs" }), { body: "Yours" })).toEqual({ body: "Yours" });
    expect(await merged(base, changed({ title: "Theirs" }), { title: "Title" })).toEqual({});
    expect(await merged(base, changed({}), { title: "Yours", slug: "yours", body: "" })).toEqual({
      title: "Yours",
      slug: "yours",
      body: "",
    });
    expect(await merged(base, changed({ title: "Theirs" }), {})).toEqual({});
  });

  it("do not conflict if both sides made the same change", async () => {
    expect(await merged(base, changed({ body: "Same" }), { body: "Same" })).toEqual({});
  });

  it("are all named in the conflict if both sides changed them differently", async () => {
    const theirs = changed({ title: "Theirs", slug: "theirs" });
    const yours = { title: "Yours", slug: "yours", body: "Yours" };
    const error = await conflictOf(merge(base, theirs, yours));
    expect(error).toMatchObject({
      pageId: id,
      baseVersion: 3,
      currentVersion: 7,
      base: { title: "Title", slug: "slug" },
      theirs: { title: "Theirs", slug: "theirs" },
      yours: { title: "Yours", slug: "yours" },
      conflicts: [
        { field: "title", base: "Title", theirs: "Theirs", yours: "Yours" },
        { field: "slug", base: "slug", theirs: "theirs", yours: "yours" },
      ],
    });
    expect(error.yours).not.toHaveProperty("body");
    expect(error.message).toBe(
      "The edit is based on version 3 and conflicts with version 7 in its title and slug. Merge them, and base the next edit on version 7.",
    );
  });

  it("are merged within the body, whose conflicting pieces are named", async () => {
    const [first, second, third] = ["First line\n", "Second line\n", "Third line\n"];
    const before = { ...base, body: first + second + third };
    const theirs = changed({ body: `First of theirs\n${second}${third}` });
    const apart = await merged(before, theirs, { body: `${first}${second}Third of yours\n` });
    expect(apart).toEqual({ body: `First of theirs\n${second}Third of yours\n` });
    const yours = `First of yours\n${second}Third of yours\n`;
    expect(await conflictOf(merge(before, theirs, { body: yours }))).toMatchObject({
      yours: { body: yours },
      conflicts: [{ field: "body", base: first, theirs: "First of theirs\n", yours: "First of yours\n" }],
    });
  });

  it("are left out of a conflict as far as they are too long, and counted", async () => {
    const lines = (who: string) => Array.from({ length: 60 }, () => `kept\n${who.repeat(10_000)}\n`).join("");
    const error = await conflictOf(
      merge({ ...base, body: lines("a") }, changed({ title: "Theirs", body: lines("b") }), {
        title: "Yours",
        body: lines("c"),
      }),
    );
    expect(error).toMatchObject({ theirs: { title: "Theirs" }, yours: { title: "Yours" } });
    expect([error.base, error.theirs, error.yours].map((side) => side.body)).toEqual(
      Array(3).fill(undefined),
    );
    // The title and 33 parts of 30,003 code units.
    expect([error.conflicts.length, error.omittedConflicts]).toEqual([34, 27]);
  });

  it("contain each change of either side", async () => {
    const text = fc.constantFrom("a", "b", "c");
    const fields = fc.record({ title: text, slug: text, body: text });
    const edit = fc.record({ title: text, slug: text, body: text }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fields, fields, edit, async (before, now, yours) => {
        const names = ["title", "slug", "body"] as const;
        const mine = names.filter((name) => yours[name] !== undefined && yours[name] !== before[name]);
        const conflict = mine.some((name) => now[name] !== before[name] && now[name] !== yours[name]);
        const result = merged({ id, version: 1, ...before }, { id, version: 2, ...now }, yours);
        if (conflict) {
          await expect(result).rejects.toThrow(EditConflictError);
          return;
        }
        const changedPage = { ...now, ...(await result) };
        for (const name of names)
          expect(changedPage[name]).toBe(mine.includes(name) ? yours[name] : now[name]);
      }),
    );
  });
});
