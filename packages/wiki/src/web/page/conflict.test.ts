import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { mergeEdit } from "../../application/conflict-resolution.ts";
import { inlineTasks } from "../../workers/task-runner.ts";
import { strings } from "../strings/strings.ts";
import { type EditConflictProps, editConflict } from "./conflict.tsx";

const base = { title: "Title", body: "one\ntwo\nthree\n" };
const theirs = { title: "Their title", body: "one\n2\nthree\n" };
const yours = { title: "My title", body: "one\nTWO </textarea>\nthree\n", summary: "Louder" };
const props: EditConflictProps = {
  id: "id",
  slug: "a/b",
  base: { version: 3, token: "id.3" },
  theirs: { version: 4, title: "Their title", at: "2026-03-03T10:00:00Z", by: "Grace", token: "id.4" },
  yours,
  ancestorVersions: [1, 2],
  draft: { id: "window" },
  merge: await mergeEdit(base, theirs, yours, inlineTasks),
  resolutions: new Map(),
  isDraftSaved: true,
};
const draw = (more: Partial<EditConflictProps> = {}) =>
  renderToString(editConflict({ ...props, ...more }).body);

test("contains both versions and the whole of yours as fields", () => {
  const html = draw();
  expect(html).toContain('action="/-/edit/a/b"');
  expect(html).toContain('name="base" value="id.3"');
  expect(html).toContain('name="theirs" value="id.4"');
  expect(html).toContain('name="title" value="My title"');
  expect(html).toContain('name="body" value="one\nTWO &lt;/textarea>\nthree\n"');
  expect(html).toContain('value="Louder"');
  expect(html).toContain('name="made-from" value="1 2"');
});

test("shows base, theirs and yours of each conflict with changed words marked", () => {
  const html = draw();
  expect(html).toMatch(/1 of 2: Title[\s\S]*2 of 2: Text/);
  expect(html).toMatch(/Original[\s\S]*<span>two\n<\/span>/);
  expect(html).toMatch(/Grace[\s\S]*<del>two<\/del><ins>2<\/ins>/);
  expect(html).toMatch(/Yours[\s\S]*<ins>TWO &lt;\/textarea><\/ins>/);
  expect(html).toMatch(/<bdi>Grace<\/bdi> saved version 4/);
});

test("initially has no choices, and fills the fields for typed texts with yours", () => {
  const html = draw();
  expect(html).not.toContain("checked");
  expect(html).toContain(strings.conflict.yoursByDefault);
  expect(html).toMatch(
    /<textarea name="own-1"[^>]*>\n\nTWO|<textarea name="own-1"[^>]*>\nTWO &lt;\/textarea>\n</,
  );
  expect(html).toMatch(/name="own-title"[^>]* value="My title"/);
  expect(html).not.toMatch(/name="choice-title" value="both"/);
});

test("keeps choices and typed texts", () => {
  const html = draw({ resolutions: new Map([["1", { choice: "own", own: "II\n" }]]) });
  expect(html).toMatch(/name="choice-1" value="own" checked/);
  expect(html).toContain("\nII\n</textarea>");
});

test("shows merged text in order, and collapses long parts", async () => {
  const long = "kept\n".repeat(50);
  const merge = await mergeEdit(
    { title: "T", body: `${long}one\n${long}` },
    { title: "T", body: `${long}two\n${long}` },
    { title: "T", body: `${long}three\n${long}` },
    inlineTasks,
  );
  const html = draw({ merge });
  expect(html.match(/<summary>Show 47 merged lines<\/summary>/g)).toHaveLength(2);
  expect(html).toContain("1 of 1: Text");
});

test("explains conflicts that are not shown, above, at the end and in the preview", async () => {
  const lines = (who: string) =>
    Array.from({ length: 300 }, (_, index) => `kept ${index}\n${who} ${index}\n`).join("");
  const merge = await mergeEdit(
    { title: "T", body: lines("old") },
    { title: "T", body: lines("their") },
    { title: "T", body: lines("my") },
    inlineTasks,
  );
  const html = draw({ merge, result: { title: "T", body: "Settled" } });
  const said = strings.conflict.notShown(201, 300);
  expect(html.split(said)).toHaveLength(4);
  expect(html).toMatch(/<section class="preview"[\s\S]*?Conflicts 201 to 300[\s\S]*?<\/section>/);
  expect(html).toContain("200 of 300: Text");
  expect(html).not.toContain("201 of 300");
  expect(html).not.toContain("kept 201");
  expect(draw()).not.toContain(strings.conflict.editToResolve);
});

test("has a title that says that nothing is saved", () => {
  const task = strings.conflict.titleOf("Their title");
  expect(editConflict(props).title).toBe(strings.edit.notSaved(task));
  const result = { title: "T", body: "Settled </pre>" };
  expect(editConflict({ ...props, result }).title).toBe(strings.edit.previewOf(task));
  expect(draw({ result })).toContain("\nSettled &lt;/pre></pre>");
});

test("shows errors, and mentions a draft only if one is stored", () => {
  const html = draw({ errors: { form: "Signed out." }, isDraftSaved: false });
  expect(html).toMatch(/role="alert"><p>Signed out\./);
  expect(html).not.toContain("/-/drafts");
  expect(draw()).toContain('<a href="/-/drafts">');
});

test("contains the id of its draft, and shows a notice if it was filled with a draft", () => {
  const html = draw();
  expect(html).toMatch(/<form[^>]*data-draft="\/-\/page\/id\/draft"[\s\S]*name="draft" value="window"/);
  expect(html).toMatch(/value="draft"[\s\S]*data-draft-state/);
  expect(html).not.toMatch(/data-unsaved|class="draft-notice"/);
  expect(draw({ isUnsaved: true })).toContain("data-unsaved");
  const newerVersions = { base: 4, current: 6, by: ["Ada"], conflicts: false, isResolving: true };
  const openedDraft = { savedAt: "2026-03-03T14:03:20.000Z", newerVersions };
  expect(draw({ openedDraft })).toMatch(
    /class="draft-notice"[\s\S]*resolving a conflict with version 4\. <bdi>Ada<\/bdi> saved versions 5 to 6/,
  );
});

test("is limited in size, and offers no text field for a long text", async () => {
  const lines = (who: string) =>
    Array.from(
      { length: 120 },
      (_, index) => `${"kept ".repeat(5_000)}\n${`${who} ${index} `.repeat(2_000)}\n`,
    );
  const [before, now, mine] = ["old", "their", "my"].map((who) => ({
    title: "T",
    body: lines(who).join(""),
  }));
  if (before === undefined || now === undefined || mine === undefined)
    throw new Error("Three texts are needed.");
  const merge = await mergeEdit(before, now, mine, inlineTasks);
  const html = draw({ yours: { ...mine, summary: "" }, merge });
  expect(merge.conflicts).toHaveLength(120);
  expect(html.length).toBeLessThan(mine.body.length + 2_500_000);
  expect(html).toContain('name="own-1"');
  expect(html).not.toContain('name="own-120"');
  expect(html).toContain('name="choice-120" value="theirs"');
  expect(html).not.toContain('name="choice-120" value="own"');
  expect(html).toContain(strings.conflict.shortened);
});
