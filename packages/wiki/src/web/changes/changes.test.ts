import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { type ChangesProps, changesScreen } from "./changes.tsx";

type Change = ChangesProps["changes"][number];

const change: Change = {
  position: 17,
  kind: "body-updated",
  slug: "a/b",
  title: "<b>A</b>",
  at: "2026-03-03T10:20:30.000Z",
  by: "Ada",
  summary: null,
  sizeDelta: 12,
};
const changes = (props: Partial<ChangesProps>) =>
  renderToString(changesScreen({ changes: [], next: null, ...props }).body);
const one = (props: Partial<Change>) => changes({ changes: [{ ...change, ...props }] });

describe("the recent changes", () => {
  test("say when, what, by whom, and lead to the page", () => {
    const html = one({ summary: "Why & how" });
    expect(html).toContain(
      '<h2 id="-day-2026-03-03"><time datetime="2026-03-03">Tuesday, 3 March 2026</time></h2>',
    );
    expect(html).toContain('datetime="2026-03-03T10:20:30.000Z">10:20</time>');
    expect(html).toContain('href="/a/b"><bdi>&lt;b>A&lt;/b></bdi>');
    expect(html).toContain("Text changed by <bdi>Ada</bdi>");
    expect(html).toContain('dir="auto">Why &amp; how</p>');
    expect(one({ by: null })).toContain("by someone unknown");
  });

  test.each([
    ["created", "Created"],
    ["title-updated", "Title changed"],
    ["slug-updated", "Address changed"],
  ] as const)("call %s by a word", (kind, word) => {
    expect(one({ kind })).toContain(`${word} by`);
  });

  test.each([
    [12_345, "+12,345", "characters"],
    [1, "+1", "character<"],
    [-3, "−3", "characters"],
    [0, "±0", "characters"],
  ])("that grew by %i say so without colour", (sizeDelta, size, unit) => {
    expect(one({ sizeDelta })).toContain(`>${size}<span class="unseen"> ${unit}`);
  });

  test("that left the text alone have no size", () => {
    expect(one({ kind: "title-updated", sizeDelta: 0 })).not.toContain("±0");
  });

  test("go on where there is more, and back to the newest", () => {
    const html = changes({ changes: [change], next: "/-/changes?before=17", continued: true });
    expect(html).toContain('href="/-/changes?before=17" rel="next"');
    expect(html).toContain('href="/-/changes">Newest changes');
    expect(one({})).not.toContain("Older changes");
  });

  test("say it when there are none", () => {
    expect(changes({})).toContain("Nothing has been written yet.");
    expect(changes({ continued: true })).toContain("There are no older changes.");
  });
});
