import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type ListPagesProps, listPages } from "./list.tsx";

const empty: ListPagesProps = {
  pages: [],
  before: null,
  continued: false,
  mayCreate: false,
  signedIn: false,
};
const list = (props: Partial<ListPagesProps>) => renderToString(listPages({ ...empty, ...props }).body);
const page = { slug: "a/b", title: "<b>A</b>", modifiedAt: "2026-03-03T10:00:00Z", modifiedBy: "Ada" };

describe("the list of pages", () => {
  test("links to each page with the person and date of its last change", () => {
    const html = list({ pages: [page] });
    expect(html).toContain('href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>');
    expect(html).toMatch(/>3 March 2026<\/time> by <bdi>Ada/);
    expect(html).not.toContain(strings.pageList.older);
  });

  test("links to the next part and back to the first", () => {
    const html = list({ pages: [page], before: "17", continued: true });
    expect(html).toContain('href="/-/pages?before=17" rel="next"');
    expect(html).toContain('href="/-/pages"');
    expect(list({ continued: true })).toContain(strings.pageList.noOlder);
  });

  test("links to wanted pages and orphans", () => {
    expect(list({})).toContain('href="/-/wanted"');
    expect(list({})).toContain('href="/-/orphans"');
    expect(list({})).toContain('href="/-/archived"');
  });

  test("links to the form for the first page, or to the sign-in screen", () => {
    expect(list({ mayCreate: true, signedIn: true })).toContain('href="/-/new"');
    expect(list({})).toContain('href="/-/sign-in?return=%2F-%2Fpages"');
    expect(list({ signedIn: true })).toContain(strings.common.onlyEditorsCreate);
  });
});
