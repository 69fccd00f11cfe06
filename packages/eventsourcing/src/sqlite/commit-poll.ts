/** A poll takes microseconds. */
const POLL_MS = 20;

/**
 * Calls `onCommit` soon after another connection commits, until the returned function is called. If the database
 * becomes unreadable, `onCommit` is called once, so that the listener reads and sees the error. Does not keep the
 * process alive.
 *
 * @param reader a connection whose `dataVersion` changes with each commit of another connection
 */
export function pollForCommits(reader: { dataVersion(): unknown }, onCommit: () => void): () => void {
  const readVersion = (): unknown => {
    try {
      return reader.dataVersion();
    } catch {
      return undefined;
    }
  };
  let lastVersion = readVersion();
  const poll = (): void => {
    const version = readVersion();
    if (version === lastVersion) return;
    lastVersion = version;
    onCommit();
  };
  const timer = setInterval(poll, POLL_MS).unref();
  return () => clearInterval(timer);
}
