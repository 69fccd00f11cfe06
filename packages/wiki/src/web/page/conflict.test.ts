import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { editConflict } from "./conflict.tsx";

const screen = editConflict({
  csrf: "t",
  slug: "a/b",
  base: { version: 3, title: "Title", body: "one\ntwo\n" },
  theirs: {
    version: 4,
    title: "Title",
    body: "one\n2\n",
    at: "2026-03-03T10:00:00Z",
    by: "Grace",
    base: "id.4",
  },
  yours: { title: "My title", body: "\none\nTWO </textarea>\n", summary: "Louder" },
});
const html = renderToString(screen.body);

test("a refused edit keeps yours to edit, based on their version", () => {
  expect(html).toContain('action="/-/edit/a/b"');
  expect(html).toContain('name="base" value="id.4"');
  expect(html).toContain('value="My title"');
  expect(html).toContain(">\n\none\nTWO &lt;/textarea>\n</textarea>");
  expect(html).toContain('value="Louder"');
});

test("it shows theirs, yours and the base, and what each of the two changed", () => {
  expect(html).toContain("<del>two</del><ins>2</ins>");
  expect(html).toContain("<del>two</del><ins>TWO &lt;/textarea></ins>");
  expect(html).toContain("\none\ntwo\n</pre>");
  expect(html).toContain("\none\n2\n</pre>");
  expect(html).toMatch(/Version 4, .*by <bdi>Grace/);
  expect(html).toMatch(/<del dir="auto">Title<\/del> <ins dir="auto">My title/);
});

test("it says in its title that nothing is saved", () => {
  expect(screen.title).toBe("Not saved: Title has changed meanwhile");
});
