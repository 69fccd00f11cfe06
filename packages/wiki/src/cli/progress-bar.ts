import { SingleBar } from "cli-progress";

export interface ProgressBar {
  update(done: number, total: number): void;
  stop(): void;
}

/** Returns a bar on the standard error if that is a terminal. It appears with the first update. */
export function progressBar(unit: string): ProgressBar {
  const bar = new SingleBar({
    format: `{bar} {value} of {total} ${unit}, {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: null,
  });
  let isStarted = false;
  return {
    update(done, total) {
      if (!process.stderr.isTTY) return;
      if (!isStarted) bar.start(total, 0);
      isStarted = true;
      bar.update(done);
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}
