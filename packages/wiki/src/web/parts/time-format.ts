/**
 * How much of a moment is shown: its date, its time of day, both, both with the seconds if they are not 0, or its date
 * with the weekday. Lists under the heading of a day show the time of day.
 */
export type TimeForm = "date" | "clock" | "moment" | "instant" | "day";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Writes moments for readers of one locale in one time zone. Runs on the server and in the browser. */
export class TimeFormat {
  readonly #locale: string;
  readonly #timeZone: string | undefined;
  readonly #formats = new Map<string, Intl.DateTimeFormat>();

  /** @param timeZone the browser's own if undefined */
  constructor(locale: string, timeZone?: string) {
    this.#locale = locale;
    this.#timeZone = timeZone;
  }

  /** Returns the moment in this form. With `now`, the year is left out if it is the current one. */
  text(at: Date, form: TimeForm, now?: Date): string {
    switch (form) {
      case "date":
        return this.#date(at, now);
      case "clock":
        return this.#format("clock", { timeStyle: "short" }).format(at);
      case "moment":
        return `${this.#date(at, now)}, ${this.text(at, "clock")}${this.#zone()}`;
      case "instant":
        return `${this.#date(at, now)}, ${this.#clockWithSeconds(at)}${this.#zone()}`;
      case "day":
        return this.#format("day", { dateStyle: "full" }).format(at);
    }
  }

  /** Returns the moment to the second, with its time zone. */
  exact(at: Date): string {
    return this.#format("exact", { dateStyle: "long", timeStyle: "long" }).format(at);
  }

  /** Returns "5 minutes ago" for a moment of the last 24 hours, else undefined. */
  ago(at: Date, now: Date, style: "long" | "short" = "long"): string | undefined {
    const passedMs = now.getTime() - at.getTime();
    // A server whose clock is ahead of the reader's can record moments that are slightly in the future.
    if (passedMs < -MINUTE_MS || passedMs >= DAY_MS) return undefined;
    const relative = new Intl.RelativeTimeFormat(this.#locale, { style });
    const minutes = Math.max(1, Math.floor(passedMs / MINUTE_MS));
    return minutes < 60
      ? relative.format(-minutes, "minute")
      : relative.format(-Math.floor(passedMs / HOUR_MS), "hour");
  }

  /** Returns the calendar day as YYYY-MM-DD. */
  calendarDay(at: Date): string {
    const parts = this.#format("calendar", {
      calendar: "iso8601",
      numberingSystem: "latn",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    }).formatToParts(at);
    const partOf = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
    return `${partOf("year").padStart(4, "0")}-${partOf("month")}-${partOf("day")}`;
  }

  #date(at: Date, now: Date | undefined): string {
    const isThisYear =
      now !== undefined && this.calendarDay(at).slice(0, 4) === this.calendarDay(now).slice(0, 4);
    return isThisYear
      ? this.#format("this year", { day: "numeric", month: "long" }).format(at)
      : this.#format("date", { day: "numeric", month: "long", year: "numeric" }).format(at);
  }

  #clockWithSeconds(at: Date): string {
    if (at.getTime() % MINUTE_MS < 1_000) return this.text(at, "clock");
    return this.#format("seconds", { timeStyle: "medium" }).format(at);
  }

  #zone(): string {
    return this.#timeZone === "UTC" ? " UTC" : "";
  }

  #format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    let format = this.#formats.get(name);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(this.#locale, {
        ...options,
        ...(this.#timeZone === undefined ? {} : { timeZone: this.#timeZone }),
      });
      this.#formats.set(name, format);
    }
    return format;
  }
}

/**
 * Returns the locale in which times are written for a reader: in the language of the document, with the conventions of
 * the reader's region.
 * @param preferred the reader's locales, the first choice first
 */
export function readerLocale(language: string, preferred: readonly string[]): string {
  const [first] = preferred;
  if (first === undefined) return language;
  try {
    const locale = new Intl.Locale(first).maximize();
    if (locale.language === language) return first;
    return locale.region === undefined ? language : `${language}-${locale.region}`;
  } catch {
    return language;
  }
}
