import type { MemoryViewStore } from "../src/memory/view-store.ts";
import type { MemoryChange } from "../src/memory/view-tables.ts";
import type { SumsBackend } from "../src/testing/sample-view.ts";

export const memorySums: SumsBackend<MemoryChange> = {
  add: (_table, key, amount) => (tables) => {
    const sums = tables<number>("sums");
    sums.set(key, (sums.get(key) ?? 0) + amount);
  },
  impossible: () => () => {
    throw new Error("impossible");
  },
  async sums(store, view) {
    const sums = await (store as MemoryViewStore).read(view, (tables) =>
      Object.fromEntries(tables<number>("sums")),
    );
    return sums ?? {};
  },
};
