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

interface World {
  now(): number;
  isBeingRead(): boolean;
}

/** Faulty stores, and the case that must fail for each. */
const BROKEN: Record<
  string,
  { readonly found: string; readonly make: (store: Store, world: World) => Partial<Store> }
> = {
  "that forgets the position": {
    found: "R10 writes the changes and the position of a view together",
    make: (store) => ({
      generations: async (view) =>
        (await store.generations(view)).map((generation) => ({ ...generation, position: 0 })),
    }),
  },
  "that writes the changes before one that is refused": {
    found: "R10 writes nothing if a change is refused",
    make: (store) => ({
      write: (write) => store.write(write).catch((error) => keepWhatWorks(store, write, error)),
    }),
  },
  "that writes a batch wherever the view is": {
    found: "R10 writes a batch once",
    make: (store) => ({
      async write(write) {
        const from = await positionOf(store, write);
        await store.write({ ...write, from, to: Math.max(write.to, from + 1) });
      },
    }),
  },
  "that does not check the lease": {
    found: "rejects writes without the lease",
    make: (store) => ({
      async write(write) {
        const holder = (await store.leaseHolder(write.lease.name)) ?? "";
        await store.write({ ...write, lease: { ...write.lease, holder } });
      },
    }),
  },
  "that forgets the event id of the position": {
    found: "R10 stores the id of the event at the position",
    make: (store) => ({
      generations: async (view) =>
        (await store.generations(view)).map((generation) => ({ ...generation, eventId: undefined })),
    }),
  },
  "that keeps a lease for as long as the clock was set back": {
    found: "treats a lease from before the clock was set back as expired",
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
  "that gives leases of any duration": {
    found: "refuses a lease for longer than a minute",
    make: (store) => ({
      acquireLease: (lease, ttlMs) => store.acquireLease(lease, Math.max(1, Math.min(ttlMs, MAX_LEASE_MS))),
    }),
  },
  "that activates only while nobody reads": {
    found: "activates a generation while the old one is being read",
    make: (store, { isBeingRead }) => ({
      async activate(generation, lease) {
        if (isBeingRead()) throw new RecorderError("The view is not swapped", new Error("lock timeout"));
        await store.activate(generation, lease);
      },
    }),
  },
  "that discards the active generation": {
    found: "discards a generation under construction, but not the active one",
    make: (store) => ({
      async discard(key, lease) {
        const generations = await store.generations(key.view);
        const active = generations.find(({ number }) => number === key.number)?.active;
        if (active) await store.activate(await store.create(sumsProjection(memorySums, key.view)), lease);
        else await store.discard(key, lease);
      },
    }),
  },
  "that removes a generation under construction with replaced ones": {
    found: "removes replaced tables and no others",
    make: (store) => ({
      async removeReplacedTables(view) {
        const lease = { name: "sums@1", holder: "mine" };
        for (const generation of await store.generations(view)) await store.discard(generation, lease);
        return true;
      },
    }),
  },
  "that gives the lease to everybody": {
    found: "rejects writes without the lease",
    make: (store) => ({
      acquireLease: async (lease, ttlMs) => (await store.acquireLease(lease, ttlMs)) || true,
    }),
  },
  "that reads a generation under construction": {
    found: "builds the next generation in separate tables, and then replaces the first",
    make: (store) => ({
      async create(view) {
        const generation = await store.create(view);
        if (!generation.active) await store.activate(generation, { name: "sums@1", holder: "mine" });
        return generation;
      },
    }),
  },
  "that does not store why a generation stopped": {
    found: "stores why a generation stopped, and retries or skips the event",
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
  const world = { now: () => Date.now() - behindMs, isBeingRead: () => readers > 0 };
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

describe("the contract of view stores", () => {
  for (const [what, { found, make }] of Object.entries(BROKEN)) {
    it(`detects a store ${what}`, async () => {
      const failed: string[] = [];
      for (const { name, run } of storeCases) {
        await run(broken(make), memorySums).catch(() => failed.push(name));
      }
      expect(failed).toContain(found);
    });
  }
});
