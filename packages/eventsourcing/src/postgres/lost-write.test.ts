import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../../../test/postgres-server.ts";
import { OutcomeUnknownError, RecorderError } from "../errors.ts";
import type { AppendResult, Recorder } from "../recorder/recorder.ts";
import { allNotifications, eventOf, eventsOf, idsOf, newId, upTo } from "../testing/sample-events.ts";
import { appendStatement } from "./batch.ts";
import { postgresRecorder } from "./index.ts";
import { schemaOf } from "./schema-name.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A database of its own, with a recorder behind a proxy and a second one that is connected directly. */
class Setup {
  readonly line: Line;
  readonly recorder: Recorder;
  readonly witness: Recorder;
  readonly #url: string;
  #admin: Client;

  static async open({ reconnectTimeoutMs = 1_000 } = {}): Promise<Setup> {
    const url = await server.createDatabase();
    const line = await Line.to(server.port);
    const admin = await connect(url);
    const witness = await postgresRecorder({ url });
    const recorder = await postgresRecorder({ url: line.urlLike(url), reconnectTimeoutMs });
    return new Setup(url, { line, admin, recorder, witness });
  }

  private constructor(
    url: string,
    parts: {
      readonly line: Line;
      readonly admin: Client;
      readonly recorder: Recorder;
      readonly witness: Recorder;
    },
  ) {
    this.#url = url;
    this.#admin = parts.admin;
    this.line = parts.line;
    this.recorder = parts.recorder;
    this.witness = parts.witness;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.recorder.close(), this.witness.close()]);
    await this.#admin.end();
    await this.line.close();
  }

  /** Appends in a transaction that stays open and holds the lock. */
  async holdLock(): Promise<void> {
    await this.#admin.query("BEGIN");
    const save = { events: [eventOf(newId(), 1)], tracking: undefined };
    const settings = { transactionTimeoutMs: 60_000 };
    await this.#admin.query(appendStatement(schemaOf("palimpsest"), [save], settings));
  }

  async releaseLock(): Promise<void> {
    await this.#admin.query("COMMIT");
  }

  /** Returns the sessions that wait for the lock. */
  async waiting(): Promise<number[]> {
    const { rows } = await this.#admin.query<{ pid: number }>(`SELECT pid ${WAITING}`);
    return rows.map(({ pid }) => pid);
  }

  /** Waits for a session that waits for the lock, and ends it. */
  async endWaiting(isOver = () => false): Promise<void> {
    await until(async () => isOver() || (await this.waiting()).length === 1);
    await this.#admin.query(`SELECT pg_terminate_backend(pid) ${WAITING}`);
  }

  async endSomeConnections(): Promise<void> {
    await this.#admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.7`,
    );
  }

  /** Runs `work`, which restarts the server. */
  async whileDisconnected(work: () => Promise<void>): Promise<void> {
    await this.#admin.end();
    await work();
    this.#admin = await connect(this.#url);
  }
}

const WAITING = `FROM pg_locks JOIN pg_database ON pg_database.oid = database
  WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`;

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5);
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
      const far = createConnection(port, "127.0.0.1");
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

