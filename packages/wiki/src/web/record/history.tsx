import type { VNode } from "preact";
import { addresses } from "../addresses.ts";
import { ByPerson, type ListedPerson } from "../parts/by.tsx";
import { byDay, type Day, DayHeading, SizeChange } from "../parts/change-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import type { AuthorMark } from "./author-marks.tsx";
import { ChangeBar } from "./author-marks.tsx";
import { Deeds } from "./deeds.tsx";
import { type RecordedPage, RecordHead } from "./record-head.tsx";
import type { SavedEdit } from "./saved-edits.ts";

type HistoryRow = Pick<SavedEdit, "first" | "last" | "summary" | "sizeDelta" | "merged" | "changes"> & {
  /** ISO 8601. */
  readonly at: string;
  readonly by: ListedPerson | null;
  readonly mark: AuthorMark;
  /** The address of the page in the wiki as it was then; null where it was not in it. */
  readonly wikiThen: string | null;
};

export type HistoryProps = {
  readonly page: RecordedPage;
  /** Newest first. */
  readonly edits: readonly HistoryRow[];
  /** The version before which the older ones are; null at the end. */
  readonly before: number | null;
  /** Whether newer versions were left out, as this is not the first part. */
  readonly continued: boolean;
  /** What the forms of somebody who may write are made of; null for others. */
  readonly writing: { readonly base: string } | null;
};

/** Every version of a page, newest first, a part at a time. */
export function historyScreen(props: HistoryProps): Screen {
  return { title: `History of ${props.page.title}`, body: <History {...props} /> };
}

const COMPARE = "-compare";
const CHANGE = "-change";

function History(props: HistoryProps): VNode {
  const { page, edits, before, continued } = props;
  const largest = Math.max(...edits.map(({ sizeDelta }) => Math.abs(sizeDelta ?? 0)));
  return (
    <MainPart>
      <RecordHead page={page} current="history">
        History of <bdi>{page.title}</bdi>
      </RecordHead>
      {edits.length === 0 ? (
        <p class="lede">There are no older versions.</p>
      ) : (
        <>
          <Forms {...props} />
          {byDay(edits).map((day) => (
            <DayOfEdits key={day.date} day={day} largest={largest} {...props} />
          ))}
        </>
      )}
      {(continued || before !== null) && (
        <nav class="pager" aria-label="More of the history">
          {continued ? <a href={addresses.history(page.id)}>Newest versions</a> : <span />}
          {before !== null && (
            <a href={addresses.history(page.id, before)} rel="next">
              Older versions
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

/** The forms to which the buttons of all rows belong. */
function Forms({ page, edits, writing }: HistoryProps): VNode {
  return (
    <>
      <p class="count">Days and times are those of UTC. A bar is as long as the change to the text.</p>
      {edits.length > 1 && (
        <form id={COMPARE} class="compare" method="get" action={addresses.diff(page.id)}>
          <button class="button" type="submit">
            Compare the chosen versions
          </button>
        </form>
      )}
      {writing !== null && (
        <form id={CHANGE} method="post" action={addresses.restore(page.id)}>
          <input type="hidden" name="base" value={writing.base} />
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
      <time class="at" dateTime={at}>
        {new Date(at).toISOString().slice(11, 16)}
      </time>
      <p class="version">
        <a class="title" href={addresses.pageById(page.id, last)}>
          {first === last ? `Version ${last}` : `Versions ${first}–${last}`}
        </a>{" "}
        <span class="what">
          <ByPerson person={by} />
        </span>
      </p>
      {sizeDelta !== null && <SizeChange delta={sizeDelta} />}
      <ChangeBar delta={sizeDelta} largest={largest} mark={mark} />
      <p class="what">
        <Deeds pageId={page.id} deeds={changes} />
        {merged !== null && (
          <>
            ; begun with version {merged.base} and merged with{" "}
            <a href={addresses.diff(page.id, merged.base, merged.current)}>
              what others did up to version {merged.current}
            </a>
          </>
        )}
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

function EditActions({ edit, page, edits, writing }: HistoryProps & { readonly edit: HistoryRow }): VNode {
  const { first, last, wikiThen, changes } = edit;
  const name = first === last ? `version ${last}` : `versions ${first} to ${last}`;
  return (
    <div class="edit-actions">
      {edits.length > 1 && <Choice {...{ edit, edits }} />}
      <a href={addresses.diff(page.id, first - 1, last)}>
        What changed <span class="unseen">in {name}</span>
      </a>
      {wikiThen !== null && (
        <a href={wikiThen}>
          The wiki then <span class="unseen">, at {name}</span>
        </a>
      )}
      {writing !== null && !page.archived && last !== page.version && (
        <ChangeButton address={addresses.restore(page.id)} version={last}>
          Restore <span class="unseen">version {last}</span>
        </ChangeButton>
      )}
      {writing !== null && !page.archived && canBeUndone(changes) && (
        <ChangeButton address={addresses.undo(page.id)} version={last}>
          Undo <span class="unseen">{name}</span>
        </ChangeButton>
      )}
    </div>
  );
}

/** Which two versions to compare: at first the newest with the one before it. */
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
      {name}
      <span class="unseen"> version {edit.last}</span>
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
  readonly children: (VNode | string)[];
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
