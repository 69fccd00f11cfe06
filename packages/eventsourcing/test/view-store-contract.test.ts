import { describe, expect, it } from "vitest";
import { RecorderError } from "../src/errors.ts";
import { memoryViewStore } from "../src/memory/view-store.ts";
import type { MemoryChange } from "../src/memory/view-tables.ts";
import { ChangeRefusedError } from "../src/projections/view-errors.ts";
import { MAX_LEASE_MS, type ViewStore, type ViewWrite } from "../src/projections/view-store.ts";
import { sumsProjection } from "../src/testing/sample-view.ts";
import { storeCases } from "../src/testing/view-contract/stores.ts";
import type { ViewStoreUnderTest } from "../src/testing/view-contract/view-case.ts";
import { withMethods } from "../src/testing/view-contract/view-runners.ts";
import { memorySums } from "./memory-sums.ts";

type Store = ViewStore<MemoryChange>;

async function positionOf(store: Store, { generation }: ViewWrite<MemoryChange>): Promise<number> {
  const generations = await store.generations(generation.view);
  return generations.find(({ number }) => number === generation.number)?.position ?? 0;
}

/** What goes on around a store. */
interface World {
  now(): number;
  /** Whether somebody is reading. */
  isRead(): boolean;
}

/** Stores that are built wrong, each in one way, and the case that is the first to find out. */
const BROKEN: Record<
  string,
  { readonly found: string; readonly make: (store: Store, world: World) => Partial<Store> }
> = {
  "that forgets the position": {
    found: "R10 a view's changes and its position are written together",
    make: (store) => ({
      generations: async (view) =>
        (await store.generations(view)).map((generation) => ({ ...generation, position: 0 })),
    }),
  },
  "that writes the changes before one that is refused": {
    found: "R10 nothing is written when one of the changes is refused",
    make: (store) => ({
      write: (write) => store.write(write).catch((error) => keepWhatWorks(store, write, error)),
    }),
  },
  "that writes a batch wherever the view is": {
    found: "R10 a batch is written once",
    make: (store) => ({
      async write(write) {
        const from = await positionOf(store, write);
        await store.write({ ...write, from, to: Math.max(write.to, from + 1) });
      },
    }),
  },
  "that asks nobody for the lease": {
    found: "who has no lease writes nothing",
    make: (store) => ({
      async write(write) {
        const holder = (await store.leaseHolder(write.lease.name)) ?? "";
        await store.write({ ...write, lease: { ...write.lease, holder } });
      },
    }),
  },
  "that forgets which event a view is at": {
    found: "R10 the id of the event at the position is kept with it",
    make: (store) => ({
      generations: async (view) =>
        (await store.generations(view)).map((generation) => ({ ...generation, eventId: undefined })),
    }),
  },
  "that waits for a lease for as long as the clock was set back": {
    found: "a lease that ends too late was given before the clock was set back, and is over",
    make: (store, { now }) => {
      const taken = new Map<string, { readonly holder: string; readonly expiresAt: number }>();
      return {
        async acquireLease({ name, holder }, ttlMs) {
          const held = taken.get(name);
          if (held !== undefined && held.holder !== holder && held.expiresAt > now()) return false;
          taken.set(name, { holder, expiresAt: now() + ttlMs });
          return store.acquireLease({ name, holder }, ttlMs);
        },
      };
    },
  },
  "that gives a lease for any time": {
    found: "no lease is given for longer than a minute",
    make: (store) => ({
      acquireLease: (lease, ttlMs) => store.acquireLease(lease, Math.max(1, Math.min(ttlMs, MAX_LEASE_MS))),
    }),
  },
  "that swaps only what nobody reads": {
    found: "a generation takes the place of one that is being read, and waits for nobody",
    make: (store, { isRead }) => ({
      async activate(generation, lease) {
        if (isRead()) throw new RecorderError("The view is not swapped", new Error("lock timeout"));
        await store.activate(generation, lease);
      },
    }),
  },
  "that gives up the active generation": {
    found: "a generation that is being built can be given up, the active one cannot",
    make: (store) => ({
      async discard(key, lease) {
        const generations = await store.generations(key.view);
        const active = generations.find(({ number }) => number === key.number)?.active;
        if (active) await store.activate(await store.create(sumsProjection(memorySums, key.view)), lease);
        else await store.discard(key, lease);
      },
    }),
  },
  "that removes what is being built with what was replaced": {
    found: "what was replaced is removed, and nothing else",
    make: (store) => ({
      async removeReplacedTables(view) {
        const lease = { name: "sums@1", holder: "mine" };
        for (const generation of await store.generations(view)) await store.discard(generation, lease);
        return true;
      },
    }),
  },
  "that gives the lease to all": {
    found: "who has no lease writes nothing",
    make: (store) => ({
      acquireLease: async (lease, ttlMs) => (await store.acquireLease(lease, ttlMs)) || true,
    }),
  },
  "that reads the generation being built": {
    found: "the next generation is built apart, and takes the place of the first",
    make: (store) => ({
      async create(view) {
        const generation = await store.create(view);
        if (!generation.active) await store.activate(generation, { name: "sums@1", holder: "mine" });
        return generation;
      },
    }),
  },
  "that never says why a generation is stopped": {
    found: "a stopped generation says why, and is retried or goes on without the event",
    make: () => ({ stop: async () => {} }),
  },
};

async function keepWhatWorks(store: Store, write: ViewWrite<MemoryChange>, error: unknown): Promise<never> {
  if (error instanceof ChangeRefusedError) {
    const changes = write.changes.slice(0, write.changes.length - 1);
    await store.write({ ...write, changes });
  }
  throw error;
}

function broken(make: (store: Store, world: World) => Partial<Store>): ViewStoreUnderTest<MemoryChange> {
  let behindMs = 0;
  let readers = 0;
  const world = { now: () => Date.now() - behindMs, isRead: () => readers > 0 };
  const inner = memoryViewStore({ clock: () => new Date(world.now()) });
  const store = withMethods(inner, make(inner, world));
  return {
    store,
    reopen: async () => store,
    async whileRead(_table, work) {
      readers += 1;
      await work();
      readers -= 1;
    },
    setClockBack: async (ms) => {
      behindMs += ms;
    },
    dispose: async () => {},
  };
}

describe("the contract of view stores finds a store", () => {
  for (const [what, { found, make }] of Object.entries(BROKEN)) {
    it(what, async () => {
      const failed: string[] = [];
      for (const { name, run } of storeCases) {
        await run(broken(make), memorySums).catch(() => failed.push(name));
      }
      expect(failed).toContain(found);
    });
  }
});
