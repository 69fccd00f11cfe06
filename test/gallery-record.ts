// The screens of a page's record, in every state that looks different.

import { SlugConflictError, UndoRefusedError } from "../packages/wiki/src/application/errors.ts";
import type { LinkOptions } from "../packages/wiki/src/content/article.ts";
import { errorText } from "../packages/wiki/src/web/error-text.ts";
import type { Screen } from "../packages/wiki/src/web/parts/screen.tsx";
import { authorshipScreen } from "../packages/wiki/src/web/record/authorship.tsx";
import { authoredBlocks } from "../packages/wiki/src/web/record/authorship-marks.ts";
import { type DiffProps, diffScreen } from "../packages/wiki/src/web/record/diff.tsx";
import { DiffContents } from "../packages/wiki/src/web/record/diff-content.ts";
import { drawnBlocks } from "../packages/wiki/src/web/record/drawn-blocks.ts";
import { type HistoryProps, historyScreen } from "../packages/wiki/src/web/record/history.tsx";
import {
  archiveConflict,
  commandRefused,
  slugTaken,
  versionConflict,
} from "../packages/wiki/src/web/record/refused.tsx";
import { unarchiveScreen } from "../packages/wiki/src/web/record/unarchive.tsx";
import { inlineTasks } from "../packages/wiki/src/workers/task-runner.ts";
import { linksBySlug, renderBlocks } from "./rendering.ts";

const one = { id: "one", name: "Editor One" };
const two = { id: "two", name: "Editor Two" };
const arabic = { id: "arabic", name: "محرر" };
const longWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
const page = { id: "id", slug: "handbook/on-call", title: "On-call", version: 9, archived: false };
const archived = { ...page, archived: true };

const edit = (last: number, of: Partial<HistoryProps["edits"][number]>): HistoryProps["edits"][number] => ({
  first: last,
  last,
  at: "2026-03-03T10:20:30Z",
  by: one,
  mark: "author-1",
  summary: null,
  sizeDelta: 12,
  merged: null,
  changes: [{ kind: "text" }],
  wikiThen: "/-/at/2026-03-03T10%3A20%3A30.000Z/handbook/on-call",
  ...of,
});
const edits: HistoryProps["edits"] = [
  edit(9, { merged: { base: 6, current: 8 }, summary: "Said who is called at night" }),
  edit(8, { by: two, mark: "author-2", sizeDelta: -310, changes: [{ kind: "undone", first: 4, last: 5 }] }),
  edit(7, {
    first: 6,
    changes: [{ kind: "title", from: "Rota", to: "On-call" }, { kind: "text" }],
    at: "2026-03-02T09:00:00Z",
    sizeDelta: 200,
  }),
  edit(5, {
    first: 4,
    by: arabic,
    mark: "author-3",
    summary: "لم يعد صحيحا",
    sizeDelta: null,
    changes: [
      { kind: "title", from: longWord, to: "المقدمة" },
      { kind: "address", from: `x/${longWord}`, to: "عربي" },
    ],
    at: "2026-02-01T23:00:00Z",
  }),
  edit(3, { changes: [{ kind: "restored", version: 1 }], summary: longWord, at: "2026-02-01T08:00:00Z" }),
  edit(2, { by: null, mark: "author-other", sizeDelta: 0, at: "2026-02-01T07:00:00Z" }),
  edit(1, { changes: [{ kind: "created" }], sizeDelta: 12_345, at: "2025-12-01T08:00:00Z" }),
];
const history = (props: Partial<HistoryProps>): Screen =>
  historyScreen({ page, edits, before: null, continued: false, editBase: null, ...props });

const editBase = "id.9";
const archivings = [
  edit(9, { changes: [{ kind: "archived" }], sizeDelta: null, wikiThen: null }),
  edit(8, { changes: [{ kind: "unarchived", slug: "handbook/on-call" }], sizeDelta: null }),
];

const before = `# On-call

Whoever carries the pager answers within fifteen minutes.

- What is still open
- What was noisy

${Array.from({ length: 20 }, (_, n) => `Paragraph ${n + 1} of what the page says.\n`).join("\n")}
هذه صفحة مكتوبة من اليمين إلى اليسار
\`alarm mute\` ${longWord}
Some day.\r
The end.`;
const after = before
  .replace("fifteen minutes", "a quarter of an hour, and says so")
  .replace("- What was noisy\n", "")
  .replace("Paragraph 14 of", "Paragraph fourteen of")
  .replace("من اليمين", "هنا من اليمين")
  .replace("Some day.\r", "Some day.")
  .replace("The end.", "The end\0.\n\nAnd a word more.\n");

const links: LinkOptions = { resolveLink: linksBySlug() };
const compared = (version: number, by: typeof one | null, summary: string | null) => ({
  version,
  at: "2026-03-03T10:20:30Z",
  by,
  summary,
});
const contents = new DiffContents(inlineTasks);
const { signal } = new AbortController();
const bothBlocks = [renderBlocks(before, links), renderBlocks(after, links)] as const;
const body = await contents.ofTexts("columns", before, after, signal);
const lines = await contents.ofTexts("lines", before, after, signal);
const added = await contents.ofTexts("columns", "", before, signal);
const rendered = await contents.ofPages("rendered", ...bothBlocks, signal);
const renderedColumns = await contents.ofPages("rendered-columns", ...bothBlocks, signal);

