import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { strings } from "../strings/strings.ts";
import { type ChangesProps, changesScreen } from "./changes.tsx";

type Change = ChangesProps["changes"][number];

const change: Change = {
  position: 17,
  kind: "body-updated",
  version: 4,
  title: null,
  slug: null,
  files: null,
  of: null,
  page: { id: "p", slug: "a/b", title: "<b>A</b>" },
  at: "2026-03-03T10:20:30.000Z",
  by: { id: "u", name: "Ada" },
  summary: null,
  sizeDelta: 12,
};
const changes = (props: Partial<ChangesProps>) =>
  renderToString(changesScreen({ changes: [], before: null, ...props }).body);
const one = (props: Partial<Change>) => changes({ changes: [{ ...change, ...props }] });

describe("the recent changes", () => {
  test("show the time, the change and the person, and link to the page", () => {
    const html = one({ summary: "Why & how" });
    expect(html).toMatch(
      /<h2 id="-day-2026-03-03"><time datetime="2026-03-03">Tuesday,? 3 March 2026<\/time><\/h2>/,
    );
    expect(html).toMatch(/datetime="2026-03-03T10:20:30.000Z"[^>]*>10:20<\/time>/);
    expect(html).toContain('href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>');
    expect(html).toContain('Text changed by <a href="/-/changes?person=u"><bdi>Ada</bdi></a>');
    expect(html).toContain('href="/-/page/p/diff?from=3&amp;to=4"');
    expect(html).toContain('href="/-/page/p/history"');
    expect(html).toContain('href="/-/changes?page=p"');
    expect(html).toContain('dir="auto">Why &amp; how</p>');
    expect(one({ by: null })).toContain(strings.common.byUnknown);
  });

  test.each([
    [{ kind: "created" }, "Created by"],
    [{ kind: "title-updated", title: "<i>" }, 'Title changed to <bdi class="name">&lt;i></bdi> by'],
    [{ kind: "slug-updated", slug: "c/d" }, 'Address changed to <code dir="auto">/c/d</code> by'],
    [{ kind: "restored", of: { first: 2, last: 2 } }, '?version=2">Version 2</a> restored by'],
    [{ kind: "undone", of: { first: 2, last: 3 } }, "Versions 2–3 undone by"],
    [{ kind: "undone", of: { first: 3, last: 3 } }, "Version 3 undone by"],
    [{ kind: "archived" }, "Archived by"],
    [{ kind: "unarchived", slug: "e" }, 'Unarchived at <code dir="auto">/e</code> by'],
  ] as const)("describe the change: %o", (change, words) => {
    expect(one(change)).toContain(words);
  });

  test.each([
    [12_345, "+12,345", "characters"],
    [1, "+1", "character<"],
    [-3, "−3", "characters"],
    [0, "±0", "characters"],
  ])("show a size change of %i without relying on colour", (sizeDelta, size, unit) => {
    expect(one({ sizeDelta })).toContain(`>${size}<span class="unseen"> ${unit}`);
  });

  test("have no size change if they do not change the text", () => {
    expect(one({ kind: "title-updated", sizeDelta: 0 })).not.toContain("±0");
  });

  test("link to the next part and back to the newest changes", () => {
    const html = changes({ changes: [change], before: "17", continued: true });
    expect(html).toContain('href="/-/changes?before=17" rel="next"');
    expect(html).toContain('href="/-/changes">');
    expect(one({})).not.toContain("Older changes");
  });

  test("say that the list or this part of it is empty", () => {
    expect(changes({})).toContain(strings.changes.none);
    expect(changes({ continued: true })).toContain(strings.changes.noOlder);
  });

  test("show their filters, each with a link that removes it", () => {
    const filters = {
      person: { id: "u", name: "<Ada>" },
      page: { id: "p", title: "A" },
      kind: "restored",
    } as const;
    const html = changes({ changes: [change], before: "9", filters });
    expect(html).toContain("By <bdi>&lt;Ada></bdi>");
    expect(html).toContain(`href="/-/changes?page=p&amp;kind=restored">${strings.changes.showAllPeople}`);
    expect(html).toContain(`href="/-/changes?person=u&amp;kind=restored">${strings.changes.showAllPages}`);
    expect(html).toContain(`href="/-/changes?person=u&amp;page=p">${strings.changes.showAllKinds}`);
    expect(html).toContain('href="/-/changes?person=u&amp;page=p&amp;kind=restored&amp;before=9" rel="next"');
    expect(html).toContain('<option value="restored" selected>');
    expect(html).toContain('type="hidden" name="person" value="u"');
    expect(html).not.toContain("Only this page");
  });

  test("show a filter for a page that does not exist", () => {
    const html = changes({ filters: { page: { id: "x", title: null } } });
    expect(html).toContain(`Of ${strings.changes.unknownPage}`);
    expect(html).toContain(strings.changes.noneMatch);
  });
});
