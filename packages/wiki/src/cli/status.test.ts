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
  [{ state: "idle", runner: "none" }, "search: kept by no process, up to date"],
  [{ lag: 36 }, "search: 36 events behind"],
  [{ lag: 36, ratePerSecond: 12.3 }, "search: 36 events behind, 12 a second"],
  [{ skipped: [65, 66] }, "search: up to date, without 65, 66"],
  [
    { state: "stopped", stopped: STOPPED, lag: 36 },
    "search: stopped at 65, Page.Created: no; 36 events behind",
  ],
  [{ state: "rebuilding", next: NEXT }, "search: up to date; being built again, 64 of 100, 8 a second"],
  [
    { state: "rebuilding", next: NEXT, runner: "none" },
    "search: up to date; to be built again, by no process so far",
  ],
  [
    { state: "rebuild-stopped", next: { ...NEXT, stopped: STOPPED } },
    "search: up to date; building it again has stopped at 65, Page.Created: no",
  ],
  [
    { state: "stopped", stopped: STOPPED, lag: 36, next: NEXT },
    "search: stopped at 65, Page.Created: no; 36 events behind; being built again, 64 of 100, 8 a second",
  ],
])("a view that is %j", (found, line) => {
  expect(describeView({ ...VIEW, ...found })).toBe(line);
});

it.each<[Partial<ClockStatus>, string]>([
  [{}, "right"],
  [{ state: "ok", aheadMs: 20 }, "right"],
  [
    { state: "ahead", aheadMs: 7_200_000 },
    "new events are 7200 seconds ahead; the last event is of 2031-05-06T12:00:00.000Z: see docs/clock.md",
  ],
  [
    { state: "refusing", aheadMs: 61_000, lastRecordedAt: undefined },
    "new events are 61 seconds ahead, so changes are refused: see docs/clock.md",
  ],
])("a clock that is %j", (found, line) => {
  const lastRecordedAt = new Date(Date.UTC(2031, 4, 6, 12));
  const right: ClockStatus = { state: "ok", lastRecordedAt, aheadMs: 0, maxAheadMs: 60_000, incidents: 0 };
  expect(describeClock({ ...right, ...found })).toBe(line);
});
