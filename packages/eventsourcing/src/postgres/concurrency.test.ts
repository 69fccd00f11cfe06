import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../test/postgres-server.ts";
import { VersionConflictError } from "../errors.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { allNotifications, eventOf, idsOf, newId, upTo, versionsOf } from "../testing/sample-events.ts";
import { appendStatement } from "./batch.ts";
import { type PostgresRecorderOptions, postgresRecorder } from "./index.ts";
import { schemaOf } from "./schema-name.ts";

let server: PostgresServer;
let url: string;
let other: Client;
let recorder: Recorder;
let opened: Recorder[];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  opened = [];
  recorder = await open();
  other = new Client({ connectionString: url });
  other.on("error", () => {});
  await other.connect();
});
afterEach(async () => {
  await Promise.all(opened.map((handle) => handle.close()));
  await other.end();
});

async function open(options: Omit<PostgresRecorderOptions, "url"> = {}): Promise<Recorder> {
  const handle = await postgresRecorder({ url, ...options });
  opened.push(handle);
  return handle;
}

/** Appends one event in the open transaction of `other`. */
async function appendInOther(transactionTimeoutMs = 60_000): Promise<void> {
  const save = { events: [eventOf(newId(), 1)], tracking: undefined };
  await other.query(appendStatement(schemaOf("palimpsest"), [save], { transactionTimeoutMs }));
}

async function saveWaits(): Promise<void> {
  for (;;) {
    const { rowCount } = await other.query(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
    );
    if (rowCount !== 0) return;
    await setTimeout(5);
  }
}

const firstIdOf = async (saving: ReturnType<Recorder["insertEvents"]>) => (await saving)[0]?.notificationId;

describe("R4 a transaction that is held open", () => {
  it("does not delay others before it appends, and gets its ids when it appends", async () => {
    await other.query("BEGIN");
    await other.query("SELECT pg_current_xact_id()");
    const handle = await open();
    expect(await firstIdOf(recorder.insertEvents([eventOf(newId(), 1)]))).toBe(1);
    expect(await firstIdOf(handle.insertEvents([eventOf(newId(), 1)]))).toBe(2);
    await appendInOther();
    expect(await handle.maxNotificationId()).toBe(2);
    await other.query("COMMIT");
    expect(idsOf(await allNotifications(handle))).toEqual([1, 2, 3]);
  });

  it("blocks others after it appended, so that no follower sees a later event first", async () => {
    await other.query("BEGIN");
    await appendInOther();
    const saving = firstIdOf(recorder.insertEvents([eventOf(newId(), 1)]));
    await saveWaits();
    const follower = await open();
    expect(await allNotifications(follower)).toEqual([]);
    await other.query("COMMIT");
    expect(await saving).toBe(2);
    expect(idsOf(await allNotifications(follower))).toEqual([1, 2]);
  });

  it("leaves no gap when it rolls back", async () => {
    await other.query("BEGIN");
    await appendInOther();
    const saving = firstIdOf(recorder.insertEvents([eventOf(newId(), 1)]));
    await saveWaits();
    await other.query("ROLLBACK");
    expect(await saving).toBe(1);
    expect(idsOf(await allNotifications(recorder))).toEqual([1]);
  });

  it("is ended if it hangs after it appended", async () => {
    const ended = new Promise((resolve) => other.once("end", () => resolve("ended")));
    await other.query("BEGIN");
    await appendInOther(50);
    expect(await firstIdOf(recorder.insertEvents([eventOf(newId(), 1)]))).toBe(1);
    expect(await ended).toBe("ended");
    expect(idsOf(await allNotifications(recorder))).toEqual([1]);
  });

  it("is ended if it waits for another lock after it appended", async () => {
    await other.query("BEGIN");
    await other.query("LOCK TABLE palimpsest.events IN EXCLUSIVE MODE");
    const impatient = await open({ transactionTimeoutMs: 50, reconnectTimeoutMs: 1 });
    // The lock timeout cancels the statement or the transaction timeout ends the session, whichever is noticed first.
    await expect(impatient.insertEvents([eventOf(newId(), 1)])).rejects.toThrow(/^The save was not stored/);
    await other.query("COMMIT");
    expect(await firstIdOf(recorder.insertEvents([eventOf(newId(), 1)]))).toBe(1);
  });
});

