import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { UndoRefusedError } from "../../application/errors.ts";
import { type AttributedPiece, joinedPieces, type Writer } from "../../content/rendered-authorship.ts";
import { inlineTasks } from "../../workers/task-runner.ts";
import { errorText } from "../error-text.ts";
import type { Screen } from "../parts/screen.tsx";
import { strings } from "../strings/strings.ts";
import { type AuthorshipProps, authorshipScreen } from "./authorship.tsx";
import { type DiffProps, diffScreen } from "./diff.tsx";
import { DiffContents } from "./diff-content.ts";
import { drawnBlocks } from "./drawn-blocks.ts";
import { type HistoryProps, historyScreen } from "./history.tsx";
import { archiveConflict, commandRefused, versionConflict } from "./refused.tsx";
import { comparedHtml } from "./rendered-comparison.ts";
import { unarchiveScreen } from "./unarchive.tsx";
import { writtenHtml } from "./written-html.tsx";

const html = (screen: Screen) => renderToString(screen.body);
const page = { id: "p", slug: "a/b", title: "<b>A</b>", version: 9, archived: false };
const one = { id: "u", name: "<Editor> One" };
const at = "2026-03-03T10:20:30.000Z";

describe("the history", () => {
  type Row = HistoryProps["edits"][number];
  const row = (last: number, of: Partial<Row> = {}): Row => ({
    ...{ first: last, last, at, by: one, mark: "author-1", summary: null, sizeDelta: 4, merged: null },
    ...{ changes: [{ kind: "text" }], wikiThen: `/-/at/then/${last}` },
    ...of,
  });
  const history = (props: Partial<HistoryProps>) =>
    html(historyScreen({ page, edits: [], before: null, continued: false, editBase: null, ...props }));

  test("shows bars as long as the square root of each change", () => {
    const shown = history({ edits: [row(3, { sizeDelta: -100 }), row(2), row(1, { sizeDelta: null })] });
    expect(shown.match(/<rect width="\d+%"/g)).toEqual(['<rect width="100%"', '<rect width="20%"']);
    expect(shown).not.toContain("style=");
  });

  test("preselects the newest two versions, and has no comparison for one", () => {
    const shown = history({ edits: [row(3), row(2), row(1)] });
    expect(shown).toMatch(/name="to" value="3" checked/);
    expect(shown).toMatch(/name="from" value="2" checked/);
    expect(shown.match(/ checked/g)).toHaveLength(2);
    expect(history({ edits: [row(1)] })).not.toContain("radio");
  });

  test("names merged versions, and has no link to a date at which the page was archived", () => {
    const shown = history({ edits: [row(8, { merged: { base: 5, current: 7 }, wikiThen: null })] });
    expect(shown).toContain("started from version 5");
    expect(shown).toContain('href="/-/page/p/diff?from=5&amp;to=7"');
    expect(shown).not.toContain(strings.common.viewWikiThen);
  });

  test("has no button to undo a creation or archiving, or to restore the current version", () => {
    const editBase = "p.9";
    const buttons = (edit: Row) =>
      history({ edits: [edit], editBase }).match(/formaction="[^"]*\/(\w+)"/g) ?? [];
    expect(buttons(row(9))).toHaveLength(1);
    expect(buttons(row(8))).toHaveLength(2);
    expect(buttons(row(1, { changes: [{ kind: "created" }] }))).toHaveLength(1);
    expect(buttons(row(9, { changes: [{ kind: "archived" }] }))).toHaveLength(0);
  });
});

