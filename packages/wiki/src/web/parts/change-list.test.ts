import fc from "fast-check";
import { expect, test } from "vitest";
import { byDay } from "./change-list.tsx";

test("ends days at midnight in UTC for times in any zone", () => {
  const times = ["2026-03-04T00:30:00Z", "2026-03-04T01:59:00+02:00", "2026-03-03T00:00:00Z"];
  expect(byDay(times.map((at) => ({ at })))).toEqual([
    { date: "2026-03-04", changes: [{ at: times[0] }] },
    { date: "2026-03-03", changes: [{ at: times[1] }, { at: times[2] }] },
  ]);
});

test("keeps all changes in order, in days that differ from their neighbours", () => {
  const date = fc.date({
    min: new Date("2026-01-01"),
    max: new Date("2026-01-09"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(fc.array(date), (dates) => {
      const changes = dates.map((date) => ({ at: date.toISOString() }));
      const days = byDay(changes);
      expect(days.flatMap((day) => day.changes)).toEqual(changes);
      expect(days.every(({ date }, index) => date !== days[index - 1]?.date)).toBe(true);
      expect(days.every(({ date, changes }) => changes.every(({ at }) => at.startsWith(date)))).toBe(true);
    }),
  );
});