describe("R2 concurrent processes", () => {
  it("race for slugs and versions, and each version is recorded once", async () => {
    const handles = await Promise.all(upTo(6).map(() => open()));
    const [log, ...slugs] = upTo(6).map(newId);
    const claims = upTo(10).flatMap((version) =>
      slugs.flatMap((slug) =>
        handles.map((handle) =>
          handle.insertEvents([eventOf(newId(), 1), eventOf(log ?? "", null), eventOf(slug, version)]),
        ),
      ),
    );
    const outcomes = await Promise.allSettled(claims);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(VersionConflictError);
    const won = outcomes.filter(({ status }) => status === "fulfilled").length;
    const notifications = await allNotifications(recorder);
    expect(idsOf(notifications)).toEqual(upTo(3 * won));
    expect(versionsOf(await recorder.selectEvents(log ?? ""))).toEqual(upTo(won));
    for (const slug of slugs) expect(versionsOf(await recorder.selectEvents(slug))).toEqual(upTo(10));
    expect(won).toBe(50);
  });
});

describe("R9 a listener", () => {
  it("is called for events of another process, also after its connection broke", async () => {
    const handle = await open();
    const heard = new EventTarget();
    const next = () => once(heard, "call");
    const listening = next();
    const unwatch = handle.watch(() => heard.dispatchEvent(new Event("call")));
    // The first call means that it listens.
    await listening;
    for (const _ of upTo(3)) {
      const call = next();
      await recorder.insertEvents([eventOf(newId(), 1)]);
      await call;
    }
    const again = next();
    await other.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()",
    );
    await again;
    const call = next();
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await call;
    unwatch();
  });

  it("is called for events of its own recorder at once, and not after it stopped", async () => {
    let calls = 0;
    const unwatch = recorder.watch(() => {
      calls += 1;
    });
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(calls).toBeGreaterThan(0);
    unwatch();
    calls = 0;
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(calls).toBe(0);
  });
});

describe("a recorder with several hosts", () => {
  it("uses the host that accepts writes, also after a failover", async () => {
    const second = await startPostgres();
    const hosts = `127.0.0.1:1,127.0.0.1:${second.port},127.0.0.1:${server.port}`;
    try {
      const schema = newId();
      const handle = await postgresRecorder({ url: `postgres://postgres@${hosts}/postgres`, schema });
      opened.push(handle);
      const here = await postgresRecorder({ url: server.url, schema });
      opened.push(here);
      await handle.insertEvents([eventOf(newId(), 1)]);
      expect(await here.maxNotificationId()).toBe(0);
      await refuseWrites(second);
      await handle.insertEvents([eventOf(newId(), 1)]);
      expect(await here.maxNotificationId()).toBe(1);
      expect(await handle.maxNotificationId()).toBe(1);
      await handle.close();
    } finally {
      await second.stop();
    }
  });

  it("reads from a standby if the connection string allows any server", async () => {
    const second = await startPostgres();
    const schema = newId();
    const writing = await postgresRecorder({ url: second.url, schema });
    await writing.insertEvents([eventOf(newId(), 1)]);
    await writing.close();
    await refuseWrites(second);
    try {
      await expect(postgresRecorder({ url: second.url, schema })).rejects.toThrow(/accepts no writes/);
      const reading = await postgresRecorder({ url: `${second.url}?target_session_attrs=any`, schema });
      expect(await reading.maxNotificationId()).toBe(1);
      await expect(reading.insertEvents([eventOf(newId(), 1)])).rejects.toThrow(/read-only transaction/);
      await reading.close();
    } finally {
      await second.stop();
    }
  });
});

/** Makes the server read-only, as a standby is. */
async function refuseWrites(target: PostgresServer): Promise<void> {
  const client = new Client({ connectionString: target.url });
  client.on("error", () => {});
  await client.connect();
  await client.query("ALTER SYSTEM SET default_transaction_read_only = on");
  await client.end();
  await target.shutDown();
  await target.start();
}
