// A primary and its streaming standby: what is read from the one while the other writes, and what is left when
// the primary dies.
import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  type AppendResult,
  NotificationLog,
  OutcomeUnknownError,
  type Recorder,
} from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventOf, newId } from "../packages/eventsourcing/src/testing/sample-events.ts";
import { open as openAccounts } from "./accounts.ts";
import { killProcesses, startProcess } from "./fixtures/processes.ts";
import { type PostgresServer, type StandbyServer, startPostgres, startStandby } from "./postgres-server.ts";

const SECRET = "the same on every machine, and long enough";
const WRITERS = 4;
const AT_ONCE = 4;

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

let primary: PostgresServer;
let standby: StandbyServer;
const opened: Recorder[] = [];

beforeEach(async () => {
  primary = await startPostgres();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((recorder) => recorder.close()));
  await standby.stop();
  await primary.stop();
});

async function open(url: string): Promise<Recorder> {
  const recorder = await postgresRecorder({ url });
  opened.push(recorder);
  return recorder;
}

/** A subscription to the log on the standby. */
interface Follower {
  /** The ids in the order of reading. */
  readonly ids: readonly number[];
  /** Resolves once `id` is read, and ends the subscription. */
  readUpTo(id: number): Promise<void>;
}

/** Resolves when the standby shows every commit of the primary. A synchronous standby also applies commits later. */
async function untilReplayed(): Promise<void> {
  const [state] = await query<{ lsn: string }>(primary.url, "SELECT pg_current_wal_lsn()::text AS lsn");
  const isReplayed = `SELECT WHERE pg_last_wal_replay_lsn() >= '${state?.lsn}'::pg_lsn`;
  while ((await query(standby.url, isReplayed)).length === 0) await setTimeout(20);
}

async function followStandby(): Promise<Follower> {
  await untilReplayed();
  const log = new NotificationLog(await open(`${standby.url}?target_session_attrs=any`));
  const ids: number[] = [];
  const stopped = new AbortController();
  let last = Number.POSITIVE_INFINITY;
  const stopAtLast = () => {
    if ((ids.at(-1) ?? 0) >= last) stopped.abort();
  };
  const following = (async () => {
    for await (const { id } of log.subscribe({ start: 1, signal: stopped.signal })) {
      ids.push(id);
      stopAtLast();
    }
  })();
  following.catch(() => {});
  return {
    ids,
    async readUpTo(id) {
      last = id;
      stopAtLast();
      await following;
    },
  };
}

/** Saves events in several concurrent chains, and records the outcome of each. */
class Writer {
  readonly acknowledged = new Map<string, AppendResult>();
  readonly refused = new Set<string>();
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  async writeUntil(isDone: () => boolean): Promise<void> {
    await Promise.all(upTo(AT_ONCE).map(() => this.#writeChain(newId(), isDone)));
  }

  async #writeChain(originatorId: string, isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      // Appends to a log, which does not depend on the outcome of the previous save.
      const event = eventOf(originatorId, null);
      try {
        const [placement] = await this.#recorder.insertEvents([event]);
        if (placement) this.acknowledged.set(event.eventId, placement);
      } catch (error) {
        if (!(error instanceof OutcomeUnknownError)) this.refused.add(event.eventId);
      }
    }
  }
}

const countOf = (writers: readonly Writer[]) =>
  writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);

it("R4 a follower on a streaming standby reads every event in order while several processes write", async () => {
  const writers = await Promise.all(upTo(WRITERS).map(async () => new Writer(await open(primary.url))));
  standby = await startStandby(primary);
  const follower = await followStandby();
  await Promise.all(writers.map((writer) => writer.writeUntil(() => countOf(writers) >= 2_000)));
  const last = countOf(writers);
  // A standby cannot send notifications. After the promotion the follower listens for them.
  await primary.kill();
  await standby.promote();
  while ((await query(standby.url, "SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")).length === 0)
    await setTimeout(20);
  await follower.readUpTo(last);
  expect(follower.ids).toEqual(upTo(last));
});

