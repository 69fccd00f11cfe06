// Loaded into a server by `--import`: writes the longest delay of its event loop, in milliseconds, to the file
// LOOP_MONITOR_FILE at each SIGUSR2, and starts again.
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.LOOP_MONITOR_FILE !== undefined) {
  const RESOLUTION_MS = 2;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on("SIGUSR2", () => {
    const longest = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    writeFileSync(`${process.env.LOOP_MONITOR_FILE}.new`, String(longest));
    writeFileSync(process.env.LOOP_MONITOR_FILE, String(longest));
  });
}
