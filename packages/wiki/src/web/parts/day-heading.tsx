import type { VNode } from "preact";

const dayWithName = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

/** The heading of a day, given as YYYY-MM-DD; it names its section by `-day-…`. */
export function DayHeading({ date }: { date: string }): VNode {
  return (
    <h2 id={`-day-${date}`}>
      <time dateTime={date}>{dayWithName.format(new Date(date))}</time>
    </h2>
  );
}
