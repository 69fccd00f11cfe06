import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EditConflictError, type EditedFields } from "./errors.ts";
import { mergeFields } from "./merge-fields.ts";

const id = randomUUID();
const base = { id, version: 3, title: "Title", slug: "slug", body: "Body" };
const changed = (changes: EditedFields) => ({ ...base, version: 7, ...changes });

describe("the fields of an edit", () => {
  it("that only one side changed do not conflict", () => {
    expect(mergeFields(base, changed({ title: "Theirs" }), { body: "Yours" })).toEqual({ body: "Yours" });
    expect(mergeFields(base, changed({ title: "Theirs" }), { title: "Title" })).toEqual({});
    expect(mergeFields(base, changed({}), { title: "Yours", slug: "yours", body: "" })).toEqual({
      title: "Yours",
      slug: "yours",
      body: "",
    });
    expect(mergeFields(base, changed({ title: "Theirs" }), {})).toEqual({});
  });

  it("that both changed in the same way do not conflict", () => {
    expect(mergeFields(base, changed({ body: "Same" }), { body: "Same" })).toEqual({ body: "Same" });
  });

  it("that both changed differently are all named, and only they", () => {
    const theirs = changed({ title: "Theirs", slug: "theirs" });
    const yours = { title: "Yours", slug: "yours", body: "Yours" };
    const error = new EditConflictError(
      { pageId: id, baseVersion: 3, currentVersion: 7 },
      {
        base: { title: "Title", slug: "slug" },
        theirs: { title: "Theirs", slug: "theirs" },
        yours: { title: "Yours", slug: "yours" },
      },
    );
    expect(() => mergeFields(base, theirs, yours)).toThrow(error);
    expect(error.message).toBe(
      "The title and slug of the page changed since version 3, on which this edit is based.",
    );
  });

  it("lose nothing: each result is the one side's change or the other's", () => {
    const text = fc.constantFrom("a", "b", "c");
    const fields = fc.record({ title: text, slug: text, body: text });
    const edit = fc.record({ title: text, slug: text, body: text }, { requiredKeys: [] });
    fc.assert(
      fc.property(fields, fields, edit, (before, now, yours) => {
        const names = ["title", "slug", "body"] as const;
        const mine = names.filter((name) => yours[name] !== undefined && yours[name] !== before[name]);
        const conflict = mine.some((name) => now[name] !== before[name] && now[name] !== yours[name]);
        const merge = () => mergeFields({ id, version: 1, ...before }, { id, version: 2, ...now }, yours);
        if (conflict) {
          expect(merge).toThrow(EditConflictError);
          return;
        }
        const result = { ...now, ...merge() };
        for (const name of names) expect(result[name]).toBe(mine.includes(name) ? yours[name] : now[name]);
      }),
    );
  });
});
