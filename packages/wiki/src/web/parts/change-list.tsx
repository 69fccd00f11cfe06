import type { VNode } from "preact";
/** What happened on one day, in the order given. */
export type Day<Change> = {
  /** YYYY-MM-DD, in UTC. */
  readonly date: string;
  readonly changes: readonly Change[];
};

/** Puts changes that follow each other on the same day of UTC together. `at` is in ISO 8601, with any offset. */
export function byDay<Change extends { readonly at: string }>(changes: readonly Change[]): Day<Change>[] {
  const days: { date: string; changes: Change[] }[] = [];
  for (const change of changes) {
    const date = new Date(change.at).toISOString().slice(0, 10);
    const last = days.at(-1);
    if (last?.date === date) last.changes.push(change);
    else days.push({ date, changes: [change] });
  }
  return days;
}

const dayWithName = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

/** The heading of a day, given as YYYY-MM-DD; it names its section by `-day-…`. */
export function DayHeading({ date }: { date: string }): VNode {
  return (
    <h2 id={`-day-${date}`}>
      <time dateTime={date}>{dayWithName.format(new Date(date))}</time>
    </h2>
  );
}

/** By how many characters a text grew or shrank: "+12", "−3", "±0". */
export function SizeChange({ delta }: { delta: number }): VNode {
  const size = Math.abs(delta).toLocaleString("en-GB");
  return (
    <span class={`size ${delta > 0 ? "grown" : delta < 0 ? "shrunk" : "same"}`}>
      {delta > 0 ? "+" : delta < 0 ? "−" : "±"}
      {size}
      <span class="unseen"> {size === "1" ? "character" : "characters"}</span>
    </span>
  );
}
