import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../test/postgres-server.ts";
import { OutcomeUnknownError, RecorderError } from "../errors.ts";
import type { AppendResult, Recorder } from "../recorder/recorder.ts";
import { allNotifications, eventOf, eventsOf, idsOf, newId, upTo } from "../testing/sample-events.ts";
import { appendStatement } from "./batch.ts";
import { postgresRecorder } from "./index.ts";
import { schemaOf } from "./schema-name.ts";

let server: PostgresServer;
let url: string;
let admin: Client;
let line: Line;
let recorder: Recorder;
let witness: Recorder;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  line = await Line.to(server.port);
  admin = await connectAdmin();
  witness = await postgresRecorder({ url });
  recorder = await postgresRecorder({ url: line.urlLike(url), reconnectTimeoutMs: 1_000 });
});
afterEach(async () => {
  await Promise.all([recorder.close(), witness.close()]);
  await admin.end();
  await line.close();
});

async function connectAdmin(): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A proxy to the server, which can cut connections at the client's end alone. */
class Line {
  readonly #server: Server;
  readonly #ends: { readonly near: Socket; readonly far: Socket }[] = [];
  #isDown = false;

  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    await once(line.#server, "listening");
    return line;
  }

  constructor(port: number) {
    this.#server = createServer((near) => {
      if (this.#isDown) {
        near.destroy();
        return;
      }
      const far = connect(port, "127.0.0.1");
      for (const socket of [near, far]) socket.on("error", () => {});
      near.pipe(far);
      far.pipe(near);
      far.on("close", () => near.destroy());
      this.#ends.push({ near, far });
    }).listen(0, "127.0.0.1");
  }

  urlLike(url: string): string {
    const address = this.#server.address();
    const target = new URL(url);
    if (address !== null && typeof address === "object") target.port = String(address.port);
    return target.href;
  }

  /** Drops everything that the server sends. */
  mute(): void {
    for (const { near, far } of this.#ends) far.unpipe(near).resume();
  }

  /** Breaks the connections at the client's end; they stay open for the server. */
  cut(): void {
    for (const { near, far } of this.#ends) {
      near.unpipe(far);
      near.destroy();
    }
  }

  /** Refuses new connections. */
  goDown(): void {
    this.#isDown = true;
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#ends) for (const socket of [near, far]) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Appends in a transaction that stays open and holds the lock. */
async function holdLock(): Promise<void> {
  await admin.query("BEGIN");
  const save = { events: [eventOf(newId(), 1)], tracking: undefined };
  const settings = { transactionTimeoutMs: 60_000 };
  await admin.query(appendStatement(schemaOf("palimpsest"), [save], settings));
}

/** Returns the sessions that wait for the lock. */
async function waiting(): Promise<number[]> {
  const { rows } = await admin.query<{ pid: number }>(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
  );
  return rows.map(({ pid }) => pid);
}

/** Waits for a session that waits for the lock, and ends it. */
async function endWaiting(isOver = () => false): Promise<void> {
  await until(async () => isOver() || (await waiting()).length === 1);
  await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5);
}

describe("R6 a save whose connection breaks", () => {
  it("while it waits for the lock is stored once, and its session is ended", async () => {
    await holdLock();
    const saves = [
      recorder.insertEvents(eventsOf(newId(), 1, 2)),
      recorder.insertEvents([eventOf(newId(), 1)]),
    ];
    await until(async () => (await waiting()).length === 1);
    const [lost] = await waiting();
    line.cut();
    // The recorder ends the lost session, and its next session waits.
    await until(async () => {
      const [next, ...more] = await waiting();
      return next !== undefined && next !== lost && more.length === 0;
    });
    await admin.query("COMMIT");
    const results = (await Promise.all(saves)).flat();
    expect(results.map(({ notificationId }) => notificationId)).toEqual([2, 3, 4]);
    expect(idsOf(await allNotifications(witness))).toEqual([1, 2, 3, 4]);
  });

  it("because the server ended it is stored once", async () => {
    await holdLock();
    const saving = recorder.insertEvents([eventOf(newId(), 1)]);
    await endWaiting();
    await admin.query("COMMIT");
    expect((await saving).map(({ notificationId }) => notificationId)).toEqual([2]);
    expect(idsOf(await allNotifications(witness))).toEqual([1, 2]);
  });

  it("repeatedly is sent again until it is stored", async () => {
    await holdLock();
    const saving = recorder.insertEvents([eventOf(newId(), 1)]);
    for (const _ of upTo(5)) await endWaiting();
    await admin.query("COMMIT");
    expect((await saving).map(({ notificationId }) => notificationId)).toEqual([2]);
    expect(idsOf(await allNotifications(witness))).toEqual([1, 2]);
  });

  it("repeatedly for too long is rejected", async () => {
    await holdLock();
    let isOver = false;
    const saving = recorder.insertEvents([eventOf(newId(), 1)]).finally(() => {
      isOver = true;
    });
    saving.catch(() => {});
    while (!isOver) await endWaiting(() => isOver);
    await expect(saving).rejects.toThrow(RecorderError);
    await admin.query("COMMIT");
    expect(idsOf(await allNotifications(witness))).toEqual([1]);
  });

  it("waits as long as the lost session takes, while the server is reachable", async () => {
    await holdLock();
    const saving = recorder.insertEvents([eventOf(newId(), 1)]);
    await until(async () => (await waiting()).length === 1);
    const before = await waiting();
    await setTimeout(7_000);
    expect(await waiting()).toEqual(before);
    await admin.query("COMMIT");
    expect((await saving).map(({ notificationId }) => notificationId)).toEqual([2]);
  });

  it("between commit and acknowledgement resolves to its results", async () => {
    const log = newId();
    const save = [eventOf(log, null), eventOf(log, null)];
    await recorder.insertEvents([eventOf(newId(), 1)]);
    line.mute();
    const saving = recorder.insertEvents(save, { name: "upstream", notificationId: 7 });
    await until(async () => (await witness.maxNotificationId()) === 3);
    line.cut();
    const results = await saving;
    const stored = await witness.findNotifications(save.map(({ eventId }) => eventId));
    expect(results).toEqual(
      stored.map(({ id, originatorVersion, recordedAt }) => ({
        notificationId: id,
        originatorVersion,
        recordedAt,
      })),
    );
    expect(await witness.maxTrackingId("upstream")).toBe(7);
    expect(await witness.maxNotificationId()).toBe(3);
  });

  it("is rejected if it was refused in its batch", async () => {
    const page = newId();
    await recorder.insertEvents([eventOf(page, 1)]);
    line.mute();
    const saves = [
      recorder.insertEvents([eventOf(page, 2)]),
      recorder.insertEvents([eventOf(page, 2)]),
      recorder.insertEvents([eventOf(page, 3)]),
    ];
    const outcomes = Promise.allSettled(saves);
    await until(async () => (await witness.maxNotificationId()) === 3);
    line.cut();
    expect((await outcomes).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(idsOf(await allNotifications(witness))).toEqual([1, 2, 3]);
  });

  it("while the server is unreachable has an unknown outcome, and the error names its events", async () => {
    const save = eventsOf(newId(), 1, 2);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    line.mute();
    const saving = recorder.insertEvents(save);
    await until(async () => (await witness.maxNotificationId()) === 3);
    line.goDown();
    line.cut();
    await expect(saving).rejects.toThrow(OutcomeUnknownError);
    await expect(saving).rejects.toMatchObject({ eventIds: save.map(({ eventId }) => eventId) });
    const later = recorder.insertEvents([eventOf(newId(), 1)]);
    await expect(later).rejects.toThrow(RecorderError);
    expect(await witness.maxNotificationId()).toBe(3);
  });
});

/** Saves until it is stopped, also after rejections. */
class Stream {
  readonly acknowledged: AppendResult[] = [];
  readonly recorded: string[] = [];
  readonly failed: string[] = [];
  readonly unknown: string[] = [];
  readonly ended: Promise<unknown>;
  #stopped = false;

  constructor(handles: readonly Recorder[]) {
    this.ended = Promise.all(handles.flatMap((handle) => upTo(4).map((size) => this.#save(handle, size))));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.ended;
  }

  async #save(handle: Recorder, size: number): Promise<void> {
    while (!this.#stopped) {
      const events = eventsOf(newId(), 1, size);
      const eventIds = events.map(({ eventId }) => eventId);
      try {
        this.acknowledged.push(...(await handle.insertEvents(events)));
        this.recorded.push(...eventIds);
      } catch (error) {
        if (error instanceof OutcomeUnknownError) this.unknown.push(...eventIds);
        else if (error instanceof RecorderError) this.failed.push(...eventIds);
        else throw error;
      }
    }
  }

  /** Expects that exactly the acknowledged events are stored, each at its position. */
  async check(reader: Recorder): Promise<void> {
    const notifications = await allNotifications(reader);
    expect(idsOf(notifications)).toEqual(upTo(notifications.length));
    const idOf = new Map(notifications.map(({ eventId, id }) => [eventId, id]));
    expect(this.recorded.map((eventId) => idOf.get(eventId))).toEqual(
      this.acknowledged.map(({ notificationId }) => notificationId),
    );
    expect(this.failed.filter((eventId) => idOf.has(eventId))).toEqual([]);
    const unknown = this.unknown.filter((eventId) => idOf.has(eventId));
    expect(notifications.length).toBe(this.recorded.length + unknown.length);
  }

  async reach(count: number): Promise<void> {
    await until(async () => this.recorded.length >= count);
  }
}

describe("R6 exactly the acknowledged saves are recorded", () => {
  it("while the server ends connections", async () => {
    const stream = new Stream([recorder, witness]);
    for (const round of upTo(30)) {
      await stream.reach(round * 20);
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.7`,
      );
    }
    await stream.stop();
    await stream.check(witness);
    expect(stream.unknown).toEqual([]);
  });

  it("while connections break unnoticed by the server", async () => {
    const stream = new Stream([recorder, witness]);
    for (const round of upTo(20)) {
      await stream.reach(round * 20);
      if (round % 2 === 0) line.mute();
      await setTimeout(round % 4);
      line.cut();
    }
    await stream.stop();
    await stream.check(witness);
    expect(stream.unknown).toEqual([]);
  });

  it("while the server is shut down, killed and restarted", async () => {
    // This connection is not replaced.
    await admin.end();
    const stream = new Stream([recorder, witness]);
    await stream.reach(100);
    await server.shutDown();
    await server.start();
    await stream.reach(stream.recorded.length + 100);
    await server.kill();
    await server.start();
    await stream.reach(stream.recorded.length + 100);
    await stream.stop();
    await stream.check(witness);
    admin = await connectAdmin();
  });

  it("by a recorder that was idle while the server restarted", async () => {
    await admin.end();
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await server.shutDown();
    await server.start();
    expect(await recorder.maxNotificationId()).toBe(1);
    await recorder.insertEvents([eventOf(newId(), 1)]);
    expect(await witness.maxNotificationId()).toBe(2);
    admin = await connectAdmin();
  });
});
