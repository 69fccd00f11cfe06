import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";
import { type TimeForm, TimeFormat } from "./time-format.ts";

export type TimeProps = {
  /** ISO 8601. */
  readonly at: string;
  readonly form?: TimeForm;
};

/**
 * A moment in UTC, which `islands/times.ts` rewrites for the reader's time zone. The script also writes a date or a
 * time of day of the last 24 hours as "5 minutes ago".
 */
export function Time({ at, form = "date" }: TimeProps): VNode {
  const date = new Date(at);
  return (
    <time dateTime={at} title={utcFormat().exact(date)} data-time={form}>
      {utcFormat().text(date, form)}
    </time>
  );
}

/** Returns a moment in UTC, for texts that cannot contain an element: "3 March 2026, 12:00 UTC". */
export function utcText(at: string): string {
  return utcFormat().text(new Date(at), "instant");
}

/** Tells readers without scripts that times are in UTC; `islands/times.ts` removes it. */
export function UtcNote(): VNode {
  return <span data-utc-note>{strings.common.timesInUtc}</span>;
}

const formats = new Map<string, TimeFormat>();

/** Returns the format of the catalogue's locale. */
export function utcFormat(): TimeFormat {
  const { locale } = strings;
  let format = formats.get(locale);
  if (format === undefined) {
    format = new TimeFormat(locale, "UTC");
    formats.set(locale, format);
  }
  return format;
}
