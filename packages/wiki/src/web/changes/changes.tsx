import type { VNode } from "preact";
import { useAddresses, useIsEarlierDate } from "../addresses.ts";
import { byDay, type Day, DayHeading } from "../parts/change-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { UtcNote } from "../parts/time.tsx";
import { strings } from "../strings/strings.ts";
import { ChangeRow, type ListedChange } from "./change-row.tsx";
import { addressesOf, type ChangesFilters, Filters } from "./filters.tsx";

export type ChangesProps = {
  /** Newest first. */
  readonly changes: readonly ListedChange[];
  /** The position before which the next part starts; null at the end. */
  readonly before: string | null;
  /** Whether this is a later part of the list. */
  readonly continued?: boolean;
  readonly filters?: ChangesFilters;
};

/** A part of the list of changes of all pages, newest first, limited to those that match the filters. */
export function changesScreen(props: ChangesProps): Screen {
  return { title: strings.changes.heading, body: <Changes {...props} /> };
}

function Changes(props: ChangesProps): VNode {
  const { changes, before, continued = false, filters = {} } = props;
  const ofChanges = addressesOf(useAddresses(), filters);
  const isEarlier = useIsEarlierDate();
  return (
    <MainPart>
      <h1>{strings.changes.heading}</h1>
      <Filters {...filters} />
      {changes.length === 0 ? (
        <p class="lede">{emptyText(props, isEarlier)}</p>
      ) : (
        <>
          <p class="count">
            <UtcNote />
          </p>
          {byDay(changes).map((day) => (
            <DayOfChanges key={day.date} day={day} filters={filters} />
          ))}
        </>
      )}
      {(continued || before !== null) && (
        <nav class="pager" aria-label={strings.common.pagination}>
          {continued ? <a href={ofChanges()}>{strings.changes.newest}</a> : <span />}
          {before !== null && (
            <a href={ofChanges(before)} rel="next">
              {strings.changes.older}
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

function emptyText({ continued = false, filters = {} }: ChangesProps, isEarlier: boolean): string {
  if (continued) return strings.changes.noOlder;
  if (Object.keys(filters).length > 0) return strings.changes.noneMatch;
  return isEarlier ? strings.changes.noneEarlier : strings.changes.none;
}

function DayOfChanges(props: { readonly day: Day<ListedChange>; readonly filters: ChangesFilters }): VNode {
  const { date, changes } = props.day;
  return (
    <section class="day" aria-labelledby={`-day-${date}`}>
      <DayHeading date={date} />
      <ol>
        {changes.map((change) => (
          <ChangeRow key={change.position} change={change} ofOnePage={props.filters.page !== undefined} />
        ))}
      </ol>
    </section>
  );
}