describe("the difference", () => {
  const side = { at, by: one, summary: null };
  const diff = (props: Partial<DiffProps>) =>
    html(
      diffScreen({
        ...{ page, from: { ...side, version: 1 }, to: { ...side, version: 2 }, view: "columns" },
        ...{
          isBodyChanged: true,
          body: { html: "", complete: true },
          older: null,
          newer: null,
          undoForm: null,
        },
        ...props,
      }),
    );
  const contents = new DiffContents(inlineTasks);
  const { signal } = new AbortController();

  test.each(["columns", "lines"] as const)(
    "in %s marks added and removed text by elements and hidden words",
    async (view) => {
      const body = await contents.ofTexts(view, "one two\r\nsame\n", "one <i>\nsame\n", signal);
      const shown = diff({ view, body });
      expect(shown).toContain("Removed: ");
      expect(shown).toContain("<del>two</del>");
      expect(shown).toContain("Added: ");
      expect(shown).toContain("<ins>&lt;i></ins>");
      expect(shown).toContain('<del class="ending">CRLF</del>');
      expect(shown).toContain('<ins class="ending">LF</ins>');
    },
  );

  test("shows the number of unchanged lines, and says if it is cut", async () => {
    const text = "x\n".repeat(2_000);
    const body = await contents.ofTexts("columns", text, `${text}y`, signal);
    const shown = diff({ body: { ...body, complete: false } });
    expect(shown).toContain(strings.diff.unchangedLines(1_997));
    expect(shown).toContain(strings.diff.incomplete);
  });

  test("of the rendered page marks whole blocks and words", () => {
    const marked = comparedHtml([
      { op: "equal", html: "<p>a</p>" },
      { op: "delete", html: "<p>b</p>" },
      { op: "insert", html: "<p>c</p>" },
    ]);
    expect(marked).toMatch(
      /^<p>a<\/p><del class="block">.*<p>b<\/p><\/del><ins class="block">.*<p>c<\/p><\/ins>$/,
    );
    expect(diff({ view: "rendered", body: { html: marked, complete: true } })).toContain(marked);
    expect(diff({ view: "rendered", body: { html: "", complete: true } })).toContain(strings.diff.bothEmpty);
  });
});

describe("the authorship", () => {
  const authorship = (props: Partial<AuthorshipProps>) =>
    html(
      authorshipScreen({
        ...{ page, version: 9, at, authors: [{ person: one, mark: "author-1", share: 1 }] },
        attributions: new Map([[2, { by: one, at, mark: "author-1" }]]),
        shown: { view: "source", runs: [], complete: true },
        ...props,
      }),
    );

  test("links each part to the edit that wrote it", () => {
    const runs = [
      { text: "<i>\0", version: 2 },
      { text: "b", version: 3 },
    ];
    const shown = authorship({ shown: { view: "source", runs, complete: false } });
    expect(shown).toContain(
      'href="/-/page/p/diff?from=1&amp;to=2" title="&lt;Editor> One, 3 March 2026, 10:20:30 UTC, version 2">&lt;i>\u2400</a>',
    );
    expect(shown).toContain(
      'class="authored author-other" href="/-/page/p/diff?from=2&amp;to=3" title="Version 3">b</a>',
    );
    expect(shown).toContain(strings.authorship.textIncomplete);
    expect(shown).not.toContain("style=");
  });

  test.each([
    [1, "100%"],
    [0.999, "99%"],
    [0.5, "50%"],
    [0.001, strings.authorship.underOnePercent],
  ])("a share of %d is %s", (share, percent) => {
    expect(authorship({ authors: [{ person: null, mark: "author-1", share }] })).toContain(`>${percent}<`);
  });

  const block = { html: "<p>x</p>", by: one, mark: "author-1", others: [], lastVersion: 2 } as const;
  const rendered = { view: "rendered", blocks: [block], complete: true, allMarked: true } as const;
  const note = (html: string) =>
    /<p class="margin-note">(.*?)<\/p>/
      .exec(html)?.[1]
      ?.replace(/<[^>]*>/g, "")
      .replaceAll("&lt;", "<");

  test("is shown beside the blocks of the page", () => {
    const shown = authorship({ version: 3, shown: rendered });
    expect(shown).toContain("<p>x</p>");
    expect(note(shown)).toBe("Written by <Editor> One, last changed in version 2, 3 March 2026");
    expect(shown).toContain('href="/-/page/p?version=3">Version 3</a>');
    expect(shown).not.toContain('class="notice"');
    expect(authorship({ shown: { ...rendered, complete: false } })).toContain(
      strings.authorship.pageIncomplete,
    );
    expect(authorship({ shown: { ...rendered, allMarked: false } })).toContain(strings.authorship.notMarked);
  });

  test("names the authors of a block up to the limit, and the last author", () => {
    const people = ["Two", "Three", "Four", "Five", "Six"].map((name) => ({
      id: name,
      name: `Editor ${name}`,
    }));
    const noteOf = (others: readonly ((typeof people)[number] | null)[], lastVersion = 2) =>
      note(authorship({ shown: { ...rendered, blocks: [{ ...block, others, lastVersion }] } }));
    const end = "last changed by <Editor> One in version 2, 3 March 2026";
    expect(noteOf(people.slice(0, 1))).toBe(`Mostly by <Editor> One, also by Editor Two; ${end}`);
    expect(noteOf([...people.slice(0, 1), null])).toBe(
      `Mostly by <Editor> One, also by Editor Two and by an unknown person; ${end}`,
    );
    expect(noteOf(people.slice(0, 4))).toBe(
      `Mostly by <Editor> One, also by Editor Two, by Editor Three, by Editor Four and 1 other; ${end}`,
    );
    expect(noteOf(people, 7)).toBe(
      "Mostly by <Editor> One, also by Editor Two, by Editor Three, by Editor Four and 2 others; " +
        "last changed by an unknown person in version 7",
    );
  });
});

