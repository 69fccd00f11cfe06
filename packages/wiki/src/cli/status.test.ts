import type { ClockStatus, ProjectionStatus } from "@palimpsest/eventsourcing";
import { expect, it } from "vitest";
import { describeClock, describeView } from "./status.ts";

const VIEW: ProjectionStatus = {
  name: "search",
  state: "running",
  runner: "elsewhere",
  version: 1,
  position: 100,
  lag: 0,
  ratePerSecond: undefined,
  processed: 90,
  skipped: [],
  stopped: undefined,
  error: undefined,
  next: undefined,
};
const NEXT = { version: 1, done: 64, total: 100, ratePerSecond: 7.6, skipped: [], stopped: undefined };
const STOPPED = { notificationId: 65, topic: "Page.Created", error: "no" };

it.each<[Partial<ProjectionStatus>, string]>([
  [{}, "search: up to date"],
  [{ state: "idle", runner: "none" }, "search: not updated by any process, up to date"],
  [{ lag: 36 }, "search: 36 events behind"],
  [{ lag: 36, ratePerSecond: 12.3 }, "search: 36 events behind, 12 events/s"],
  [{ skipped: [65, 66] }, "search: up to date, skipped 65, 66"],
  [
    { state: "stopped", stopped: STOPPED, lag: 36 },
    "search: stopped at event 65, Page.Created: no; 36 events behind",
  ],
  [{ state: "rebuilding", next: NEXT }, "search: up to date; rebuild at 64 of 100, 8 events/s"],
  [{ state: "rebuilding", next: NEXT, runner: "none" }, "search: up to date; rebuild waits for a process"],
  [
    { state: "rebuild-stopped", next: { ...NEXT, stopped: STOPPED } },
    "search: up to date; rebuild stopped at event 65, Page.Created: no",
  ],
  [
    { state: "stopped", stopped: STOPPED, lag: 36, next: NEXT },
    "search: stopped at event 65, Page.Created: no; 36 events behind; rebuild at 64 of 100, 8 events/s",
  ],
])("describes a view that is %j", (found, line) => {
  expect(describeView({ ...VIEW, ...found })).toBe(line);
});

it.each<[Partial<ClockStatus>, string]>([
  [{}, "correct"],
  [{ state: "ok", aheadMs: 20 }, "correct"],
  [
    { state: "ahead", aheadMs: 7_200_000 },
    "7200 seconds ahead; last event recorded at 2031-05-06T12:00:00.000Z; see docs/clock.md",
  ],
  [
    { state: "refusing", aheadMs: 61_000, lastRecordedAt: undefined },
    "61 seconds ahead, changes are refused; see docs/clock.md",
  ],
])("describes a clock that is %j", (found, line) => {
  const lastRecordedAt = new Date(Date.UTC(2031, 4, 6, 12));
  const right: ClockStatus = { state: "ok", lastRecordedAt, aheadMs: 0, maxAheadMs: 60_000, incidents: 0 };
  expect(describeClock({ ...right, ...found })).toBe(line);
});
