import { parseInstant } from "../../content/instant.ts";

/** What an instant has to look like, for whoever wrote another text. */
export const INSTANT_EXPECTED =
  "A day, such as 2026-03-03, or a time in UTC, such as 2026-03-03T12:00:00Z, is expected.";

/** Reads an instant as people write it into an address or a form, where a time without an offset is one of UTC. */
export function instantOf(text: string): Date | undefined {
  return parseInstant(text) ?? parseInstant(`${text}Z`);
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