describe("the words of a rendered block", () => {
  const one = { version: 1, isCertain: true };
  const shownAs = ({ version, isCertain }: Writer) => ({
    mark: `author-${version as 1 | 2}` as const,
    title: isCertain ? `"<${version}>` : "?",
  });

  test("are marked by author", () => {
    const pieces: AttributedPiece[] = [
      { html: "<p>" },
      { html: "a", writer: one },
      { html: " &amp; ", writer: { ...one } },
      { html: "b" },
      { html: "</p>" },
      { html: "c", writer: { version: 2, isCertain: true } },
      { html: "d", writer: { version: 2, isCertain: false } },
    ];
    expect(joinedPieces(pieces).map(({ html }) => html)).toEqual(["<p>", "a &amp; ", "b</p>", "c", "d"]);
    expect(writtenHtml(joinedPieces(pieces), shownAs)).toBe(
      '<p><span class="authored author-1" title="&quot;&lt;1>">a &amp; </span>b</p>' +
        '<span class="authored author-2" title="&quot;&lt;2>">c</span><span class="authored author-2" title="?">d</span>',
    );
  });

  test("are marked up to the limit of marks", () => {
    const words = Array.from({ length: 6_000 }, (_, n) => ({
      html: "a",
      writer: { version: 1 + (n % 2), isCertain: true },
    }));
    const block = { html: "plain", pieces: words, author: "one", others: ["two"], lastVersion: 2 };
    const { blocks, complete, allMarked } = drawnBlocks(
      [{ ...block, pieces: undefined }, block, block, ...Array(2_000).fill({ ...block, pieces: [] })],
      () => ({ by: null, mark: "author-1" }),
      new Map(),
    );
    expect([blocks.length, complete, allMarked]).toEqual([2_000, false, false]);
    expect(blocks.slice(0, 4).map(({ html }) => html.slice(0, 5))).toEqual([
      "plain",
      "<span",
      "plain",
      "plain",
    ]);
  });
});

describe("a refused command", () => {
  test("shows the three texts of the first conflicts", () => {
    const conflict = { field: "body", base: "<b>", theirs: "", yours: "y".repeat(30_000) } as const;
    const shown = html(
      versionConflict({
        ...{ page, command: "undo", versions: { first: 2, last: 3 }, baseVersion: 3 },
        omittedConflicts: 5,
        conflicts: Array.from({ length: 201 }, () => conflict),
      }),
    );
    expect(shown).toContain(`${strings.refused.asChanged}</dt><dd dir="auto">&lt;b></dd>`);
    expect(shown).toContain(`class="muted">${strings.refused.empty}</dd>`);
    expect(shown).toContain(strings.refused.moreConflicts(6));
    expect(shown.length).toBeLessThan(200 * 21_000);
    expect(shown).toContain('href="/-/page/p/diff?from=1&amp;to=3"');
    expect(shown).toContain('href="/-/page/p/diff?from=3&amp;to=9"');
  });

  test("keeps the submitted text", () => {
    const form = { page, base: "p.9" };
    expect(html(archiveConflict({ ...form, baseVersion: 7, summary: "<why>" }))).toContain(
      'value="&lt;why>"',
    );
    const values = { slug: "c/d", summary: "<why>" };
    const shown = html(unarchiveScreen({ ...form, values, errors: { slug: "It is taken." } }));
    expect(shown).toContain('value="c/d"');
    expect(shown).toContain('value="&lt;why>"');
    expect(shown).toContain('aria-invalid="true"');
  });

  test("shows the text of the error", () => {
    const error = new UndoRefusedError(2, "it created the page");
    expect(html(commandRefused({ page, error }))).toContain(errorText(error.code, error));
  });
});