describe("failover to a synchronous standby", () => {
  /** Names the standby first, so that every new client tries a server that refuses writes. */
  const bothHosts = (database = "postgres") =>
    `postgres://postgres@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/${database}`;

  it("R5 R6 loses no acknowledged save and stores none twice when the primary is killed", () =>
    survives(() => primary.kill()));

  it("R5 R6 loses no acknowledged save and stores none twice when the primary stops answering", async () => {
    const frozen: number[] = [];
    try {
      await survives(async () => {
        frozen.push(...(await freeze(primary)));
      });
    } finally {
      for (const pid of frozen) process.kill(pid, "SIGCONT");
    }
  });

  /** Writes while the primary ends, and until every writer has written to the standby. */
  async function survives(end: () => Promise<void>): Promise<void> {
    standby = await startStandby(primary, { synchronous: true });
    const writers = await Promise.all(upTo(WRITERS).map(async () => new Writer(await open(bothHosts()))));
    const follower = await followStandby();
    let isOver = false;
    const writing = Promise.all(writers.map((writer) => writer.writeUntil(() => isOver)));
    while (writers.some(({ acknowledged }) => acknowledged.size < 100)) await setTimeout(5);
    await end();
    await standby.promote();
    const before = writers.map(({ acknowledged }) => acknowledged.size);
    while (writers.some(({ acknowledged }, index) => acknowledged.size < (before[index] ?? 0) + 100))
      await setTimeout(5);
    isOver = true;
    await writing;

    const stored = await (await open(standby.url)).selectNotifications({ start: 1, limit: 1_000_000 });
    expect(stored.map(({ id }) => id)).toEqual(upTo(stored.length));
    const byEventId = new Map(stored.map((notification) => [notification.eventId, notification]));
    expect(byEventId.size).toBe(stored.length);
    for (const { acknowledged, refused } of writers) {
      for (const [eventId, { notificationId, originatorVersion, recordedAt }] of acknowledged)
        expect(byEventId.get(eventId)).toMatchObject({ id: notificationId, originatorVersion, recordedAt });
      expect([...refused].filter((eventId) => byEventId.has(eventId))).toEqual([]);
    }
    await follower.readUpTo(stored.length);
    expect(follower.ids).toEqual(upTo(stored.length));
  }

  it("R5 acknowledges no save that only the primary has, even if its session is terminated", async () => {
    standby = await startStandby(primary, { synchronous: true });
    const recorder = await open(bothHosts());
    await recorder.insertEvents([eventOf(newId(), 1)]);
    await standby.shutDown();
    const event = eventOf(newId(), 1);
    let isAcknowledged = false;
    const saving = recorder.insertEvents([event]).finally(() => {
      isAcknowledged = true;
    });
    const reader = await open(primary.url);
    const waiting = await sessionWaitingForStandby();
    expect(await reader.findNotifications([event.eventId])).toEqual([]);
    await query(primary.url, "SELECT pg_terminate_backend($1)", [waiting]);
    // Now the primary shows the event. The recorder looks up the outcome, and that query waits for the standby, too.
    await sessionWaitingForStandby(waiting);
    expect(await reader.findNotifications([event.eventId])).toHaveLength(1);
    expect(isAcknowledged).toBe(false);
    await primary.kill();
    await standby.start();
    await standby.promote();
    expect(await saving).toMatchObject([{ notificationId: 2, originatorVersion: 1 }]);
    const stored = await (await open(standby.url)).selectNotifications({ start: 1, limit: 10 });
    expect(stored.map(({ id }) => id)).toEqual([1, 2]);
    expect(stored[1]?.eventId).toBe(event.eventId);
  });

  it("two wikis lose no acknowledged page, and accept writes again after the promotion", async () => {
    standby = await startStandby(primary, { synchronous: true });
    const folder = await mkdtemp(join(tmpdir(), "palimpsest-standby-"));
    try {
      const wikis = await Promise.all(["one", "two"].map((name) => serve(bothHosts(), join(folder, name))));
      const token = await administratorToken(bothHosts());
      const writers = wikis.map((wiki, index) => new PageWriter(wiki, token, `of-${index}`));
      let isOver = false;
      const writing = Promise.all(writers.map((writer) => writer.writeUntil(() => isOver)));
      while (writers.some(({ acknowledged }) => acknowledged.size < 15)) await setTimeout(5);
      await primary.kill();
      await standby.promote();
      const before = writers.map(({ acknowledged }) => acknowledged.size);
      while (writers.some(({ acknowledged }, index) => acknowledged.size < (before[index] ?? 0) + 15))
        await setTimeout(5);
      isOver = true;
      await writing;

      for (const [index, { acknowledged }] of writers.entries()) {
        const other = writers[1 - index] as PageWriter;
        for (const slug of acknowledged.keys()) expect(await other.bodyOf(slug)).toBe(bodyFor(slug));
        const [lastSlug, lastPosition] = [...acknowledged].at(-1) ?? [];
        expect(await other.finds(`${lastSlug}`, Number(lastPosition))).toEqual([lastSlug]);
      }
      const stored = await (await open(standby.url)).selectNotifications({ start: 1, limit: 1_000_000 });
      expect(stored.map(({ id }) => id)).toEqual(upTo(stored.length));
      expect(wikis.map(({ process }) => process.exitCode)).toEqual([null, null]);
    } finally {
      killProcesses();
      await rm(folder, { recursive: true });
    }
  });
});

