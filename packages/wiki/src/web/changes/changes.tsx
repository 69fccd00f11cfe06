import type { VNode } from "preact";
import type { Change } from "../../projections/recent-changes.ts";
import { addresses } from "../addresses.ts";
import { By } from "../by.tsx";
import { MainPart } from "../main-part.tsx";
import type { Screen } from "../screen.ts";
import { byDay, type Day } from "./days.ts";
import { SizeChange } from "./size-change.tsx";

type ListedChange = {
  /** Of the change among all of the wiki: no two have the same. */
  readonly position: number;
  readonly kind: Change["kind"];
  /** Of the page, as it is now; so is `title`. */
  readonly slug: string;
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  /** A name, or null if nobody by that id is known. */
  readonly by: string | null;
  readonly summary: string | null;
  /** By how many characters the text grew; negative if it shrank. */
  readonly sizeDelta: number;
};

export type ChangesProps = {
  /** Newest first. */
  readonly changes: readonly ListedChange[];
  /** The address of the older ones; null at the end. */
  readonly next: string | null;
  /** Whether newer changes were left out, as this is not the first part of the list; not unless said. */
  readonly continued?: boolean;
};

const kinds: Record<Change["kind"], string> = {
  created: "Created",
  "title-updated": "Title changed",
  "slug-updated": "Address changed",
  "body-updated": "Text changed",
};

/** What was done to all pages, newest first, a part at a time. */
export function changesScreen(props: ChangesProps): Screen {
  return { title: "Changes", body: <Changes {...props} /> };
}

function Changes({ changes, next, continued = false }: ChangesProps): VNode {
  return (
    <MainPart>
      <h1>Changes</h1>
      {changes.length === 0 ? (
        <p class="lede">{continued ? "There are no older changes." : "Nothing has been written yet."}</p>
      ) : (
        <>
          <p class="count">Days and times are those of UTC.</p>
          {byDay(changes).map((day) => (
            <DayOfChanges key={day.date} {...day} />
          ))}
        </>
      )}
      {(continued || next !== null) && (
        <nav class="pager" aria-label="More of the list">
          {continued ? <a href={addresses.changes()}>Newest changes</a> : <span />}
          {next !== null && (
            <a href={next} rel="next">
              Older changes
            </a>
          )}
        </nav>
      )}
    </MainPart>
  );
}

const dayWithName = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

function DayOfChanges({ date, changes }: Day<ListedChange>): VNode {
  return (
    <section class="day" aria-labelledby={`-day-${date}`}>
      <h2 id={`-day-${date}`}>
        <time dateTime={date}>{dayWithName.format(new Date(date))}</time>
      </h2>
      <ol>
        {changes.map((change) => (
          <ChangeRow key={change.position} {...change} />
        ))}
      </ol>
    </section>
  );
}

function ChangeRow({ kind, slug, title, at, by, summary, sizeDelta }: ListedChange): VNode {
  return (
    <li>
      <time class="at" dateTime={at}>
        {new Date(at).toISOString().slice(11, 16)}
      </time>
      <a class="title" href={addresses.page(slug)}>
        <bdi>{title}</bdi>
      </a>
      {(kind === "created" || kind === "body-updated") && <SizeChange delta={sizeDelta} />}
      <p class="what">
        {kinds[kind]} <By name={by} />
      </p>
      {summary !== null && (
        <p class="summary" dir="auto">
          {summary}
        </p>
      )}
    </li>
  );
}
