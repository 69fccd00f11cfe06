/** What happened on one day, in the order given. */
export type Day<Change> = {
  /** YYYY-MM-DD, in UTC. */
  readonly date: string;
  readonly changes: readonly Change[];
};

/** Puts changes that follow each other on the same day of UTC together. `at` is in ISO 8601, with any offset. */
export function byDay<Change extends { readonly at: string }>(changes: readonly Change[]): Day<Change>[] {
  const days: { date: string; changes: Change[] }[] = [];
  for (const change of changes) {
    const date = new Date(change.at).toISOString().slice(0, 10);
    const last = days.at(-1);
    if (last?.date === date) last.changes.push(change);
    else days.push({ date, changes: [change] });
  }
  return days;
}
