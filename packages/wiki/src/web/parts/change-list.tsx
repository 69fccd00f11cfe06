import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";
import { utcFormat } from "./time.tsx";

/** The changes of one day, in the order given. */
export type Day<Change> = {
  /** YYYY-MM-DD, in UTC. */
  readonly date: string;
  readonly changes: readonly Change[];
};

/** Groups consecutive changes by their day in UTC. `at` is in ISO 8601, with any offset. */
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

/** The heading of a day, given as YYYY-MM-DD. Its section is labelled by the id `-day-…`. */
export function DayHeading({ date }: { date: string }): VNode {
  return (
    <h2 id={`-day-${date}`}>
      <time dateTime={date}>{utcFormat().text(new Date(date), "day")}</time>
    </h2>
  );
}

/** The growth of a text in characters: "+12", "−3", "±0". */
export function SizeChange({ delta }: { delta: number }): VNode {
  const characters = Math.abs(delta);
  return (
    <span class={`size ${delta > 0 ? "grown" : delta < 0 ? "shrunk" : "same"}`}>
      {delta > 0 ? "+" : delta < 0 ? "−" : "±"}
      {strings.number(characters)}
      <span class="unseen"> {strings.changes.characters(characters)}</span>
    </span>
  );
}