const diff = (props: Partial<DiffProps>): Screen =>
  diffScreen({
    page,
    from: compared(6, one, null),
    to: compared(7, two, "Said who is called at night"),
    view: "columns",
    title: ["Rota", "On-call"],
    slug: ["rota", "handbook/on-call"],
    isBodyChanged: true,
    body,
    older: { from: 3, to: 5 },
    newer: { from: 7, to: 8 },
    undoForm: { base: editBase },
    ...props,
  });
const same = diffScreen({
  page,
  from: compared(6, one, null),
  to: compared(6, one, null),
  view: "columns",
  isBodyChanged: false,
  body: { html: "", complete: true },
  older: null,
  newer: null,
  undoForm: null,
});

const marks = ["author-1", "author-2", "author-3", "author-4", "author-5", "author-other"] as const;
const people = [one, two, arabic, { id: "four", name: longWord }, { id: "five", name: "Editor Five" }, null];
const authorship = {
  page,
  version: 9,
  at: "2026-03-03T10:20:30Z",
  authors: marks.map((mark, index) => ({
    person: people[index] ?? null,
    mark,
    share: [0.6, 0.2, 0.1, 0.05, 0.049, 0.001][index] ?? 0,
  })),
  attributions: new Map(
    marks.map((mark, index) => [index + 1, { by: people[index] ?? null, at: "2026-03-03T10:20:30Z", mark }]),
  ),
};
const runs = before
  .split(/(?<=[.\n] ?)/)
  .map((text, index) => ({ text, version: 1 + ((index * index) % 7) }));
const attributed = new Map(
  marks.map((_, index) => [index + 1, { userId: people[index]?.id ?? null, at: new Date(0) }]),
);
const blocks = async (source: typeof runs) =>
  drawnBlocks(
    await authoredBlocks(
      renderBlocks(source.map(({ text }) => text).join(""), links),
      source,
      attributed,
      inlineTasks,
    ),
    (author) => {
      const index = people.findIndex((person) => (person?.id ?? null) === (author ?? null));
      return { by: people[index] ?? null, mark: marks[index] ?? "author-other" };
    },
    authorship.attributions,
  );
/** Kinds of blocks that the other page has none of. */
const mixed = [
  { text: "## Handing over\n\nSome *emph", version: 1 },
  { text: "asised* words and [a link](/there) with `co", version: 2 },
  { text: "de`, see [there](/there).\n\n| h1 | h2 |\n|---|---|\n| c1 | ", version: 1 },
  { text: "changed", version: 4 },
  { text: " |\n\n```js\nconst a = ", version: 5 },
  { text: "3", version: 6 },
  { text: ";\n```\n\n- [x] done\n- ", version: 3 },
  { text: "and &eacute;crit\n\n> القاعدة الأولى ", version: 1 },
  { text: "هي كتابة الأمثلة", version: 3 },
  { text: " أولا.\n", version: 2 },
];

const refused = {
  base: "The pager is carried for a week.\n",
  theirs: "The pager is carried for three days.\n",
  yours: "",
};

export const recordScreens: readonly (readonly [name: string, screen: Screen])[] = [
  ["history", history({ before: 1, continued: true, editBase })],
  ["history-archived", history({ page: archived, edits: archivings, editBase })],
  ["history-one", history({ page: { ...page, version: 1 }, edits: edits.slice(-1), editBase })],
  ["history-end", history({ edits: [], continued: true })],
  ["diff", diff({})],
  ["diff-lines", diff({ view: "lines", body: lines })],
  ["diff-rendered", diff({ view: "rendered", body: rendered })],
  [
    "diff-rendered-columns",
    diff({
      view: "rendered-columns",
      body: { ...renderedColumns, complete: false },
    }),
  ],
  ["diff-first", diff({ from: null, title: [null, "On-call"], slug: [null, "on-call"], older: null })],
  ["diff-same", same],
  ["diff-names", diff({ isBodyChanged: false, undoForm: null })],
  ["diff-too-much", diff({ body: { ...added, complete: false } })],
  ["authorship", authorshipScreen({ ...authorship, shown: { view: "source", runs, complete: false } })],
  [
    "authorship-rendered",
    authorshipScreen({ ...authorship, version: 8, shown: { ...(await blocks(mixed)), allMarked: false } }),
  ],
  ["authorship-rendered-long", authorshipScreen({ ...authorship, shown: await blocks(runs) })],
  [
    "authorship-empty",
    authorshipScreen({ ...authorship, authors: [], shown: { view: "source", runs: [], complete: true } }),
  ],
  [
    "undo-conflict",
    versionConflict({
      page,
      command: "undo",
      versions: { first: 4, last: 5 },
      baseVersion: 5,
      omittedConflicts: 0,
      conflicts: [
        { field: "title", base: "Rota", theirs: "On-call", yours: longWord },
        { field: "body", ...refused },
      ],
    }),
  ],
  [
    "restore-conflict",
    versionConflict({
      page,
      command: "restore",
      versions: { first: 2, last: 2 },
      baseVersion: 7,
      omittedConflicts: 0,
      conflicts: [{ field: "body", ...refused }],
    }),
  ],
  ["archive-conflict", archiveConflict({ page, base: "id.9", baseVersion: 7, summary: "" })],
  ["undo-address-taken", slugTaken({ page, slug: page.slug, versions: { first: 4, last: 5 } })],
  ["undo-refused", commandRefused({ page, error: new UndoRefusedError(1, "it created the page") })],
  [
    "unarchive",
    unarchiveScreen({
      page: archived,
      base: "id.9",
      values: { slug: page.slug, summary: "" },
      errors: { slug: errorText("slug-conflict", new SlugConflictError(page.slug)) },
    }),
  ],
];
