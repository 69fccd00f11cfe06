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

/** When a draft was kept, to the minute; given in ISO 8601. */
export function KeptAt({ at }: { at: string }): VNode {
  return <time dateTime={at}>{namedInstant(`${at.slice(0, 16)}Z`)}</time>;
}

const dayAndYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** Names an instant, given in ISO 8601, to the minute or, where it has seconds, to the second: "3 March 2026, 12:00 UTC". */
export function namedInstant(at: string): string {
  const iso = new Date(at).toISOString();
  const time = iso.slice(11, 19).replace(/:00$/, "");
  return `${dayAndYear.format(new Date(at))}, ${time} UTC`;
}
