import { memoryRecorder } from "../src/memory/memory-recorder.ts";
import { memoryViewStore } from "../src/memory/view-store.ts";
import type { MemoryChange } from "../src/memory/view-tables.ts";
import type { ClockOptions } from "../src/recorder/clock-guard.ts";
import type { RecorderUnderTest } from "../src/testing/contract-case.ts";
import type { ViewStoreUnderTest } from "../src/testing/view-contract/view-case.ts";

/** Resolves to a recorder in memory, ready for the contract. */
export async function memoryRecorderUnderTest(clock: ClockOptions): Promise<RecorderUnderTest> {
  const recorder = memoryRecorder({ clock });
  return { recorder, dispose: () => recorder.close() };
}

/** Resolves to a view store in memory, ready for the contract. */
export async function memoryViewStoreUnderTest(): Promise<ViewStoreUnderTest<MemoryChange>> {
  let behindMs = 0;
  const store = memoryViewStore({ clock: () => new Date(Date.now() - behindMs) });
  return {
    store,
    reopen: async () => store,
    whileRead: (_table, work) => work(),
    setClockBack: async (ms) => {
      behindMs += ms;
    },
    dispose: () => store.close(),
  };
}
