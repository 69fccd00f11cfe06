import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { InvalidArgumentError, TrackingConflictError } from "../../errors.ts";
import { tableNames } from "../../projections/view-checks.ts";
import { ChangeRefusedError, GenerationGoneError, LeaseLostError } from "../../projections/view-errors.ts";
import {
  type Generation,
  type Lease,
  MAX_LEASE_MS,
  type ViewStore,
  type ViewWrite,
} from "../../projections/view-store.ts";
import { NAMESPACE_URL, uuid5 } from "../../uuid.ts";
import { rejection } from "../sample-events.ts";
import { type SumsBackend, sumsProjection } from "../sample-view.ts";
import { until, viewPromised } from "./view-case.ts";
import { LONG_MS } from "./view-runners.ts";

const HOUR_MS = 3_600_000;

const MINE: Lease = { name: "sums@1", holder: "mine" };
const THEIRS: Lease = { name: "sums@1", holder: "theirs" };

async function begin<Change>(store: ViewStore<Change>, backend: SumsBackend<Change>): Promise<Generation> {
  assert.equal(await store.acquireLease(MINE, LONG_MS), true);
  return store.create(sumsProjection(backend, "sums"));
}

/** Returns a write that adds 1 to "a" for each notification. */
function adding<Change>(
  backend: SumsBackend<Change>,
  generation: Generation,
  from: number,
  to: number,
): ViewWrite<Change> {
  const table = tableNames(generation.view, generation.number);
  const change = backend.add(table, "a", to - from);
  return {
    generation,
    from,
    to,
    eventId: eventIdAt(to),
    changes: [change],
    processed: to - from,
    lease: MINE,
  };
}

function eventIdAt(position: number): string {
  return uuid5(NAMESPACE_URL, `/events/${position}`);
}

async function theOnly<Change>(store: ViewStore<Change>): Promise<Generation> {
  const [generation, ...others] = await store.generations("sums");
  assert.deepEqual(others, []);
  assert.ok(generation);
  return generation;
}

