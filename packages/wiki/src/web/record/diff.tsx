import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import { SummaryField } from "../parts/field.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import type { DiffContent } from "./diff-content.ts";
import { DiffColumns, DiffLines } from "./diff-table.tsx";
import { type RecordedPage, RecordHead } from "./record-head.tsx";
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

type Versions = { readonly from: number; readonly to: number };

export type DiffProps = {
  readonly page: RecordedPage;
  /** Null if the difference is to no page, as for the first version. */
  readonly from: ComparedVersion | null;
  readonly to: ComparedVersion;
  readonly view: DiffView;
  /** Both values if they differ; the first is null if `from` is. */
  readonly title?: readonly [string | null, string];
  readonly slug?: readonly [string | null, string];
  readonly isBodyChanged: boolean;
  readonly body: DiffContent | "too long";
  /** The versions of the previous and next edit; null if there is none. */
  readonly older: Versions | null;
  readonly newer: Versions | null;
  /** The version token for the form that undoes the edit; null if this is not one edit or the reader may not edit. */
  readonly undoForm: { readonly base: string } | null;
};

export function diffScreen(props: DiffProps): Screen {
  const { page, from, to } = props;
  const title = strings.diff.titleOf(page.title, from?.version ?? 0, to.version);
  return { title, body: <Diff {...props} /> };
}

function Diff(props: DiffProps): VNode {
  const { page, title, slug, isBodyChanged, undoForm } = props;
  return (
    <MainPart shape="wide">
      <RecordHead page={page}>{strings.diff.heading(<bdi>{page.title}</bdi>)}</RecordHead>
      <Compared {...props} />
      <DiffNavigation {...props} />
      {title !== undefined && <FieldChange name={strings.common.title} change={title} />}
      {slug !== undefined && <FieldChange name={strings.common.address} change={slug} />}
      {isBodyChanged ? <Body {...props} /> : <SameText {...props} />}
      {undoForm !== null && <UndoForm {...props} undoForm={undoForm} />}
    </MainPart>
  );
}

function Compared({ page, from, to }: DiffProps): VNode {
  return (
    <dl class="compared">
      <dt>{strings.diff.before}</dt>
      <dd>{from === null ? strings.diff.noPage : <NamedVersion page={page} of={from} />}</dd>
      <dt>{strings.diff.after}</dt>
      <dd>
        <NamedVersion page={page} of={to} />
      </dd>
    </dl>
  );
}

function NamedVersion({ page, of }: { readonly page: RecordedPage; readonly of: ComparedVersion }): VNode {
  return (
    <>
      {strings.diff.versionSaved(
        <a href={addresses.pageById(page.id, of.version)}>{strings.common.version(of.version)}</a>,
        <Time at={of.at} />,
        <ByPerson person={of.by} />,
      )}
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

function DiffNavigation({ page, from, to, view, older, newer }: DiffProps): VNode {
  return (
    <div class="diff-ways">
      <nav class="sub-navigation" aria-label={strings.common.views}>
        {DIFF_VIEWS.map((name) => (
          <a
            key={name}
            href={addresses.diff(page.id, from?.version ?? 0, to.version, name)}
            aria-current={name === view ? "page" : undefined}
          >
            {strings.diff.views[name]}
          </a>
        ))}
      </nav>
      <nav class="sub-navigation" aria-label={strings.diff.otherChanges}>
        {older !== null && (
          <a href={addresses.diff(page.id, older.from, older.to, view)} rel="prev">
            {strings.diff.olderChange}
          </a>
        )}
        {newer !== null && (
          <a href={addresses.diff(page.id, newer.from, newer.to, view)} rel="next">
            {strings.diff.newerChange}
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
  return <p class="lede same-text">{same ? strings.diff.same : strings.diff.sameText}</p>;
}

function Body({ body, view, from, to }: DiffProps): VNode {
  if (body === "too long") {
    return <p class="notice">{strings.diff.tooLong}</p>;
  }
  const { html, complete } = body;
  if (html === "") return <p class="empty">{strings.diff.bothEmpty}</p>;
  if (view === "rendered") {
    return <article class="prose compared-page" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
  }
  const Table = { columns: DiffColumns, lines: DiffLines, "rendered-columns": RenderedColumns }[view];
  const names = {
    before: from === null ? strings.diff.noPage : strings.common.version(from.version),
    after: strings.common.version(to.version),
  };
  return (
    <>
      <Table html={html} {...names} />
      {!complete && <p class="notice">{strings.diff.incomplete}</p>}
    </>
  );
}

function UndoForm({
  page,
  to,
  undoForm,
}: DiffProps & { readonly undoForm: NonNullable<DiffProps["undoForm"]> }): VNode {
  return (
    <details class="more">
      <summary>{strings.diff.undo}</summary>
      <form class="form" method="post" action={addresses.undo(page.id)}>
        <input type="hidden" name="base" value={undoForm.base} />
        <input type="hidden" name="version" value={to.version} />
        <SummaryField hint={strings.diff.undoHint} />
        <div class="actions">
          <button class="button main" type="submit">
            {strings.diff.undo}
          </button>
        </div>
      </form>
    </details>
  );
}
