/**
 * Rewrites the times of a document for the reader's time zone and region, and how long ago they were. Without this
 * script, times are in UTC.
 */
import { readerLocale, type TimeForm, TimeFormat } from "../time-format.ts";

const MINUTE_MS = 60_000;
const format = new TimeFormat(readerLocale(document.documentElement.lang, navigator.languages));

function writeTimes(): void {
  const now = new Date();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-time]")) {
    const at = new Date(element.dateTime);
    const text = textOf(at, element.dataset.time as TimeForm, now);
    if (element.textContent !== text) element.textContent = text;
    element.title = format.exact(at);
  }
}

function textOf(at: Date, form: TimeForm, now: Date): string {
  const ago =
    form === "date" ? format.ago(at, now) : form === "clock" ? format.ago(at, now, "short") : undefined;
  return ago ?? format.text(at, form, now);
}

/** Moves the rows of a list by days into sections of the reader's days. The server groups them by days of UTC. */
function regroupDays(): void {
  const sections = [...document.querySelectorAll<HTMLElement>("section.day")];
  const [first] = sections;
  const days = new Map<string, HTMLElement>();
  for (const row of sections.flatMap((section) => [...section.querySelectorAll(":scope > ol > li")])) {
    const at = new Date(row.querySelector("time")?.dateTime ?? "");
    const day = format.calendarDay(at);
    const section = days.get(day) ?? newSection(first, day, format.text(at, "day"));
    days.set(day, section);
    section.querySelector("ol")?.append(row);
  }
  first?.before(...days.values());
  for (const section of sections) section.remove();
}

function newSection(model: HTMLElement | undefined, day: string, heading: string): HTMLElement {
  const section = (model ?? document.createElement("section")).cloneNode(true) as HTMLElement;
  section.querySelector("ol")?.replaceChildren();
  section.setAttribute("aria-labelledby", `-day-${day}`);
  section.querySelector("h2")?.setAttribute("id", `-day-${day}`);
  const time = section.querySelector("time");
  if (time) {
    time.dateTime = day;
    time.textContent = heading;
  }
  return section;
}

regroupDays();
writeTimes();
for (const note of document.querySelectorAll("[data-utc-note]")) note.remove();
setInterval(writeTimes, MINUTE_MS);
// A page that comes back from the browser's cache, or a tab that was in the background, shows old texts.
addEventListener("pageshow", writeTimes);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") writeTimes();
});