describe.concurrent("R6 a save whose connection breaks", () => {
  it("is stored once if it waited for the lock, and its session is ended", async () => {
    await using setup = await Setup.open();
    await setup.holdLock();
    const saves = [
      setup.recorder.insertEvents(eventsOf(newId(), 1, 2)),
      setup.recorder.insertEvents([eventOf(newId(), 1)]),
    ];
    await until(async () => (await setup.waiting()).length === 1);
    const [lost] = await setup.waiting();
    setup.line.cut();
    // The recorder ends the lost session, and its next session waits.
    await until(async () => {
      const [next, ...more] = await setup.waiting();
      return next !== undefined && next !== lost && more.length === 0;
    });
    await setup.releaseLock();
    const results = (await Promise.all(saves)).flat();
    expect(results.map(({ notificationId }) => notificationId)).toEqual([2, 3, 4]);
    expect(idsOf(await allNotifications(setup.witness))).toEqual([1, 2, 3, 4]);
  });

  it("is stored once if the server ended the connection", async () => {
    await using setup = await Setup.open();
    await setup.holdLock();
    const saving = setup.recorder.insertEvents([eventOf(newId(), 1)]);
    await setup.endWaiting();
    await setup.releaseLock();
    expect((await saving).map(({ notificationId }) => notificationId)).toEqual([2]);
    expect(idsOf(await allNotifications(setup.witness))).toEqual([1, 2]);
  });

  it("is sent again until it is stored", async () => {
    await using setup = await Setup.open({ reconnectTimeoutMs: 30_000 });
    await setup.holdLock();
    const saving = setup.recorder.insertEvents([eventOf(newId(), 1)]);
    for (const _ of upTo(5)) await setup.endWaiting();
    await setup.releaseLock();
    expect((await saving).map(({ notificationId }) => notificationId)).toEqual([2]);
    expect(idsOf(await allNotifications(setup.witness))).toEqual([1, 2]);
  });

  it("is rejected if its connections break for too long", async () => {
    await using setup = await Setup.open();
    await setup.holdLock();
    let isOver = false;
    const saving = setup.recorder.insertEvents([eventOf(newId(), 1)]).finally(() => {
      isOver = true;
    });
    saving.catch(() => {});
    while (!isOver) await setup.endWaiting(() => isOver);
    await expect(saving).rejects.toThrow(RecorderError);
    await setup.releaseLock();
    expect(idsOf(await allNotifications(setup.witness))).toEqual([1]);
  });

  it("waits for the lost session as long as the server is reachable", async () => {
    await using setup = await Setup.open();
    await setup.holdLock();
    const saving = setup.recorder.insertEvents([eventOf(newId(), 1)]);
    await until(async () => (await setup.waiting()).length === 1);
    const before = await setup.waiting();
    await setTimeout(7_000);
    expect(await setup.waiting()).toEqual(before);
    await setup.releaseLock();
    expect((await saving).map(({ notificationId }) => notificationId)).toEqual([2]);
  });

  it("resolves to its results if it was committed before the break", async () => {
    await using setup = await Setup.open();
    const log = newId();
    const save = [eventOf(log, null), eventOf(log, null)];
    await setup.recorder.insertEvents([eventOf(newId(), 1)]);
    setup.line.mute();
    const saving = setup.recorder.insertEvents(save, { name: "upstream", notificationId: 7 });
    await until(async () => (await setup.witness.maxNotificationId()) === 3);
    setup.line.cut();
    const results = await saving;
    const stored = await setup.witness.findNotifications(save.map(({ eventId }) => eventId));
    expect(results).toEqual(
      stored.map(({ id, originatorVersion, recordedAt }) => ({
        notificationId: id,
        originatorVersion,
        recordedAt,
      })),
    );
    expect(await setup.witness.maxTrackingId("upstream")).toBe(7);
    expect(await setup.witness.maxNotificationId()).toBe(3);
  });

  it("is rejected if its batch refused it", async () => {
    await using setup = await Setup.open();
    const page = newId();
    await setup.recorder.insertEvents([eventOf(page, 1)]);
    setup.line.mute();
    const saves = [
      setup.recorder.insertEvents([eventOf(page, 2)]),
      setup.recorder.insertEvents([eventOf(page, 2)]),
      setup.recorder.insertEvents([eventOf(page, 3)]),
    ];
    const outcomes = Promise.allSettled(saves);
    await until(async () => (await setup.witness.maxNotificationId()) === 3);
    setup.line.cut();
    expect((await outcomes).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(idsOf(await allNotifications(setup.witness))).toEqual([1, 2, 3]);
  });

  it("has an unknown outcome if the server is unreachable, and the error names its events", async () => {
    await using setup = await Setup.open();
    const save = eventsOf(newId(), 1, 2);
    await setup.recorder.insertEvents([eventOf(newId(), 1)]);
    setup.line.mute();
    const saving = setup.recorder.insertEvents(save);
    await until(async () => (await setup.witness.maxNotificationId()) === 3);
    setup.line.goDown();
    setup.line.cut();
    await expect(saving).rejects.toThrow(OutcomeUnknownError);
    await expect(saving).rejects.toMatchObject({ eventIds: save.map(({ eventId }) => eventId) });
    const later = setup.recorder.insertEvents([eventOf(newId(), 1)]);
    await expect(later).rejects.toThrow(RecorderError);
    expect(await setup.witness.maxNotificationId()).toBe(3);
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

describe("R6 a recorder", () => {
  it("stores exactly the acknowledged saves while the server ends connections", async () => {
    await using setup = await Setup.open();
    const stream = new Stream([setup.recorder, setup.witness]);
    for (const round of upTo(30)) {
      await stream.reach(round * 20);
      await setup.endSomeConnections();
    }
    await stream.stop();
    await stream.check(setup.witness);
    expect(stream.unknown).toEqual([]);
  });

  it("stores exactly the acknowledged saves while connections break unnoticed by the server", async () => {
    await using setup = await Setup.open();
    const stream = new Stream([setup.recorder, setup.witness]);
    for (const round of upTo(20)) {
      await stream.reach(round * 20);
      if (round % 2 === 0) setup.line.mute();
      await setTimeout(round % 4);
      setup.line.cut();
    }
    await stream.stop();
    await stream.check(setup.witness);
    expect(stream.unknown).toEqual([]);
  });

  it("stores exactly the acknowledged saves while the server is shut down, killed and restarted", async () => {
    await using setup = await Setup.open();
    await setup.whileDisconnected(async () => {
      const stream = new Stream([setup.recorder, setup.witness]);
      await stream.reach(100);
      await server.shutDown();
      await server.start();
      await stream.reach(stream.recorded.length + 100);
      await server.kill();
      await server.start();
      await stream.reach(stream.recorded.length + 100);
      await stream.stop();
      await stream.check(setup.witness);
    });
  });

  it("saves after the server restarted while it was idle", async () => {
    await using setup = await Setup.open();
    await setup.whileDisconnected(async () => {
      await setup.recorder.insertEvents([eventOf(newId(), 1)]);
      await server.shutDown();
      await server.start();
      expect(await setup.recorder.maxNotificationId()).toBe(1);
      await setup.recorder.insertEvents([eventOf(newId(), 1)]);
      expect(await setup.witness.maxNotificationId()).toBe(2);
    });
  });
});
