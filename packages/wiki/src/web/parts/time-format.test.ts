import { describe, expect, it } from "vitest";
import { readerLocale, TimeFormat } from "./time-format.ts";

const at = new Date("2026-03-03T23:05:09Z");
const plain = (text: string | undefined) => text?.replaceAll(/[\u00a0\u202f]/g, " ");

describe("TimeFormat", () => {
  it("writes moments in UTC with the name of the zone", () => {
    const utc = new TimeFormat("en-GB", "UTC");
    expect(utc.text(at, "date")).toBe("3 March 2026");
    expect(utc.text(at, "clock")).toBe("23:05");
    expect(utc.text(at, "moment")).toBe("3 March 2026, 23:05 UTC");
    expect(utc.text(at, "instant")).toBe("3 March 2026, 23:05:09 UTC");
    expect(utc.text(new Date("2026-03-03T23:05:00Z"), "instant")).toBe("3 March 2026, 23:05 UTC");
    expect(utc.text(at, "day")).toMatch(/^Tuesday,? 3 March 2026$/);
    expect(utc.exact(at)).toBe("3 March 2026 at 23:05:09 UTC");
    expect(utc.calendarDay(at)).toBe("2026-03-03");
  });

  it("writes moments in another zone, with its day", () => {
    const tokyo = new TimeFormat("en-GB", "Asia/Tokyo");
    expect(tokyo.text(at, "moment")).toBe("4 March 2026, 08:05");
    expect(tokyo.text(at, "day")).toMatch(/^Wednesday,? 4 March 2026$/);
    expect(tokyo.calendarDay(at)).toBe("2026-03-04");
  });

  it("writes 12 hours where the locale does", () => {
    const american = new TimeFormat("en-US", "America/New_York");
    expect(plain(american.text(at, "moment"))).toBe("March 3, 2026, 6:05 PM");
    expect(plain(american.text(at, "clock"))).toBe("6:05 PM");
  });

  it("leaves out the current year of the reader's zone", () => {
    const newYear = new Date("2026-01-01T03:00:00Z");
    const now = new Date("2026-06-01T00:00:00Z");
    expect(new TimeFormat("en-GB", "UTC").text(newYear, "date", now)).toBe("1 January");
    expect(new TimeFormat("en-GB", "America/New_York").text(newYear, "date", now)).toBe("31 December 2025");
  });

  it("writes calendar days in Latin digits of the Gregorian calendar in every locale", () => {
    for (const locale of ["ar-EG", "fa-IR", "th-TH", "ja-JP-u-ca-japanese"]) {
      expect(new TimeFormat(locale, "UTC").calendarDay(at)).toBe("2026-03-03");
    }
  });

  it.each([
    ["a moment ahead by the clocks' difference", -30_000, "1 minute ago"],
    ["this moment", 0, "1 minute ago"],
    ["5 minutes", 5 * 60_000, "5 minutes ago"],
    ["just under an hour", 3_599_999, "59 minutes ago"],
    ["an hour", 3_600_000, "1 hour ago"],
    ["just under a day", 86_399_999, "23 hours ago"],
    ["a day", 86_400_000, undefined],
    ["a moment far ahead", -120_000, undefined],
  ])("writes how long ago %s was", (_name, passedMs, expected) => {
    expect(new TimeFormat("en-GB", "UTC").ago(at, new Date(at.getTime() + passedMs))).toBe(expected);
  });
});

describe("readerLocale", () => {
  it.each([
    ["en", ["en-US", "de"], "en-US"],
    ["en", ["en"], "en"],
    ["en", ["de-AT", "en-US"], "en-AT"],
    ["en", ["de"], "en-DE"],
    ["en", ["not a locale!"], "en"],
    ["en", [], "en"],
  ])("for a document in %s and a reader of %j is %s", (language, preferred, expected) => {
    expect(readerLocale(language, preferred)).toBe(expected);
  });
});
