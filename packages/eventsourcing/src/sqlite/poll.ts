/** How often the database is asked whether another process wrote, while somebody listens. It takes microseconds. */
const POLL_MS = 20;

/**
 * Calls `tell` soon after another connection has committed, until the function that is returned is called. While the
 * database cannot be asked there is one call: whoever listens then reads, and is told why. Keeps no process alive.
 *
 * @param reader a connection whose `dataVersion` differs after another one's commit
 */
export function pollForOthers(reader: { dataVersion(): unknown }, tell: () => void): () => void {
  const versionOrNone = (): unknown => {
    try {
      return reader.dataVersion();
    } catch {
      return undefined;
    }
  };
  let known = versionOrNone();
  const poll = (): void => {
    const now = versionOrNone();
    if (now === known) return;
    known = now;
    tell();
  };
  const timer = setInterval(poll, POLL_MS).unref();
  return () => clearInterval(timer);
}
