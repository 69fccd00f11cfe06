import { mergeEdit } from "../packages/wiki/src/application/conflict-resolution.ts";
import { SlugConflictError } from "../packages/wiki/src/application/errors.ts";
import { InvalidSlugError } from "../packages/wiki/src/content/slug.ts";
import { draftText } from "../packages/wiki/src/web/drafts/draft-text.tsx";
import { draftsScreen } from "../packages/wiki/src/web/drafts/drafts.tsx";
import { errorText } from "../packages/wiki/src/web/error-text.ts";
import { type EditConflictProps, editConflict } from "../packages/wiki/src/web/page/conflict.tsx";
import { editPage } from "../packages/wiki/src/web/page/edit.tsx";
import { renamePage } from "../packages/wiki/src/web/page/rename.tsx";
import { inlineTasks } from "../packages/wiki/src/workers/task-runner.ts";
import { editor, longWord, type Row } from "./gallery-frames.ts";
import { arabic, article, long, onCall } from "./gallery-reading.ts";

const body = Array.from({ length: 40 }, (_, n) => `Line ${n + 1} of what the page says.`).join("\n");
/** What stands in the edit form. Its body begins with lines that a browser could take for layout. */
export const source = { title: "On-call", slug: "", body: `\n\n  ${body}\n`, summary: "" };
const page = { id: "id", version: 14, slug: "handbook/on-call", title: "On-call", base: "id.14" };

const theirText = {
  title: "On call",
  body: body
    .replace("Line 20 of", "Line twenty, which is now longer than it was, of")
    .replace("Line 28 of what the page says.\n", "")
    .replace("Line 33 of what", "Line 33 of all that"),
};
const yourText = {
  title: "On-call duty",
  body: body
    .replace("Line 20 of what", "Line 20 of all that")
    .replace("Line 28 of what", "Line 28 of everything that")
    .replace("Line 5 of", "Line five of"),
  summary: "Clearer",
};
const formDraft = { draft: { id: "form" } };
const conflict: EditConflictProps = {
  ...formDraft,
  ancestorVersions: [],
  id: "id",
  slug: page.slug,
  base: { version: 14, token: "id.14" },
  theirs: {
    version: 15,
    title: theirText.title,
    at: "2026-03-04T09:00:00Z",
    by: "Grace Hopper",
    token: "id.15",
  },
  yours: yourText,
  merge: await mergeEdit({ title: "On-call", body }, theirText, yourText, inlineTasks),
  resolutions: new Map(),
  isDraftSaved: true,
};
const settledConflict: EditConflictProps = {
  ...conflict,
  resolutions: new Map([
    ["title", { choice: "theirs" }],
    ["1", { choice: "own", own: "Line 20, settled.\n" }],
  ]),
  result: { title: "On call", body: "The text as it is going to be.\n" },
};

const kept = { savedAt: "2026-03-04T09:05:00Z" };
const draft = { ...kept, id: "typed", draft: { id: "form" } };
const newerVersions = {
  base: 14,
  current: 17,
  by: ["Grace Hopper", "سلمى", "Ada Lovelace"],
  conflicts: true,
};
const drafts = [
  {
    title: "On-call",
    ...draft,
    page: { id: "1", slug: onCall.slug, archived: false, baseVersion: 14, version: 17 },
  },
  { title: " ", ...draft, page: null },
  {
    title: longWord,
    ...draft,
    page: { id: "2", slug: long.slug, archived: false, baseVersion: 3, version: 3 },
  },
  {
    title: arabic.title,
    ...draft,
    page: { id: "3", slug: arabic.slug, archived: true, baseVersion: 3, version: 4 },
  },
];

export const editingScreens: readonly Row[] = [
  [
    "new",
    { ...editor, current: "new" },
    editPage({
      page: null,
      values: { title: "", slug: "", body: "", summary: "" },
      ...formDraft,
    }),
  ],
  [
    "new-errors",
    { ...editor, current: "new" },
    editPage({
      page: null,
      ...formDraft,
      values: { ...source, slug: "-/x", title: "" },
      errors: {
        title: errorText("invalid-title", undefined),
        slug: errorText("invalid-slug", new InvalidSlugError("-/x", "reserved")),
      },
    }),
  ],
  ["edit", editor, editPage({ page, values: source, ...formDraft })],
  [
    "edit-preview",
    editor,
    editPage({ page, values: source, ...formDraft, preview: { html: article, headings: [] } }),
  ],
  ["rename", editor, renamePage({ page, values: { slug: page.slug, summary: "" } })],
  [
    "rename-error",
    editor,
    renamePage({
      page,
      values: { slug: "welcome", summary: "" },
      errors: { slug: errorText("slug-conflict", new SlugConflictError("welcome")) },
    }),
  ],
  [
    "rename-conflict",
    editor,
    renamePage({
      page,
      values: { slug: "duty", summary: "" },
      conflict: { base: "on-call", by: "Grace Hopper" },
    }),
  ],
  [
    "edit-draft",
    editor,
    editPage({ page, values: source, ...formDraft, openedDraft: { ...kept, newerVersions }, otherDrafts: 2 }),
  ],
  [
    "new-draft",
    { ...editor, current: "new" },
    editPage({ page: null, values: source, ...formDraft, openedDraft: kept }),
  ],
  [
    "new-other-draft",
    { ...editor, current: "new" },
    editPage({
      page: null,
      values: source,
      ...formDraft,
      otherNewPage: { title: longWord, ...kept },
    }),
  ],
  ["drafts", editor, draftsScreen({ drafts, notice: "discarded" })],
  ["drafts-empty", editor, draftsScreen({ drafts: [] })],
  ["draft-text", editor, draftText({ page: { id: "id", slug: "x", archived: true }, ...source, ...draft })],
  ["conflict", editor, editConflict(conflict)],
  [
    "conflict-draft",
    editor,
    editConflict({
      ...settledConflict,
      isDraftSaved: false,
      openedDraft: {
        ...kept,
        newerVersions: { ...newerVersions, base: 15, conflicts: false, isResolving: true },
      },
    }),
  ],
  ["conflict-result", editor, editConflict(settledConflict)],
  [
    "conflict-errors",
    editor,
    editConflict({ ...conflict, isDraftSaved: false, errors: { form: "You are signed out." } }),
  ],
];
