import type { VNode } from "preact";
import { useAddresses, useIsPast } from "../addresses.ts";
import { byDay, type Day, DayHeading } from "../parts/change-list.tsx";
import type { Screen } from "../parts/screen.tsx";
import { MainPart } from "../parts/screen.tsx";
import { ChangeRow, type ListedChange } from "./change-row.tsx";
import { addressesOf, type ChangesFilters, Filters } from "./filters.tsx";

export type ChangesProps = {
  /** Newest first. */
  readonly changes: readonly ListedChange[];
  /** Where the older ones begin; null at the end. */
  readonly before: string | null;
  /** Whether newer changes were left out, as this is not the first part of the list; not unless said. */
  readonly continued?: boolean;
  /** What is left of all changes; everything unless said. */
  readonly filters?: ChangesFilters;
};

/** What was done to all pages, or by somebody, or to one page, newest first, a part at a time. */
export function changesScreen(props: ChangesProps): Screen {
  return { title: "Changes", body: <Changes {...props} /> };
}

function Changes(props: ChangesProps): VNode {
  const { changes, before, continued = false, filters = {} } = props;
  const ofChanges = addressesOf(useAddresses(), filters);
  const past = useIsPast();
  return (
    <MainPart>
      <h1>Changes</h1>
      <Filters {...filters} />
      {changes.length === 0 ? (
        <p class="lede">{whyNone(props, past)}</p>
      ) : (
        <>
          <p class="count">Days and times are those of UTC.</p>
          {byDay(changes).map((day) => (
            <DayOfChanges key={day.date} day={day} filters={filters} />
          ))}
        </>
      )}
      {(continued || before !== null) && (
        <nav class="pager" aria-label="More of the list">
          {continued ? <a href={ofChanges()}>Newest changes</a> : <span />}
          {before !== null && (
            <a href={ofChanges(before)} rel="next">
              Older changes
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

function whyNone({ continued = false, filters = {} }: ChangesProps, past: boolean): string {
  if (continued) return "There are no older changes.";
  if (Object.keys(filters).length > 0) return "There are no such changes.";
  return past ? "Nothing was written yet." : "Nothing has been written yet.";
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
