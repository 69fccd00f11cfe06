/** The longest delay that timers allow. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Keeps the process alive until `work` has ended. */
export function keepProcessAlive(work: Promise<unknown>): void {
  const timer = setInterval(() => {}, MAX_TIMER_MS);
  const end = () => clearInterval(timer);
  work.then(end, end);
}
