import type { ClockReading } from "../src/recorder/clock-guard.ts";
import type { ClockStatus, Notification } from "../src/recorder/recorder.ts";
import { type BrokenRecorder, ModelRecorder } from "./model-recorder.ts";

class JumpsStored extends ModelRecorder {
  protected override refuse() {}
}

class RefusedEventsStored extends ModelRecorder {
  protected override refuse(notifications: readonly Notification[], reading: ClockReading) {
    this.store(notifications);
    super.refuse(notifications, reading);
  }
}

class JumpsUnreported extends ModelRecorder {
  protected override stored() {}
}

class JumpsReportedBySave extends ModelRecorder {
  protected override stored(reading: ClockReading, recordedMs: number) {
    super.stored(reading, recordedMs);
    super.stored({ ...reading, trustedMs: reading.nowMs }, reading.nowMs);
    super.stored(reading, recordedMs);
  }
}

class PausesRefused extends ModelRecorder {
  protected override latestMs({ latestMs }: ClockReading) {
    return Math.min(latestMs, (this.lastRecordedMs() ?? Number.POSITIVE_INFINITY) + 60_000);
  }
}

class AheadUnknown extends ModelRecorder {
  override async clockStatus(): Promise<ClockStatus> {
    return { ...(await super.clockStatus()), state: "ok", aheadMs: 0 };
  }
}

export const brokenClocks: readonly BrokenRecorder[] = [
  { fault: "events are stored although their time is refused", breaks: ["R15"], Handle: JumpsStored },
  {
    fault: "a save whose time is refused is stored",
    breaks: ["R15"],
    Handle: RefusedEventsStored,
  },
  { fault: "a jump of the clock is not reported", breaks: ["R15"], Handle: JumpsUnreported },
  {
    fault: "a clock that was set back is reported at every save",
    breaks: ["R15"],
    Handle: JumpsReportedBySave,
  },
  { fault: "a long pause counts as a jump of the clock", breaks: ["R15"], Handle: PausesRefused },
  { fault: "the clock's status never says that it is ahead", breaks: ["R15"], Handle: AheadUnknown },
];
