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
  test("links to each page and says who changed it last, and when", () => {
    const html = list({ pages: [page] });
    expect(html).toContain('href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>');
    expect(html).toMatch(/>3 March 2026<\/time> by <bdi>Ada/);
    expect(html).not.toContain(strings.pageList.older);
  });

  test("goes on where there is more, and back to the start", () => {
    const html = list({ pages: [page], before: "17", continued: true });
    expect(html).toContain('href="/-/pages?before=17" rel="next"');
    expect(html).toContain('href="/-/pages"');
    expect(list({ continued: true })).toContain(strings.pageList.noOlder);
  });

  test("leads to the pages that are missing, and to those nothing links to", () => {
    expect(list({})).toContain('href="/-/wanted"');
    expect(list({})).toContain('href="/-/orphans"');
    expect(list({})).toContain('href="/-/archived"');
  });

  test("invites whoever may to write the first page, and others to sign in", () => {
    expect(list({ mayCreate: true, signedIn: true })).toContain('href="/-/new"');
    expect(list({})).toContain('href="/-/sign-in?return=%2F-%2Fpages"');
    expect(list({ signedIn: true })).toContain(strings.common.onlyEditorsCreate);
  });
});
