import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type RefusedConflictProps, refusedConflict } from "./conflict-refused.tsx";

const props: RefusedConflictProps = {
  page: { id: "id", slug: "a/b", title: "Title" },
  base: "id.3",
  theirs: 'id.4"',
  ancestorVersions: [1],
  draft: { id: "window" },
  yours: { title: "My title", body: "\none </textarea>\n", summary: "Louder" },
  resolutions: new Map([
    ["title", { choice: "theirs", own: "My title" }],
    ["1", { own: "II\n" }],
  ]),
  errors: { form: "You are signed out." },
};

test("a conflict form that cannot be accepted contains all submitted fields again", () => {
  const screen = refusedConflict(props);
  const html = renderToString(screen.body);
  expect(screen.title).toBe(strings.edit.notSaved(strings.conflict.titleOf("Title")));
  expect(html).toMatch(/role="alert"><p>You are signed out\./);
  expect(html).toContain('method="post" action="/-/edit/a/b"');
  expect(html).toContain('name="base" value="id.3"');
  expect(html).toContain('name="theirs" value="id.4&quot;"');
  expect(html).toMatch(/name="title"[^>]* value="My title"/);
  expect(html).toMatch(/name="body"[^>]*>\n\none &lt;\/textarea>\n<\/textarea>/);
  expect(html).toMatch(
    /Conflict 1[\s\S]*Keep the current version[\s\S]*name="choice-title" value="theirs"[\s\S]*name="own-title"/,
  );
  expect(html).toMatch(/Conflict 2[\s\S]*name="own-1"[^>]*>\nII\n<\/textarea>/);
  expect(html).not.toContain('name="choice-1"');
  expect(html).toContain('value="Louder"');
  expect(html).toMatch(/data-draft="\/-\/page\/id\/draft" data-unsaved[\s\S]*name="draft" value="window"/);
  expect(html).toContain('name="made-from" value="1"');
});
