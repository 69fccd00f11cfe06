const RUNS = 25;

/** Returns a random whole number from 0 to below `limit`. */
export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** Returns a list of `min` to `max` items, each from a call of `item`. */
export function randomList<Item>(min: number, max: number, item: () => Item): Item[] {
  return Array.from({ length: min + randomBelow(max - min + 1) }, item);
}

/**
 * Runs `check` on 25 random lists. Rejects with the shortest failing list that removing items leads to.
 *
 * @param list makes a list of plain data, which the error shows as JSON
 */
export async function checkRandomLists<Item>(
  list: () => readonly Item[],
  check: (items: readonly Item[]) => Promise<void>,
): Promise<void> {
  for (let run = 0; run < RUNS; run++) {
    const items = list();
    const failure = await failureOf(check, items);
    if (failure === undefined) continue;
    const shortest = await shortened({ items, failure }, check);
    throw new Error(`Fails for ${JSON.stringify(shortest.items)}: ${shortest.failure.message}`, {
      cause: shortest.failure,
    });
  }
}

interface FailingList<Item> {
  readonly items: readonly Item[];
  readonly failure: Error;
}

/** Removes items, as long as `check` still fails. */
async function shortened<Item>(
  failing: FailingList<Item>,
  check: (items: readonly Item[]) => Promise<void>,
): Promise<FailingList<Item>> {
  for (const index of failing.items.keys()) {
    const items = failing.items.toSpliced(index, 1);
    const failure = items.length === 0 ? undefined : await failureOf(check, items);
    if (failure !== undefined) return shortened({ items, failure }, check);
  }
  return failing;
}

async function failureOf<Items>(
  check: (items: Items) => Promise<void>,
  items: Items,
): Promise<Error | undefined> {
  return check(items).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
}