/** Suspends all processes of a server, so that it neither answers nor closes connections. Resolves to their ids. */
async function freeze(server: PostgresServer): Promise<number[]> {
  const client = new pg.Client({ connectionString: server.url });
  client.on("error", () => {});
  await client.connect();
  const [main] = (await readFile(join(server.dataFolder, "postmaster.pid"), "utf8")).split("\n");
  const frozen = [Number(main)];
  // The main process first, because it could start others.
  process.kill(Number(main), "SIGSTOP");
  const { rows } = await client.query<{ pid: number }>("SELECT pid FROM pg_stat_activity");
  for (const { pid } of rows) {
    process.kill(pid, "SIGSTOP");
    frozen.push(pid);
  }
  client.connection.stream.destroy();
  return frozen;
}

/** Resolves to the process id of a session, except `except`, whose commit waits for the standby. */
async function sessionWaitingForStandby(except = 0): Promise<number> {
  for (;;) {
    const [row] = await query<{ pid: number }>(
      primary.url,
      "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid <> $1",
      [except],
    );
    if (row !== undefined) return row.pid;
    await setTimeout(5);
  }
}

async function query<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

interface RunningWiki {
  readonly address: string;
  readonly process: ChildProcess;
}

/** Starts the built program. */
async function serve(url: string, dataFolder: string): Promise<RunningWiki> {
  const { child, until } = startProcess("packages/wiki/bin/palimpsest.js", ["serve", "--port", "0"], {
    PALIMPSEST_DATABASE_URL: url,
    PALIMPSEST_DATA_DIR: dataFolder,
    PALIMPSEST_SECRET: SECRET,
    PALIMPSEST_LOG_LEVEL: "error",
  });
  const [, address = ""] = await until(/^Palimpsest is at (\S+)$/m);
  return { address, process: child };
}

async function administratorToken(url: string): Promise<string> {
  const accounts = await openAccounts({ kind: "postgres", url, schema: "palimpsest" }, { secret: SECRET });
  const person = { email: "ada@example.org", name: "Ada", password: "long enough", role: "admin" } as const;
  const { token } = await accounts.createToken((await accounts.addUser(person)).id, { name: "tests" });
  await accounts.close();
  return token;
}

const bodyFor = (slug: string) => `The page ${slug}.`;

/** Creates pages through a wiki in concurrent chains, and records the positions of the acknowledged ones. */
class PageWriter {
  readonly acknowledged = new Map<string, number>();
  readonly #wiki: RunningWiki;
  readonly #token: string;
  readonly #prefix: string;

  constructor(wiki: RunningWiki, token: string, prefix: string) {
    this.#wiki = wiki;
    this.#token = token;
    this.#prefix = prefix;
  }

  async writeUntil(isDone: () => boolean): Promise<void> {
    await Promise.all(upTo(AT_ONCE).map((chain) => this.#writeChain(chain, isDone)));
  }

  async bodyOf(slug: string): Promise<string> {
    return ((await (await this.#request("GET", `/api/pages/${slug}`)).json()) as { body: string }).body;
  }

  /** Resolves to the slugs of pages that contain `text`, at `position` or later. */
  async finds(text: string, position: number): Promise<string[]> {
    const answer = await this.#request("GET", `/api/search?q="${text}"&after=${position}`);
    const { items } = (await answer.json()) as { items: { page: { slug: string } }[] };
    return items.map(({ page }) => page.slug);
  }

  async #writeChain(chain: number, isDone: () => boolean): Promise<void> {
    for (let turn = 1; !isDone(); turn++) {
      const slug = `${this.#prefix}-${chain}-${turn}`;
      const answer = await this.#request("POST", "/api/pages", { title: slug, slug, body: bodyFor(slug) });
      const content = (await answer.json()) as { position: number };
      if (answer.status === 201) this.acknowledged.set(slug, content.position);
      // The database is unavailable, or the outcome is unknown.
      else expect(answer.status, JSON.stringify(content)).toBe(503);
    }
  }

  #request(method: string, path: string, content?: object): Promise<Response> {
    return fetch(this.#wiki.address + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
  }
}