export const storeCases = [
  viewPromised("R10 writes the changes and the position of a view together", async ({ store, backend }) => {
    const generation = await begin(store, backend);
    assert.equal(generation.active, true);
    assert.equal(generation.position, 0);
    await store.write(adding(backend, generation, 0, 3));
    assert.deepEqual(await backend.sums(store, "sums"), { a: 3 });
    assert.equal((await theOnly(store)).position, 3);
    assert.equal((await theOnly(store)).processed, 3);
  }),

  viewPromised("R10 stores the id of the event at the position", async (subject) => {
    const { store, backend, reopen } = subject;
    const generation = await begin(store, backend);
    assert.equal(generation.eventId, undefined);
    await store.write(adding(backend, generation, 0, 3));
    const other = await reopen();
    assert.equal((await theOnly(other)).eventId, eventIdAt(3));
    await rejection(store.write(adding(backend, generation, 0, 4)), TrackingConflictError);
    assert.equal((await theOnly(other)).eventId, eventIdAt(3));
    await store.write(adding(backend, generation, 3, 4));
    assert.equal((await theOnly(other)).eventId, eventIdAt(4));
  }),

  viewPromised("R10 writes nothing if a change is refused", async ({ store, backend }) => {
    const generation = await begin(store, backend);
    await store.write(adding(backend, generation, 0, 3));
    const table = tableNames("sums", generation.number);
    const changes = [backend.add(table, "b", 1), backend.add(table, "a", 1), backend.impossible(table)];
    const write = { ...adding(backend, generation, 3, 4), changes };
    await rejection(store.write(write), ChangeRefusedError);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 3 });
    assert.equal((await theOnly(store)).position, 3);
    await store.write(adding(backend, generation, 3, 4));
    assert.deepEqual(await backend.sums(store, "sums"), { a: 4 });
  }),

  viewPromised("R10 writes a batch once", async ({ store, backend }) => {
    const generation = await begin(store, backend);
    await store.write(adding(backend, generation, 0, 3));
    for (const [from, to] of [
      [0, 3],
      [2, 5],
      [4, 5],
    ] as const) {
      const error = await rejection(
        store.write(adding(backend, generation, from, to)),
        TrackingConflictError,
      );
      assert.equal(error.lastNotificationId, 3);
    }
    await rejection(store.write(adding(backend, generation, 3, 3)), InvalidArgumentError);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 3 });
  }),

  viewPromised("R10 accepts one of two concurrent writes of a batch", async ({ store, backend, reopen }) => {
    const other = await reopen();
    const generation = await begin(store, backend);
    for (let from = 0; from < 20; from += 1) {
      const write = adding(backend, generation, from, from + 1);
      const outcomes = await Promise.allSettled([store.write(write), other.write(write)]);
      const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      assert.equal(errors.length, 1);
      assert.ok(errors[0] instanceof TrackingConflictError, String(errors[0]));
    }
    assert.deepEqual(await backend.sums(other, "sums"), { a: 20 });
  }),

  viewPromised("rejects writes without the lease", async ({ store, backend, reopen }) => {
    const other = await reopen();
    const generation = await begin(store, backend);
    assert.equal(await other.acquireLease(THEIRS, LONG_MS), false);
    const theirs = { ...adding(backend, generation, 0, 1), lease: THEIRS };
    await rejection(other.write(theirs), LeaseLostError);
    await rejection(other.activate(generation, THEIRS), LeaseLostError);
    await rejection(other.discard(generation, THEIRS), LeaseLostError);
    const failed = { notificationId: 1, topic: "Account.Paid", error: "no" };
    await rejection(other.stop(generation, failed, THEIRS), LeaseLostError);
    assert.deepEqual(await backend.sums(store, "sums"), {});
    assert.equal((await theOnly(store)).stopped, undefined);
  }),

  viewPromised("renews, releases and expires leases", async ({ store, reopen }) => {
    const other = await reopen();
    assert.equal(await store.leaseHolder("sums@1"), undefined);
    assert.equal(await store.acquireLease(MINE, LONG_MS), true);
    assert.equal(await store.acquireLease(MINE, LONG_MS), true);
    assert.equal(await other.leaseHolder("sums@1"), "mine");
    await other.releaseLease(THEIRS);
    assert.equal(await other.acquireLease(THEIRS, LONG_MS), false);
    assert.equal(await other.acquireLease({ ...THEIRS, name: "sums@2" }, LONG_MS), true);
    await store.releaseLease(MINE);
    assert.equal(await other.acquireLease(THEIRS, 1), true);
    await until(async () => store.acquireLease(MINE, LONG_MS));
    assert.equal(await other.leaseHolder("sums@1"), "mine");
  }),

  viewPromised("treats a lease from before the clock was set back as expired", async (subject) => {
    const { store, reopen, setClockBack } = subject;
    const other = await reopen();
    assert.equal(await store.acquireLease(MINE, LONG_MS), true);
    await setClockBack(HOUR_MS);
    assert.equal(await other.leaseHolder("sums@1"), undefined);
    assert.equal(await other.acquireLease(THEIRS, LONG_MS), true);
    assert.equal(await store.leaseHolder("sums@1"), "theirs");
    assert.equal(await store.acquireLease(MINE, LONG_MS), false);
    await setClockBack(HOUR_MS);
    assert.equal(await other.acquireLease(THEIRS, LONG_MS), true);
    assert.equal(await store.acquireLease(MINE, LONG_MS), false);
  }),

  viewPromised("refuses a lease for longer than a minute", async ({ store }) => {
    for (const ttlMs of [0, 0.5, MAX_LEASE_MS + 1, Number.NaN])
      await rejection(store.acquireLease(MINE, ttlMs), InvalidArgumentError);
    assert.equal(await store.leaseHolder("sums@1"), undefined);
  }),

  viewPromised("gives a lease to one of several concurrent requests", async ({ store, reopen }) => {
    const other = await reopen();
    const requests = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? store : other).acquireLease({ name: "race", holder: `holder ${index}` }, LONG_MS),
    );
    const given = (await Promise.all(requests)).filter((taken) => taken);
    assert.equal(given.length, 1);
  }),

  viewPromised(
    "builds the next generation in separate tables, and then replaces the first",
    async (subject) => {
      const { store, backend, reopen } = subject;
      const other = await reopen();
      const first = await begin(store, backend);
      await store.write(adding(backend, first, 0, 3));
      const second = await store.create(sumsProjection(backend, "sums"));
      assert.equal(second.active, false);
      assert.equal(second.position, 0);
      assert.ok(second.number > first.number);
      await store.write(adding(backend, second, 0, 2));
      assert.deepEqual(await backend.sums(other, "sums"), { a: 3 });
      await store.activate(second, MINE);
      assert.deepEqual(await backend.sums(other, "sums"), { a: 2 });
      assert.deepEqual(await theOnly(other), {
        ...second,
        active: true,
        position: 2,
        eventId: eventIdAt(2),
        processed: 2,
      });
      await rejection(store.write(adding(backend, first, 3, 4)), GenerationGoneError);
      await rejection(store.activate(first, MINE), GenerationGoneError);
      const third = await store.create(sumsProjection(backend, "sums"));
      assert.ok(third.number > second.number);
    },
  ),

  viewPromised("activates a generation while the old one is being read", async (subject) => {
    const { store, backend, reopen, whileRead } = subject;
    const other = await reopen();
    const first = await begin(store, backend);
    await store.write(adding(backend, first, 0, 3));
    assert.deepEqual(await backend.sums(other, "sums"), { a: 3 });
    const second = await store.create(sumsProjection(backend, "sums"));
    await store.write(adding(backend, second, 0, 2));
    await whileRead(tableNames("sums", first.number)("sums"), async () => {
      await store.activate(second, MINE);
      await store.removeReplacedTables("sums");
      assert.deepEqual(await backend.sums(other, "sums"), { a: 2 });
      await store.write(adding(backend, second, 2, 4));
      assert.deepEqual(await backend.sums(other, "sums"), { a: 4 });
    });
    await until(() => other.removeReplacedTables("sums"));
    assert.deepEqual(await backend.sums(store, "sums"), { a: 4 });
  }),

  viewPromised("discards a generation under construction, but not the active one", async (subject) => {
    const { store, backend, reopen } = subject;
    const other = await reopen();
    const first = await begin(store, backend);
    await store.write(adding(backend, first, 0, 3));
    const second = await store.create(sumsProjection(backend, "sums"));
    await store.write(adding(backend, second, 0, 2));
    await store.discard(second, MINE);
    await store.discard(first, MINE);
    assert.equal((await theOnly(other)).number, first.number);
    assert.deepEqual(await backend.sums(other, "sums"), { a: 3 });
    await rejection(store.write(adding(backend, second, 2, 3)), GenerationGoneError);
    await rejection(store.discard(second, MINE), GenerationGoneError);
    const third = await store.create(sumsProjection(backend, "sums"));
    assert.ok(third.number > second.number);
    assert.equal(third.position, 0);
  }),

  viewPromised("removes replaced tables and no others", async (subject) => {
    const { store, backend, reopen } = subject;
    const other = await reopen();
    assert.equal(await store.removeReplacedTables("sums"), true);
    const first = await begin(store, backend);
    await store.write(adding(backend, first, 0, 3));
    assert.deepEqual(await backend.sums(other, "sums"), { a: 3 });
    const second = await store.create(sumsProjection(backend, "sums"));
    await store.write(adding(backend, second, 0, 4));
    await store.activate(second, MINE);
    const third = await store.create(sumsProjection(backend, "sums"));
    await store.write(adding(backend, third, 0, 5));
    assert.equal(await other.removeReplacedTables("sums"), true);
    assert.equal(await store.removeReplacedTables("sums"), true);
    assert.deepEqual(await backend.sums(other, "sums"), { a: 4 });
    await store.activate(third, MINE);
    assert.deepEqual(await backend.sums(other, "sums"), { a: 5 });
    assert.equal(await store.removeReplacedTables("sums"), true);
    assert.deepEqual(await backend.sums(store, "sums"), { a: 5 });
  }),

  viewPromised("gives concurrent creations of one version the same generation", async (subject) => {
    const { store, backend, reopen } = subject;
    const other = await reopen();
    await begin(store, backend);
    const begun = await Promise.all(
      [store, other, store, other].map((one) => one.create(sumsProjection(backend, "sums"))),
    );
    assert.equal(new Set(begun.map(({ number }) => number)).size, 1);
    const raised = await other.create(sumsProjection(backend, "sums", { version: 2 }));
    assert.deepEqual(
      (await store.generations("sums")).map(({ version, active }) => [version, active]),
      [
        [1, true],
        [1, false],
        [2, false],
      ],
    );
    assert.equal(raised.version, 2);
  }),

  viewPromised("makes one active generation for concurrent creations of a view", async (subject) => {
    const { store, backend, reopen } = subject;
    const other = await reopen();
    await Promise.all([store, other].map((one) => one.create(sumsProjection(backend, "sums"))));
    const generations = await store.generations();
    assert.equal(generations.filter(({ active }) => active).length, 1);
  }),

  viewPromised("refuses a name that cannot be part of a table's name", async ({ store, backend }) => {
    for (const name of ["", "Pages", "a__b", "a-b", '"; DROP', "x".repeat(27), "1a"])
      await rejection(store.create(sumsProjection(backend, name)), InvalidArgumentError);
    await rejection(store.create(sumsProjection(backend, "sums", { version: 0 })), InvalidArgumentError);
    assert.deepEqual(await store.generations(), []);
  }),

  viewPromised("stores why a generation stopped, and retries or skips the event", async (subject) => {
    const { store, backend, reopen } = subject;
    const other = await reopen();
    const generation = await begin(store, backend);
    await store.write(adding(backend, generation, 0, 6));
    const failed = { notificationId: 7, topic: "Account.Paid", error: 'it is "bad" \u{1f4a5}' };
    await store.stop(generation, failed, MINE);
    assert.deepEqual((await theOnly(other)).stopped, failed);
    await other.skip("sums", 8);
    assert.deepEqual((await theOnly(store)).stopped, failed);
    await other.retry("sums");
    assert.equal((await theOnly(store)).stopped, undefined);
    assert.deepEqual((await theOnly(store)).skipped, []);
    await store.stop(generation, failed, MINE);
    await other.skip("sums", 7);
    assert.equal((await theOnly(store)).stopped, undefined);
    assert.deepEqual((await theOnly(store)).skipped, [7]);
    assert.equal((await theOnly(store)).position, 6);
  }),

  viewPromised("stores an error message with NUL and a lone surrogate", async ({ store, backend }) => {
    const generation = await begin(store, backend);
    await store.write(adding(backend, generation, 0, 6));
    const failed = { notificationId: 7, topic: "Account.Paid", error: "bad \0 and \ud800 text" };
    await store.stop(generation, failed, MINE);
    assert.match((await theOnly(store)).stopped?.error ?? "", /^bad . and . text$/su);
  }),

  viewPromised("finds no generations and no rows of an unknown view", async ({ store, backend }) => {
    assert.deepEqual(await store.generations("sums"), []);
    assert.deepEqual(await backend.sums(store, "sums"), {});
    await store.retry("sums");
    await store.skip("sums", 1);
    assert.deepEqual(await store.generations(), []);
  }),

  viewPromised("notifies listeners of writes of another handle", async ({ store, backend, reopen }) => {
    const other = await reopen();
    const generation = await begin(store, backend);
    await setTimeout(0);
    let calls = 0;
    const unwatch = other.watch(() => {
      calls += 1;
    });
    await store.write(adding(backend, generation, 0, 1));
    await until(() => calls > 0);
    unwatch();
    unwatch();
  }),
];
