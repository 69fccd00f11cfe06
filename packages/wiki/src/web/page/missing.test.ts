import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type MissingPageProps, missingPage } from "./missing.tsx";

const missing = (props: MissingPageProps) => renderToString(missingPage(props).body);

test("has a link that creates the page for people who may", () => {
  expect(missing({ slug: "a/<b>", mayCreate: true, signedIn: true })).toContain(
    'href="/-/new?slug=a%2F%3Cb%3E"',
  );
});

test("has a link to sign in that returns to the form", () => {
  const html = missing({ slug: "a", mayCreate: false, signedIn: false });
  expect(html).toContain('href="/-/sign-in?return=%2F-%2Fnew%3Fslug%3Da"');
});

test("tells readers that only editors can create the page", () => {
  expect(missing({ slug: "a", mayCreate: false, signedIn: true })).toContain(
    strings.common.onlyEditorsCreate,
  );
});

test("mentions an archived page with its record, and links to create a new one", () => {
  const archiving = { at: "2026-03-03T10:00:00Z", by: "Editor One", summary: "Out of date" };
  const archived = { ...archiving, id: "id", title: "<b>A</b>" };
  const html = missing({ slug: "a", mayCreate: true, signedIn: true, archived });
  expect(html).toMatch(/<bdi>&lt;b>A&lt;\/b><\/bdi> was archived <time[^>]*>3 March 2026<\/time> by/);
  expect(html).toContain("Out of date");
  expect(html).toContain('href="/-/page/id"');
  expect(html).toContain('href="/-/slug/a"');
  expect(html).toContain(strings.common.createPage);
  expect(missing({ slug: "a", mayCreate: false, signedIn: true, archived })).toContain(
    strings.common.onlyEditorsCreate,
  );
});

test("names the page that had the address before", () => {
  const archived = { at: "2026-03-03T10:00:00Z", by: "Editor One", summary: null, id: "id", title: "A" };
  const former = { slug: "moved/b", title: "<b>B</b>" };
  const html = missing({ slug: "a", mayCreate: true, signedIn: true, archived, former });
  expect(html).toContain(
    'Before that, this address led to <a href="/moved/b"><bdi>&lt;b>B&lt;/b></bdi></a>.',
  );
});

test("has no link to create a page at an invalid address", () => {
  const html = missing({ slug: null, mayCreate: true, signedIn: true });
  expect(html).toContain(strings.missing.impossible);
  expect(html).not.toContain("/-/new");
});
