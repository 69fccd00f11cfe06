import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { mergeEdit } from "../../application/conflict-resolution.ts";
import { type EditConflictProps, editConflict } from "./conflict.tsx";

const base = { title: "Title", body: "one\ntwo\nthree\n" };
const theirs = { title: "Their title", body: "one\n2\nthree\n" };
const yours = { title: "My title", body: "one\nTWO </textarea>\nthree\n", summary: "Louder" };
const props: EditConflictProps = {
  id: "id",
  slug: "a/b",
  base: { version: 3, name: "id.3" },
  theirs: { version: 4, title: "Their title", at: "2026-03-03T10:00:00Z", by: "Grace", name: "id.4" },
  yours,
  ancestorVersions: [1, 2],
  draft: { id: "window" },
  merge: mergeEdit(base, theirs, yours),
  resolutions: new Map(),
  isKept: true,
};
const draw = (more: Partial<EditConflictProps> = {}) =>
  renderToString(editConflict({ ...props, ...more }).body);

test("a refused edit posts both versions and the whole of yours again", () => {
  const html = draw();
  expect(html).toContain('action="/-/edit/a/b"');
  expect(html).toContain('name="base" value="id.3"');
  expect(html).toContain('name="theirs" value="id.4"');
  expect(html).toContain('name="title" value="My title"');
  expect(html).toContain('name="body" value="one\nTWO &lt;/textarea>\nthree\n"');
  expect(html).toContain('value="Louder"');
  expect(html).toContain('name="made-from" value="1 2"');
});

test("each place shows what it was, theirs and mine, with the words that changed", () => {
  const html = draw();
  expect(html).toMatch(/1 of 2: The title[\s\S]*2 of 2: The text/);
  expect(html).toMatch(/As it was[\s\S]*<span>two\n<\/span>/);
  expect(html).toMatch(/Theirs[\s\S]*<del>two<\/del><ins>2<\/ins>/);
  expect(html).toMatch(/Mine[\s\S]*<ins>TWO &lt;\/textarea><\/ins>/);
  expect(html).toMatch(/version 4 was saved, .*by <bdi>Grace/);
});

test("nothing is chosen at first, which is said, and a text by hand begins with mine", () => {
  const html = draw();
  expect(html).not.toContain("checked");
  expect(html).toContain("Where you choose nothing, your text is taken.");
  expect(html).toMatch(
    /<textarea name="own-1"[^>]*>\n\nTWO|<textarea name="own-1"[^>]*>\nTWO &lt;\/textarea>\n</,
  );
  expect(html).toMatch(/name="own-title"[^>]* value="My title"/);
  expect(html).not.toMatch(/name="choice-title" value="both"/);
});

test("what was chosen and typed stays", () => {
  const html = draw({ resolutions: new Map([["1", { choice: "own", own: "II\n" }]]) });
  expect(html).toMatch(/name="choice-1" value="own" checked/);
  expect(html).toContain("\nII\n</textarea>");
});

test("what was put together is shown in order, and folded where it is long", () => {
  const long = "kept\n".repeat(50);
  const merge = mergeEdit(
    { title: "T", body: `${long}one\n${long}` },
    { title: "T", body: `${long}two\n${long}` },
    { title: "T", body: `${long}three\n${long}` },
  );
  const html = draw({ merge });
  expect(html.match(/<summary>47 lines that need no decision<\/summary>/g)).toHaveLength(2);
  expect(html).toContain("1 of 1: The text");
});

test("places that are not shown are named, with what becomes of them, above, at the end and in the result", () => {
  const lines = (who: string) =>
    Array.from({ length: 300 }, (_, index) => `kept ${index}\n${who} ${index}\n`).join("");
  const merge = mergeEdit(
    { title: "T", body: lines("old") },
    { title: "T", body: lines("their") },
    { title: "T", body: lines("my") },
  );
  const html = draw({ merge, result: { title: "T", body: "Settled" } });
  const said = "Places 201 to 300 are not shown: both texts are taken there, theirs and then yours.";
  expect(html.split(said)).toHaveLength(4);
  expect(html).toMatch(/<section class="preview"[\s\S]*?Places 201 to 300[\s\S]*?<\/section>/);
  expect(html).toContain("200 of 300: The text");
  expect(html).not.toContain("201 of 300");
  expect(html).not.toContain("kept 201");
  expect(draw()).not.toContain("not shown");
});

test("it says in its title that nothing is saved", () => {
  expect(editConflict(props).title).toBe("Not saved: Their title has changed meanwhile");
  const result = { title: "T", body: "Settled </pre>" };
  expect(editConflict({ ...props, result }).title).toBe("Preview: Their title has changed meanwhile");
  expect(draw({ result })).toContain("\nSettled &lt;/pre></pre>");
});

test("what was refused is said, and a draft only where there is one", () => {
  const html = draw({ errors: { form: "Signed out." }, isKept: false });
  expect(html).toMatch(/role="alert"><p>Signed out\./);
  expect(html).not.toContain("your draft");
  expect(draw()).toContain('<a href="/-/drafts">your draft</a>');
});

test("what is chosen and typed is kept as the draft of this form, and said of one that it was filled with", () => {
  const html = draw();
  expect(html).toMatch(/<form[^>]*data-draft="\/-\/page\/id\/draft"[\s\S]*name="draft" value="window"/);
  expect(html).toMatch(/value="draft"[\s\S]*data-draft-state/);
  expect(html).not.toMatch(/data-unkept|This is your draft/);
  expect(draw({ isUnkept: true })).toContain("data-unkept");
  const movedOn = { base: 4, current: 6, by: ["Ada"], conflicts: false, isResolving: true };
  const opened = { keptAt: "2026-03-03T14:03:20.000Z", movedOn };
  expect(draw({ opened })).toMatch(
    /This is your draft[\s\S]*You settle a conflict with version 4; the page is at version 6 now/,
  );
});
