/**
 * Runs sixteen writers and four followers on PostgreSQL, one of them on a streaming standby. It also kills random
 * connections and holds transactions open. Checks that every follower reads all stored events in order.
 *
 *     npx tsx --conditions=palimpsest-source test/soak/soak.ts [seconds]
 */
import { isDeepStrictEqual } from "node:util";
import type { Recorder } from "@palimpsest/eventsourcing";
import { postgresRecorder } from "@palimpsest/eventsourcing/postgres";
import { newId } from "../../packages/eventsourcing/src/testing/sample-events.ts";
import { type PostgresServer, startPostgres, startStandby } from "../postgres-server.ts";
import { holdTransactions, killConnections } from "./disturbances.ts";
import { Follower } from "./follower.ts";
import { type Fates, write } from "./writer.ts";

const WRITERS = 16;
const SAVES_AT_ONCE = 4;
const FOLLOWERS_ON_PRIMARY = 3;
const TRANSACTION_TIMEOUT_MS = 1_000;
const SECTION = 10_000;

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const seconds = Number(process.argv[2] ?? 60);
const primary = await startPostgres({ settings: { max_connections: "300" } });
const opened: Recorder[] = [];

async function open(url: string): Promise<Recorder> {
  const recorder = await postgresRecorder({ url, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS });
  opened.push(recorder);
  return recorder;
}

const writers = await Promise.all(upTo(WRITERS).map(() => open(primary.url)));
const standby = await startStandby(primary);
try {
  const followers = [
    ...(await Promise.all(
      upTo(FOLLOWERS_ON_PRIMARY).map(async (n) => new Follower(`primary ${n}`, await open(primary.url))),
    )),
    new Follower("standby", await open(`${standby.url}?target_session_attrs=any`)),
  ];
  const fates = await disturb(writers, standby);
  const stored = await readAll(await open(primary.url));
  await Promise.all(followers.map((follower) => follower.readUpTo(stored.length)));
  const faults = [...followers.flatMap((follower) => faultsOf(follower, stored)), ...faultsIn(fates, stored)];
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  console.log(`${stored.length} events stored; each of ${followers.length} followers read:`);
  for (const { name, ids } of followers) console.log(`  ${name}: ${ids.length}`);
  console.log(faults.length === 0 ? "All in order." : `${faults.length} faults.`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await Promise.all(opened.map((recorder) => recorder.close()));
  await standby.stop();
  await primary.stop();
}

/** Runs writers and disturbances for the given time. Resolves to the outcome of each event. */
async function disturb(recorders: readonly Recorder[], replica: PostgresServer): Promise<Fates> {
  const fates: Fates = { acknowledged: new Map(), refused: new Set(), unknown: new Set() };
  const logId = newId();
  const signal = AbortSignal.timeout(seconds * 1000);
  const chains = recorders.flatMap((recorder) => upTo(SAVES_AT_ONCE).map(() => recorder));
  const [killed, killedOnStandby, held] = await Promise.all([
    killConnections(primary.url, signal),
    killConnections(replica.url, signal),
    holdTransactions(primary.url, TRANSACTION_TIMEOUT_MS, signal),
    ...chains.map((recorder) => write(recorder, logId, fates, signal)),
  ]);
  const { acknowledged, refused, unknown } = fates;
  console.log(`${seconds} s, ${WRITERS} writers with ${SAVES_AT_ONCE} saves at once each`);
  console.log(`${killed} connections killed on the primary, ${killedOnStandby} on the standby`);
  console.log(
    `${held.beforeAppending} transactions held open before they appended, ${held.afterAppending} after, ${held.tooLong} until they were ended`,
  );
  console.log(`${acknowledged.size} events acknowledged, ${refused.size} refused, ${unknown.size} unknown`);
  return fates;
}

/** Resolves to the ids of all events, in the order of the log. */
async function readAll(recorder: Recorder): Promise<string[]> {
  const eventIds: string[] = [];
  for (;;) {
    const section = await recorder.selectNotifications({ start: eventIds.length + 1, limit: SECTION });
    if (section.length === 0) return eventIds;
    for (const { id, eventId } of section) {
      if (id !== eventIds.length + 1) throw new Error(`The log has ${id} after ${eventIds.length}.`);
      eventIds.push(eventId);
    }
  }
}

function faultsOf({ name, ids, eventIds }: Follower, stored: readonly string[]): string[] {
  const faults: string[] = [];
  if (!isDeepStrictEqual(ids, upTo(stored.length))) faults.push(`${name} read ids that are not 1, 2, 3 …`);
  if (!isDeepStrictEqual(eventIds, stored)) faults.push(`${name} read other events than are stored`);
  return faults;
}

function faultsIn({ acknowledged, refused }: Fates, stored: readonly string[]): string[] {
  const places = new Map(stored.map((eventId, index) => [eventId, index + 1]));
  const lost = [...acknowledged].filter(([eventId, id]) => places.get(eventId) !== id);
  const kept = [...refused].filter((eventId) => places.has(eventId));
  return [
    ...(places.size === stored.length ? [] : ["an event is stored twice"]),
    ...lost.map(([eventId, id]) => `${eventId} was acknowledged as ${id} and is at ${places.get(eventId)}`),
    ...kept.map((eventId) => `${eventId} was refused and is stored`),
  ];
}
