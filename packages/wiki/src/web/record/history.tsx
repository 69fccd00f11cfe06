import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import { byDay, type Day, DayHeading, SizeChange } from "../parts/change-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { Time, UtcNote } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import type { AuthorMark } from "./author-marks.tsx";
import { ChangeBar } from "./author-marks.tsx";
import { ChangeDescriptions } from "./change-descriptions.tsx";
import { type RecordedPage, RecordHead } from "./record-head.tsx";
import type { SavedEdit } from "./saved-edits.ts";

type HistoryRow = Pick<SavedEdit, "first" | "last" | "summary" | "sizeDelta" | "merged" | "changes"> & {
  /** ISO 8601. */
  readonly at: string;
  readonly by: ListedPerson | null;
  readonly mark: AuthorMark;
  /** The address of the page at that date; null if it was archived. */
  readonly wikiThen: string | null;
};

export type HistoryProps = {
  readonly page: RecordedPage;
  /** Newest first. */
  readonly edits: readonly HistoryRow[];
  /** The version before which the next part starts; null at the end. */
  readonly before: number | null;
  /** Whether this is a later part of the list. */
  readonly continued: boolean;
  /** The version token that the forms submit as `base`; null if the reader may not edit. */
  readonly editBase: string | null;
};

export function historyScreen(props: HistoryProps): Screen {
  return { title: strings.history.titleOf(props.page.title), body: <History {...props} /> };
}

const COMPARE = "-compare";
const CHANGE = "-change";

function History(props: HistoryProps): VNode {
  const { page, edits, before, continued } = props;
  const largest = Math.max(...edits.map(({ sizeDelta }) => Math.abs(sizeDelta ?? 0)));
  return (
    <MainPart>
      <RecordHead page={page} current="history">
        {strings.history.heading(<bdi>{page.title}</bdi>)}
      </RecordHead>
      {edits.length === 0 ? (
        <p class="lede">{strings.history.none}</p>
      ) : (
        <>
          <Forms {...props} />
          {byDay(edits).map((day) => (
            <DayOfEdits key={day.date} day={day} largest={largest} {...props} />
          ))}
        </>
      )}
      {(continued || before !== null) && (
        <nav class="pager" aria-label={strings.common.pagination}>
          {continued ? <a href={addresses.history(page.id)}>{strings.history.newest}</a> : <span />}
          {before !== null && (
            <a href={addresses.history(page.id, before)} rel="next">
              {strings.history.older}
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

/** The forms that the buttons in the rows submit. */
function Forms({ page, edits, editBase }: HistoryProps): VNode {
  return (
    <>
      <p class="count">
        {strings.history.aboutBars} <UtcNote />
      </p>
      {edits.length > 1 && (
        <form id={COMPARE} class="compare" method="get" action={addresses.diff(page.id)}>
          <button class="button" type="submit">
            {strings.history.compare}
          </button>
        </form>
      )}
      {editBase !== null && (
        <form id={CHANGE} method="post" action={addresses.restore(page.id)}>
          <input type="hidden" name="base" value={editBase} />
        </form>
      )}
    </>
  );
}

type InPart = HistoryProps & { readonly largest: number };

function DayOfEdits({ day, ...props }: InPart & { readonly day: Day<HistoryRow> }): VNode {
  const { date, changes } = day;
  return (
    <section class="day" aria-labelledby={`-day-${date}`}>
      <DayHeading date={date} />
      <ol>
        {changes.map((edit) => (
          <EditRow key={edit.last} edit={edit} {...props} />
        ))}
      </ol>
    </section>
  );
}

function EditRow({ edit, ...props }: InPart & { readonly edit: HistoryRow }): VNode {
  const { first, last, at, by, mark, summary, sizeDelta, merged, changes } = edit;
  const { page, largest } = props;
  return (
    <li id={`-version-${last}`}>
      <span class="at">
        <Time at={at} form="clock" />
      </span>
      <p class="version">
        <a class="title" href={addresses.pageById(page.id, last)}>
          {strings.history.versions(first, last)}
        </a>{" "}
        <span class="what">
          <ByPerson person={by} />
        </span>
      </p>
      {sizeDelta !== null && <SizeChange delta={sizeDelta} />}
      <ChangeBar delta={sizeDelta} largest={largest} mark={mark} />
      <p class="what">
        <ChangeDescriptions pageId={page.id} changes={changes} />
        {merged !== null &&
          strings.history.merged(merged.base, merged.current, (words) => (
            <a href={addresses.diff(page.id, merged.base, merged.current)}>{words}</a>
          ))}
      </p>
      {summary !== null && (
        <p class="summary" dir="auto">
          {summary}
        </p>
      )}
      <EditActions edit={edit} {...props} />
    </li>
  );
}

function EditActions({ edit, page, edits, editBase }: HistoryProps & { readonly edit: HistoryRow }): VNode {
  const { first, last, wikiThen, changes } = edit;
  const name = strings.common.versions(first, last);
  return (
    <div class="edit-actions">
      {edits.length > 1 && <Choice {...{ edit, edits }} />}
      <a href={addresses.diff(page.id, first - 1, last)}>{strings.history.seeChangesIn(name)}</a>
      {wikiThen !== null && <a href={wikiThen}>{strings.history.viewWikiAt(name)}</a>}
      {editBase !== null && !page.archived && last !== page.version && (
        <ChangeButton address={addresses.restore(page.id)} version={last}>
          {strings.history.restore(last)}
        </ChangeButton>
      )}
      {editBase !== null && !page.archived && canBeUndone(changes) && (
        <ChangeButton address={addresses.undo(page.id)} version={last}>
          {strings.history.undo(name)}
        </ChangeButton>
      )}
    </div>
  );
}

function Choice({
  edit,
  edits,
}: {
  readonly edit: HistoryRow;
  readonly edits: readonly HistoryRow[];
}): VNode {
  const index = edits.indexOf(edit);
  const choose = (name: "from" | "to", chosen: boolean) => (
    <label>
      <input type="radio" form={COMPARE} name={name} value={edit.last} checked={chosen} />
      {strings.history[name](edit.last)}
    </label>
  );
  return (
    <span class="choice">
      {choose("from", index === 1)}
      {choose("to", index === 0)}
    </span>
  );
}

function ChangeButton(props: {
  readonly address: string;
  readonly version: number;
  readonly children: VNode;
}): VNode {
  return (
    <button
      class="button plain"
      type="submit"
      form={CHANGE}
      formAction={props.address}
      name="version"
      value={props.version}
    >
      {props.children}
    </button>
  );
}

function canBeUndone(changes: HistoryRow["changes"]): boolean {
  return changes.every(({ kind }) => kind !== "created" && kind !== "archived" && kind !== "unarchived");
}
