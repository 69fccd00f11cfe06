import type { VNode } from "preact";

// The server cannot know a reader's zone, so days are those of UTC; the exact instant is in the tooltip.
const day = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** A point in time, given in ISO 8601, as a day: "3 March 2026". */
export function When({ at }: { at: string }): VNode {
  return (
    <time dateTime={at} title={`${at.slice(0, 16).replace("T", " ")} UTC`}>
      {day.format(new Date(at))}
    </time>
  );
}
