import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import { SummaryField } from "../parts/field.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { DiffColumns, DiffLines } from "./diff-table.tsx";
import type { DrawnRows } from "./drawn-rows.ts";
import { type RecordedPage, RecordHead } from "./record-head.tsx";
import type { ComparedBlocks } from "./rendered-comparison.ts";
import { RenderedColumns } from "./rendered-table.tsx";

export const DIFF_VIEWS = ["columns", "lines", "rendered-columns", "rendered"] as const;
export type DiffView = (typeof DIFF_VIEWS)[number];

type ComparedVersion = {
  readonly version: number;
  /** ISO 8601. */
  readonly at: string;
  readonly by: ListedPerson | null;
  readonly summary: string | null;
};

type DrawnBlocks = { readonly blocks: readonly ComparedBlocks[]; readonly complete: boolean };

type Versions = { readonly from: number; readonly to: number };

export type DiffProps = {
  readonly page: RecordedPage;
  /** Null before the first version, when nothing was there. */
  readonly from: ComparedVersion | null;
  readonly to: ComparedVersion;
  readonly view: DiffView;
  /** Both sides, where they differ; that of before is null if nothing was there. */
  readonly title?: readonly [string | null, string];
  readonly slug?: readonly [string | null, string];
  /** Whether the texts differ. */
  readonly changed: boolean;
  /** Of the source the rows; of the rendered page its HTML with what came and went marked in it, or both pages' blocks. */
  readonly body: DrawnRows | DrawnBlocks | { readonly html: string } | "too long";
  /** The differences that the edits before and after these made; null where there are none. */
  readonly older: Versions | null;
  readonly newer: Versions | null;
  /** What the form that takes the edit back is made of, where this is one edit and the reader may; else null. */
  readonly undoing: { readonly base: string } | null;
};

/** What changed between two versions of a page. */
export function diffScreen(props: DiffProps): Screen {
  const { page, from, to } = props;
  const title = `${page.title}: what changed from version ${from?.version ?? 0} to ${to.version}`;
  return { title, body: <Diff {...props} /> };
}

function Diff(props: DiffProps): VNode {
  const { page, title, slug, changed, undoing } = props;
  return (
    <MainPart shape="wide">
      <RecordHead page={page}>
        What changed in <bdi>{page.title}</bdi>
      </RecordHead>
      <Compared {...props} />
      <Ways {...props} />
      {title !== undefined && <FieldChange name="Title" change={title} />}
      {slug !== undefined && <FieldChange name="Address" change={slug} />}
      {changed ? <Body {...props} /> : <SameText {...props} />}
      {undoing !== null && <UndoForm {...props} undoing={undoing} />}
    </MainPart>
  );
}

function Compared({ page, from, to }: DiffProps): VNode {
  return (
    <dl class="compared">
      <dt>Before</dt>
      <dd>{from === null ? "Nothing yet" : <NamedVersion page={page} of={from} />}</dd>
      <dt>After</dt>
      <dd>
        <NamedVersion page={page} of={to} />
      </dd>
    </dl>
  );
}

function NamedVersion({ page, of }: { readonly page: RecordedPage; readonly of: ComparedVersion }): VNode {
  return (
    <>
      <a href={addresses.pageById(page.id, of.version)}>Version {of.version}</a>, <Time at={of.at} />{" "}
      <ByPerson person={of.by} />
      {of.summary !== null && (
        <>
          :{" "}
          <bdi class="summary" dir="auto">
            {of.summary}
          </bdi>
        </>
      )}
    </>
  );
}

const viewNames: Record<DiffView, string> = {
  columns: "Source side by side",
  lines: "Source in one column",
  "rendered-columns": "Page side by side",
  rendered: "Page in one column",
};

function Ways({ page, from, to, view, older, newer }: DiffProps): VNode {
  return (
    <div class="diff-ways">
      <nav class="ways" aria-label="Ways to see the difference">
        {DIFF_VIEWS.map((name) => (
          <a
            key={name}
            href={addresses.diff(page.id, from?.version ?? 0, to.version, name)}
            aria-current={name === view ? "page" : undefined}
          >
            {viewNames[name]}
          </a>
        ))}
      </nav>
      <nav class="ways" aria-label="Edits before and after">
        {older !== null && (
          <a href={addresses.diff(page.id, older.from, older.to, view)} rel="prev">
            Older edit
          </a>
        )}
        {newer !== null && (
          <a href={addresses.diff(page.id, newer.from, newer.to, view)} rel="next">
            Newer edit
          </a>
        )}
      </nav>
    </div>
  );
}

function FieldChange(props: {
  readonly name: string;
  readonly change: readonly [string | null, string];
}): VNode {
  const [before, after] = props.change;
  return (
    <p class="field-change">
      <b>{props.name}</b> {before !== null && <del dir="auto">{before}</del>} <ins dir="auto">{after}</ins>
    </p>
  );
}

function SameText({ title, slug }: DiffProps): VNode {
  const same = title === undefined && slug === undefined;
  return (
    <p class="lede same-text">
      {same ? "There is no difference between these versions." : "The text is the same in both versions."}
    </p>
  );
}

function Body({ body, view, from, to }: DiffProps): VNode {
  if (body === "too long") {
    return (
      <p class="notice">The page is too long to be compared as readers see it, but its source is not.</p>
    );
  }
  if ("html" in body) {
    if (body.html === "") return <NothingShown />;
    return <article class="prose compared-page" dir="auto" dangerouslySetInnerHTML={{ __html: body.html }} />;
  }
  const names = {
    before: from === null ? "Nothing yet" : `Version ${from.version}`,
    after: `Version ${to.version}`,
  };
  return (
    <>
      {"blocks" in body ? (
        body.blocks.length === 0 ? (
          <NothingShown />
        ) : (
          <RenderedColumns blocks={body.blocks} {...names} />
        )
      ) : view === "lines" ? (
        <DiffLines rows={body.rows} {...names} />
      ) : (
        <DiffColumns rows={body.rows} {...names} />
      )}
      {!body.complete && (
        <p class="notice">
          There is more that differs, too much to draw here. Each version can be read whole.
        </p>
      )}
    </>
  );
}

function NothingShown(): VNode {
  return <p class="empty">Neither version shows anything.</p>;
}

function UndoForm({
  page,
  to,
  undoing,
}: DiffProps & { readonly undoing: NonNullable<DiffProps["undoing"]> }): VNode {
  return (
    <details class="more">
      <summary>Undo this edit</summary>
      <form class="form" method="post" action={addresses.undo(page.id)}>
        <input type="hidden" name="base" value={undoing.base} />
        <input type="hidden" name="version" value={to.version} />
        <SummaryField hint="What was changed later stays as it is." />
        <div class="actions">
          <button class="button main" type="submit">
            Undo this edit
          </button>
        </div>
      </form>
    </details>
  );
}
