import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { renamePage } from "./rename.tsx";

const page = { slug: "a/b", title: "On-call", base: "id.14" };

test("explains where the old address will lead", () => {
  const html = renderToString(renamePage({ page, values: { slug: "a/b", summary: "" } }).body);
  expect(html).toContain('action="/-/rename/a/b"');
  expect(html).toContain('name="base" value="id.14"');
  expect(html).toMatch(/<code>\/a\/b<\/code>, redirects to it/);
});

test("keeps a rejected slug beside its error", () => {
  const screen = renamePage({
    page,
    values: { slug: "C", summary: "" },
    errors: { slug: "Taken." },
  });
  expect(screen.title).toBe(strings.rename.notChangedTitle("On-call"));
  expect(renderToString(screen.body)).toMatch(/value="C"[\s\S]*id="-field-slug-error">Taken\./);
});

test("shows the choice of an address after a conflict", () => {
  const screen = renamePage({
    page: { ...page, slug: "theirs" },
    values: { slug: "mine", summary: "" },
    conflict: { base: "old", by: "Grace" },
  });
  expect(screen.title).toBe(strings.rename.notChangedTitle("On-call"));
  const html = renderToString(screen.body);
  expect(html).toMatch(
    /<bdi>Grace[^<]*<\/bdi> changed the address from <code>\/old<\/code> to <code>\/theirs<\/code>/,
  );
  expect(html).toMatch(/value="mine"[\s\S]*name="choice" value="theirs"/);
});
